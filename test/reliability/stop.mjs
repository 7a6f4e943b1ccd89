/**
 * Stops each training of `names` after each of its first epochs, in a folder of its own, and prints what the whole training
 * comes to.
 */

import path from 'node:path';
import { digestOf, trainings } from './trainings.mjs';

const { names, machine, folder } = JSON.parse(process.argv[2]);

for (const name of names) {
  let epochs = 0;
  const whole = await trainings[name](machine, { onEpoch: () => epochs++ });
  for (let k = 1; k < epochs; k++) {
    const stop = new AbortController();
    let seen = 0;
    await trainings[name](machine, {
      checkpoint: { path: path.join(folder, `${name}-${k}`), everyEpochs: 3 },
      signal: stop.signal,
      onEpoch: () => {
        if (++seen === k) stop.abort();
      },
    });
  }
  console.log(JSON.stringify({ name, epochs, digest: await digestOf(whole) }));
}
