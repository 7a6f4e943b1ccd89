/** A training that somebody will kill. Says what is on disk as soon as it is, and in the end what it came to. */

import { subscribe } from 'node:diagnostics_channel';
import { writeSync } from 'node:fs';
import { digestOf, trainings } from './trainings.mjs';

const { name, machine, epochs, checkpoint } = JSON.parse(process.argv[2]);

// Not console.log: a line must be out before the next thing happens.
const say = (/** @type {string} */ line) => writeSync(1, `${line}\n`);

subscribe('chainrule:resume', (event) => {
  say(`resumed ${/** @type {import('chainrule').ResumeEvent} */ (event).generation}`);
});
subscribe('chainrule:checkpoint', (event) => {
  const { generation, error } = /** @type {import('chainrule').CheckpointEvent} */ (event);
  say(error === undefined ? `kept ${generation}` : `failed ${error}`);
});

say('begun');
const control = checkpoint === null ? {} : { checkpoint, resume: true };
const end = await trainings[name](machine, control, epochs);
say(`end ${await digestOf(end)}`);
