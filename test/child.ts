import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

export interface ChildResult {
  /** Exit status, or the signal that ended it. */
  status: number | string | null;
  stdout: string;
  stderr: string;
}

/**
 * Runs `code` as an ES module in a separate Node process, in the package's folder, so that
 * `import ... from 'chainrule'` gets what a user gets: the built dist/.
 */
export function runChild(
  code: string,
  env: Record<string, string> = {},
  nodeArguments: string[] = [],
): Promise<ChildResult> {
  const { CHAINRULE_BACKEND: _, CHAINRULE_SIMD: __, ...inherited } = process.env;
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [...nodeArguments, '--input-type=module', '--eval', code],
      { cwd: root, env: { ...inherited, ...env }, timeout: 60_000, maxBuffer: 1 << 24 },
      (error, stdout, stderr) => {
        const status = error ? (error.signal ?? error.code ?? null) : 0;
        resolve({ status, stdout, stderr });
      },
    );
  });
}

/** Source text, for a child, of a network with a fit that would take minutes: `net`, `x`, `y`. */
export const longFit = `
  import { Network } from 'chainrule';
  const inputSize = 64, rows = 4096;
  const x = new Float32Array(rows * inputSize).map((_, i) => Math.sin(i * i));
  const y = new Int32Array(rows).map((_, i) => i % 10);
  const makeNetwork = (seed = 1) => new Network({
    inputSize, seed, backend: 'native',
    layers: [{ units: 256, activation: 'relu' }, { units: 10, activation: 'softmax' }],
  });
  const startFit = (net, options) => net.fit(x, y, { epochs: 1e6, batchSize: 64, ...options });
`;
