/** Runs tasks side by side, a few at a time. */

/**
 * Runs `tasks` in order, at most `limit` at once, and returns their results in the order of the tasks. If one
 * rejects, no further task starts, `cancel` is called, and the first error is thrown when all that run have ended.
 */
export async function runPool<T>(
  tasks: readonly (() => Promise<T>)[],
  limit: number,
  cancel: () => void = () => {},
): Promise<T[]> {
  const results = new Array<T>(tasks.length);
  let next = 0;
  let failure: { error: unknown } | null = null;
  const work = async () => {
    while (next < tasks.length && failure === null) {
      const index = next++;
      try {
        results[index] = await tasks[index]();
      } catch (error) {
        failure ??= { error };
        cancel();
      }
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, Math.min(limit, tasks.length)) }, work));
  // TypeScript does not see that `work` assigns it.
  const failed = failure as { error: unknown } | null;
  if (failed !== null) throw failed.error;
  return results;
}
