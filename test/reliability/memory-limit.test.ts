import { describe, expect, test } from 'vitest';
import { runChild } from '../child.js';

const attempts = `
  import { Dataset, memory, Network, setMemoryLimit } from 'chainrule';
  const attempt = async (name, run) => {
    try { await run(); console.log(name, 'done'); } catch (error) { console.log(name, error.code, error.message); }
  };
  const make = (units = 2000) => new Network({ inputSize: 1000, layers: [{ units, initializer: 'zeros' }], backend });
`;

describe.each(['native', 'reference'])('a memory limit, %s engine', (backend) => {
  const run = (code: string, env = {}) => runChild(`const backend = '${backend}'; ${attempts} ${code}`, env);

  test('refuses networks, data and results that would go beyond it, with what they need', async () => {
    const { status, stdout, stderr } = await run(`
      const net = make();
      const inputs = new Float32Array(5e6);
      setMemoryLimit(memory().used + 60e6);
      await attempt('network', () => make(9000));
      await attempt('rows', () => net.predict(Array(30000).fill(new Float32Array(1000))));
      setMemoryLimit(memory().used + 30e6);
      await attempt('results', () => net.predict(inputs));
      setMemoryLimit(memory().used - 30e6);
      await attempt('copies', () => net.getParameters());
      setMemoryLimit(Infinity);
      await attempt('without', () => make(9000));
    `);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const lines = stdout.trim().split('\n');
    // The native engine knows of parameters and both moments in advance.
    const needed = { network: backend === 'native' ? 109 : 37, rows: 120, results: 40, copies: 9 };
    Object.entries(needed).forEach(([name, megabytes], i) => {
      const message = `${megabytes} MB are needed, \\d+ MB are held, and the memory limit is \\d+ MB`;
      expect(lines[i]).toMatch(new RegExp(`^${name} ERR_MEMORY no memory for [^:]*: ${message}$`));
    });
    expect(lines[4]).toBe('without done');
  });

  test('counts garbage as memory only until it is collected', async () => {
    const { stdout, stderr } = await run(`
      setMemoryLimit(memory().used + 100e6);
      const net = make();
      for (let i = 0; i < 30; i++) net.getParameters();
      console.log('done');
    `);
    expect({ stdout, stderr }).toEqual({ stdout: 'done\n', stderr: '' });
  });
});

describe('CHAINRULE_MEMORY_LIMIT', () => {
  const limit = (text: string) =>
    runChild(`import { backend, memory } from 'chainrule'; backend(); console.log(memory().limit);`, {
      CHAINRULE_MEMORY_LIMIT: text,
    });

  test.each([
    ['800MB', '800000000'],
    ['2GiB', '2147483648'],
    ['1.5 GB', '1500000000'],
    ['123456', '123456'],
    ['none', 'Infinity'],
  ])('%s', async (text, bytes) => {
    expect(await limit(text)).toEqual({ status: 0, stdout: `${bytes}\n`, stderr: '' });
  });

  test('is the memory of the machine if it is not set', async () => {
    const { stdout } = await limit('');
    const { stdout: total } = await runChild(`import { totalmem } from 'node:os'; console.log(totalmem());`);
    expect(Number(stdout)).toBeGreaterThan(2 ** 27);
    expect(Number(stdout)).toBeLessThanOrEqual(Number(total));
  });

  test.each(['800mb', '-1', '1e9', 'lots'])('%s is an error', async (text) => {
    const { status, stderr } = await limit(text);
    expect(status).toBe(1);
    expect(stderr).toContain(`CHAINRULE_MEMORY_LIMIT is '${text}', expected a number of bytes`);
  });
});
