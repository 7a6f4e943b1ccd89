/** Promises 4 and 5: whatever fails, the newest checkpoint that was acknowledged can be continued from. */

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CheckpointFolder, newestCheckpoint } from '../../src/checkpoint/folder.js';
import { DISK } from '../../src/formats/file-system.js';
import type { CheckpointEvent, ResumeEvent } from '../../src/index.js';
import { Network } from '../../src/index.js';
import { savedFit } from '../checkpoint/saved.js';
import { expectRejection } from '../errors.js';
import { CrashDisk } from './crash-disk.js';
import { failAtCall } from './failing-files.js';

const newFolder = () => join(mkdtempSync(join(tmpdir(), 'chainrule-')), 'checkpoints');
const checkpoint = (epochs: number) => ({ kind: 'Network', seed: 7, fits: [savedFit(epochs)] });

/** Of the checkpoint that would be continued from. */
const epochsIn = async (...args: Parameters<typeof newestCheckpoint>) =>
  (await newestCheckpoint(...args))?.fits[0]?.state?.epochsDone ?? 0;

describe('checkpoints on a disk', () => {
  it('that loses power at any moment are as new as the last one that was acknowledged', async () => {
    const disk = new CrashDisk();
    const folder = await CheckpointFolder.open('/disk', 2, null, disk);
    const states: { acknowledged: number; disk: CrashDisk }[] = [];
    let acknowledged = 0;
    disk.onOperation = () => {
      for (const state of disk.crashStates()) states.push({ acknowledged, disk: CrashDisk.after(state) });
    };
    for (const epochs of [1, 2, 3, 4]) {
      await folder.write(checkpoint(epochs));
      acknowledged = epochs;
    }
    for (const { acknowledged, disk } of states) {
      expect(await epochsIn('/disk', disk)).toBeGreaterThanOrEqual(acknowledged);
    }
    expect(states.length).toBeGreaterThan(500);
  });

  it.each(['ENOSPC', 'EIO'])(
    'of which a call fails with %s are the old ones, and the next write succeeds',
    async (code) => {
      const failures = new Set<string>();
      for (let k = 1; ; k++) {
        const path = newFolder();
        const { files, failed } = failAtCall(DISK, k, code);
        const calm = await CheckpointFolder.open(path, 2, null);
        for (const epochs of [1, 2]) await calm.write(checkpoint(epochs));
        const found = await newestCheckpoint(path);
        let folder: CheckpointFolder | undefined;
        const refused: unknown[] = [];
        const refuse = (error: unknown) => void refused.push(error);
        await CheckpointFolder.open(path, 2, found, files).then((opened) => (folder = opened), refuse);
        await folder?.write(checkpoint(3)).catch(refuse);
        const call = failed();
        if (call === undefined) break;
        failures.add(call);
        for (const error of refused) expect(error).toMatchObject({ code: 'ERR_FILE' });
        expect(await epochsIn(path)).toBeGreaterThanOrEqual(refused.length > 0 ? 2 : 3);
        const next = folder ?? (await CheckpointFolder.open(path, 2, found));
        await next.write(checkpoint(4));
        expect(await epochsIn(path)).toBe(4);
        expect(readdirSync(path).filter((name) => name.endsWith('.safetensors'))).toHaveLength(2);
      }
      expect([...failures]).toEqual(
        expect.arrayContaining([
          'mkdir',
          'readdir',
          'open',
          'file.writeFile',
          'file.sync',
          'rename',
          'unlink',
        ]),
      );
    },
  );

  it('of a process that was killed while it wrote are cleared of what it left', async () => {
    const path = newFolder();
    const first = await CheckpointFolder.open(path, 2, null);
    await first.write(checkpoint(1));
    writeFileSync(join(path, '.checkpoint-2.safetensors.123-0123456789.tmp'), 'half');
    writeFileSync(join(path, 'notes.tmp'), 'of somebody else');
    await CheckpointFolder.open(path, 2, await newestCheckpoint(path));
    expect(readdirSync(path).sort()).toEqual(['checkpoint-1.safetensors', 'notes.tmp']);
  });
});

describe('a fit with checkpoints', () => {
  const x = Float32Array.from({ length: 128 }, (_, i) => Math.sin(i));
  const y = Float32Array.from({ length: 64 }, (_, i) => Math.cos(i));
  const make = () =>
    new Network({ inputSize: 2, layers: [{ units: 6, activation: 'tanh' }, { units: 1 }], seed: 1 });
  const events: CheckpointEvent[] = [];
  const listener = (event: unknown) => void events.push(event as CheckpointEvent);
  beforeEach(() => subscribe('chainrule:checkpoint', listener));
  afterEach(() => {
    unsubscribe('chainrule:checkpoint', listener);
    events.length = 0;
  });

  /** For onEpoch: holds the fit until the checkpoint of the epoch before was written or refused. */
  const oneByOne = async ({ epoch }: { epoch: number }) => {
    while (!events.some((event) => event.epoch >= epoch - 1) && epoch > 1) await sleep(1);
  };

  /** A fit that was stopped after its eighth epoch, and the parameters that it would have come to. */
  const stopped = async () => {
    const path = newFolder();
    const whole = make();
    await whole.fit(x, y, { epochs: 12 });
    const stop = new AbortController();
    const { stoppedBy } = await make().fit(x, y, {
      epochs: 12,
      checkpoint: { path, everyEpochs: 1, keep: 3 },
      signal: stop.signal,
      onEpoch: async (record) => {
        await oneByOne(record);
        if (record.epoch === 8) stop.abort();
      },
    });
    expect(stoppedBy).toBe('aborted');
    const names = readdirSync(path).sort();
    expect(names).toHaveLength(3);
    return { path, names: names.map((name) => join(path, name)), expected: whole.getParameters() };
  };

  const damage = (path: string) => {
    const bytes = readFileSync(path);
    bytes[bytes.length - 3] ^= 1;
    writeFileSync(path, bytes);
  };

  it('goes on from the one before if the newest is damaged, says so, and removes the damaged one', async () => {
    const { path, names, expected } = await stopped();
    damage(names[2]);
    const resumed: ResumeEvent[] = [];
    const hear = (event: unknown) => void resumed.push(event as ResumeEvent);
    subscribe('chainrule:resume', hear);
    const warned = once(process, 'warning') as Promise<[Error & { code: string }]>;
    const net = make();
    const history = await net.fit(x, y, { epochs: 12, checkpoint: { path }, resume: true });
    unsubscribe('chainrule:resume', hear);
    expect(net.getParameters()).toEqual(expected);
    expect(history.epochs.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    const [{ code, message }] = await warned;
    expect(code).toBe('CHAINRULE_CHECKPOINT_SKIPPED');
    expect(message).toMatch(
      /checkpoint-\d+\.safetensors was changed or damaged.*goes on from.*checkpoint-\d+/,
    );
    expect(resumed).toEqual([
      expect.objectContaining({
        kind: 'Network',
        model: net,
        path: names[1],
        epoch: 7,
        skipped: [{ path: names[2], generation: expect.any(Number), reason: expect.any(String) }],
      }),
    ]);
    expect(readdirSync(path)).not.toContain(names[2]);
  });

  it('refuses to begin anew where all are damaged', async () => {
    const { path, names } = await stopped();
    for (const name of names) damage(name);
    for (const options of [{ checkpoint: { path }, resume: true }, { resume: path }]) {
      await expectRejection(make().fit(x, y, { epochs: 12, ...options }), 'ERR_FILE', 'no valid checkpoint');
    }
  });

  it('goes on without them if the folder is lost, warns once, and comes to the same bits', async () => {
    const path = newFolder();
    const whole = make();
    await whole.fit(x, y, { epochs: 10 });
    const warnings: (Error & { code?: string })[] = [];
    const warn = (warning: Error) => void warnings.push(warning);
    process.on('warning', warn);
    const net = make();
    await net.fit(x, y, {
      epochs: 10,
      checkpoint: { path, everyEpochs: 1 },
      onEpoch: async (record) => {
        await oneByOne(record);
        if (record.epoch === 4) rmSync(path, { recursive: true });
      },
    });
    await new Promise(setImmediate);
    process.off('warning', warn);
    expect(net.getParameters()).toEqual(whole.getParameters());
    expect(events.at(-1)?.error).toMatchObject({ code: 'ERR_FILE' });
    expect(events.filter(({ error }) => error === undefined).length).toBeGreaterThan(0);
    expect(warnings.map(({ code }) => code)).toEqual(['CHAINRULE_CHECKPOINT_FAILED']);
  });

  it('tells of each when it is on disk', async () => {
    const path = newFolder();
    const net = make();
    await net.fit(x, y, { epochs: 3, checkpoint: { path, everyEpochs: 2 } });
    const last = events.at(-1);
    expect(last).toMatchObject({ kind: 'Network', model: net, epoch: 3, generation: events.length });
    expect(last?.path).toBe(join(path, `checkpoint-${events.length}.safetensors`));
    expect(last?.bytes).toBeGreaterThan(4 * 3 * net.parameterCount - 1);
    expect(last?.milliseconds).toBeGreaterThan(0);
  });
});
