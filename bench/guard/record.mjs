#!/usr/bin/env node
/** Records the instructions of a training step for test/step-guard.test.ts. */

import { writeFileSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import {
  COUNTED,
  countInstructions,
  label,
  RECORDED_FILE,
  readRecorded,
  runsHere,
  whyNotCounted,
} from './count.mjs';

async function main() {
  const why = whyNotCounted() || (COUNTED.every(({ simd }) => runsHere(simd)) ? '' : 'this CPU has no AVX2');
  if (why) {
    console.error(`record-steps: ${why}`);
    return 1;
  }
  const before = readRecorded().instructions;
  const recorded = { toolchain: '', instructions: {} };
  for (const counted of COUNTED) {
    const name = label(counted);
    const { instructions, toolchain } = await countInstructions(counted);
    recorded.toolchain = toolchain;
    recorded.instructions[name] = Math.round(instructions);
    console.log(`${name}: ${before[name] ?? 'nothing'} -> ${recorded.instructions[name]}`);
  }
  writeFileSync(RECORDED_FILE, `${JSON.stringify(recorded, null, 2)}\n`);
  console.log(`written: ${fileURLToPath(RECORDED_FILE)}`);
  return 0;
}

process.exitCode = await main();
