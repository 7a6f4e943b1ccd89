/** Continues all that stop.mjs has stopped, and prints what it comes to and the first epoch that it trained. */

import path from 'node:path';
import { digestOf, trainings } from './trainings.mjs';

const { stopped, machine, folder } = JSON.parse(process.argv[2]);

for (const { name, epochs } of stopped) {
  for (let k = 1; k < epochs; k++) {
    let trained = 0;
    const own = path.join(folder, `${name}-${k}`);
    const end = await trainings[name](machine, { resume: own, onEpoch: () => trained++ });
    console.log(JSON.stringify({ name, k, trained, digest: await digestOf(end) }));
  }
}
