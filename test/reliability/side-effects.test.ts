import { expect, test } from 'vitest';
import { runChild } from '../child.js';

// By what Linux knows of the process.
// What belongs to the whole process: a library in it must leave all of that as it is.
test.runIf(process.platform === 'linux')('training changes nothing of the process around it', async () => {
  const { status, stdout, stderr } = await runChild(`
    import { readFileSync } from 'node:fs';
    const tiny = 5e-324, small = Number.MIN_VALUE * 4;
    const state = () => ({
      // Flushed to 0 in another floating-point mode; sums differ with another rounding.
      denormals: [tiny / 1, small / 2, 2.5e-308 / 16, new Float32Array([1e-40])[0] * 1],
      rounding: [0.1 + 0.2, 1 / 3, 2 ** 53 + 1.5, -1 / 3, Math.fround(0.1) + Math.fround(0.2)],
      signals: readFileSync('/proc/self/status', 'utf8').match(/Sig(Blk|Ign|Cgt):.*/g),
      listeners: process.eventNames().map((name) => [String(name), process.listenerCount(name)]),
      environment: JSON.stringify(process.env),
      locale: [(1234.5).toLocaleString(), new Date(0).toLocaleString(), Intl.DateTimeFormat().resolvedOptions().locale],
      streams: [process.stdin.isTTY, process.stdout.writableHighWaterMark],
      umask: process.umask(), directory: process.cwd(), priority: (await_os.getPriority()),
      globals: Object.keys(globalThis).length, prototypes: Object.keys(Object.prototype).length,
    });
    const await_os = await import('node:os');
    const before = state();
    const { Network, MLPClassifier } = await import('chainrule');
    const x = Float32Array.from({ length: 4096 * 16 }, (_, i) => Math.sin(i * i)), y = Int32Array.from({ length: 4096 }, (_, i) => i % 3);
    for (const gemm of ['own', 'openblas']) {
      const net = new Network({ inputSize: 16, layers: [{ units: 64, activation: 'tanh', dropout: 0.1 }, { units: 3, activation: 'softmax' }], gemm, backend: 'native' });
      await net.fit(x, y, { epochs: 2, validationSplit: 0.1, onEpoch: () => {} });
      net.trainBatch(x, y);
      net.evaluate(x, y);
      await net.predictAsync(x);
      net.dispose();
    }
    await new MLPClassifier({ epochs: 2, members: 1 }).fit(Array.from({ length: 60 }, (_, i) => ({ a: i, b: String(i % 4), c: i % 2 })), 'c');
    const after = state();
    const changed = Object.keys(before).filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]));
    console.log(JSON.stringify(changed.map((key) => [key, before[key], after[key]])));
  `);
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '[]\n', stderr: '' });
});
