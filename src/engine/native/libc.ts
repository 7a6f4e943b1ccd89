/** The C library that this runtime runs on. */
export interface Libc {
  name: 'glibc' | 'musl';
  /** musl does not tell. */
  version: string | null;
}

/** Null if the runtime does not tell, like Deno without --allow-sys. For Linux: elsewhere it says musl. */
export function libc(): Libc | null {
  try {
    const report = process.report as typeof process.report & { excludeNetwork?: boolean };
    const { excludeNetwork = false } = report;
    // With the network, the report looks up the name of every peer, which can take seconds.
    report.excludeNetwork = true;
    try {
      const { header } = report.getReport() as unknown as { header: { glibcVersionRuntime?: string } };
      const { glibcVersionRuntime: version = null } = header;
      return { name: version === null ? 'musl' : 'glibc', version };
    } finally {
      report.excludeNetwork = excludeNetwork;
    }
  } catch {
    return null;
  }
}
