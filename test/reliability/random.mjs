/** Random networks on any number of threads and on both engines: `npm run test:random -- TRIALS SEED`. */
import { spawnSync } from 'node:child_process';

const [trials = '1000', seed = '1'] = process.argv.slice(2);
const { status } = spawnSync('npx', ['vitest', 'run', 'test/reliability/random-networks.test.ts'], {
  stdio: 'inherit',
  env: { ...process.env, CHAINRULE_TRIALS: trials, CHAINRULE_SEED: seed },
});
process.exitCode = status ?? 1;
