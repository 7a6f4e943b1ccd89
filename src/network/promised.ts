/** What a caller's function may return. */

/** The promise that `value` is, whatever its kind; else undefined. */
export function promised(value: unknown): Promise<unknown> | undefined {
  const { then } = Object(value) as { then?: unknown };
  return typeof then === 'function' ? Promise.resolve(value) : undefined;
}
