import * as chainrule from 'chainrule';

/** Trains two networks on the engine that 'auto' chooses and on the reference engine, and reports the results. */
async function probe() {
  const losses = {};
  for (const [name, train] of Object.entries({ xor, wide })) {
    losses[name] = { auto: await train('auto') };
    // An emulated processor takes half a minute for what others do at once.
    const isCheap = name === 'xor' || !process.argv.includes('--quick');
    if (isCheap) losses[name].reference = await train('reference');
  }
  const report = { runtime: runtime(), backend: chainrule.backend(), losses, native: errorOfNative() };
  return { ...report, blasLibraries: await blasLibraries() };
}

async function xor(backend) {
  const net = new chainrule.Network({
    inputSize: 2,
    layers: [
      { units: 8, activation: 'tanh' },
      { units: 1, activation: 'sigmoid' },
    ],
    loss: 'bce',
    optimizer: { kind: 'adam', learningRate: 0.05 },
    seed: 7,
    backend,
  });
  const x = [
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ];
  const history = await net.fit(x, [0, 1, 1, 0], { epochs: 100, batchSize: 4 });
  return history.epochs.at(-1).loss;
}

async function wide(backend) {
  const net = new chainrule.Network({
    inputSize: 784,
    layers: [
      { units: 128, activation: 'relu', dropout: 0.1 },
      { units: 10, activation: 'softmax' },
    ],
    loss: 'crossEntropy',
    optimizer: 'adam',
    seed: 3,
    backend,
    threads: 2,
  });
  const rows = 64;
  let state = 12345;
  const random = () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return state / 2 ** 32;
  };
  const x = Float32Array.from({ length: 784 * rows }, random);
  const y = Int32Array.from({ length: rows }, () => Math.floor(random() * 10));
  const history = await net.fit(x, y, { epochs: 2, batchSize: 16 });
  return history.epochs.at(-1).loss;
}

/** The error of `backend: 'native'` if it is not available. */
function errorOfNative() {
  try {
    new chainrule.Network({ inputSize: 1, layers: [{ units: 1 }], backend: 'native' });
    return null;
  } catch (error) {
    return { code: error.code, message: error.message };
  }
}

function runtime() {
  if (globalThis.Bun) return `bun ${globalThis.Bun.version}`;
  if (globalThis.Deno) return `deno ${globalThis.Deno.version.deno}`;
  return `node ${process.versions.node}`;
}

/** From this system, if it shows which libraries are loaded. */
async function blasLibraries() {
  try {
    const { readFile } = await import('node:fs/promises');
    const maps = await readFile('/proc/self/maps', 'utf8');
    return [...new Set(maps.match(/\S*blas\S*/g))];
  } catch {
    return [];
  }
}

probe().then((report) => console.log(JSON.stringify(report)));
