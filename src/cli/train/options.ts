/** The arguments of `train`, and the estimator that they ask for. */

import { type Command, Option } from 'commander';
import { type Precision, precisions } from '../../engine/kinds.js';
import type { ColumnChoices, EstimatorOptions } from '../../index.js';
import {
  collect,
  duration,
  type ReadingArguments,
  readingOptions,
  wholeNumber,
  widths,
} from '../shared/arguments.js';
import { UsageError } from '../shared/failure.js';
import { METRICS, type Task } from './task.js';

export interface TrainArguments extends ReadingArguments {
  target: string;
  out: string;
  task: Task | 'auto';
  metric?: string;
  members?: number;
  hidden?: number[];
  epochs?: number;
  ignore?: string[];
  id?: string[];
  columns?: string[];
  weight?: string;
  validation?: string;
  report?: string;
  seed?: number;
  timeLimit?: number;
  checkpoint?: string;
  checkpointEvery?: number;
  resume?: true;
  threads?: number;
  backend?: 'auto' | 'native' | 'reference';
  precision?: Precision;
  json?: true;
  quiet?: true;
}

const MOST_EPOCHS = 2 ** 31 - 1;
const LARGEST_SEED = 2 ** 32 - 1;
const DEFAULT_OUT = 'model.safetensors';

/** Adds the options to the command. */
export function addTrainOptions(command: Command): Command {
  command
    .requiredOption('--target <column>', 'the column to predict; its place from 0 if columns have no names')
    .option('--out <file>', 'where the model goes', DEFAULT_OUT)
    .addOption(
      new Option('--task <task>', 'what to predict: classes or amounts (auto: by the values of the target)')
        .choices(['auto', 'classification', 'regression'])
        .default('auto'),
    )
    .addOption(
      new Option('--metric <metric>', 'what to be best at (default: accuracy, or rmse)').choices([
        ...METRICS.classification,
        ...METRICS.regression,
      ]),
    )
    .option('--ignore <columns>', 'columns to leave out, such as a,b; may be given again', collect)
    .option('--id <columns>', 'columns that name the rows: no features, but copied to predictions', collect)
    .option('--columns <kinds>', 'what to take columns for, such as zip=categorical,size=numeric', collect)
    .option('--weight <column>', 'how much each row counts')
    .option('--validation <file>', 'rows to hold out, instead of parts of the others')
    .option(
      '--members <n>',
      'networks to average (default: 5; 1 for very few or many rows)',
      wholeNumber(1, 100),
    )
    .option('--hidden <units>', "units of the hidden layers, such as 64,32, or 'none'", widths)
    .option(
      '--epochs <n>',
      'passes over the rows (default: 64 or 128; fewer if rows are many)',
      wholeNumber(1, MOST_EPOCHS),
    )
    .option('--time-limit <time>', 'end the training after 60s, 5m or 1h; the best so far is kept', duration)
    .option('--checkpoint <folder>', 'keep the state of the training there, so that --resume goes on with it')
    .option('--checkpoint-every <time>', 'how often, such as 10s (default: 1m)', duration)
    .option('--resume', 'go on from the newest checkpoint, to the very same model; begin if there is none')
    .option(
      '--seed <n>',
      'the same seed and rows give the same model (default: drawn)',
      wholeNumber(0, LARGEST_SEED),
    )
    .option(
      '--threads <n>',
      'threads to use; results do not depend on it (default: all cores)',
      wholeNumber(1, 1024),
    )
    .addOption(new Option('--backend <engine>', 'who computes').choices(['auto', 'native', 'reference']))
    .addOption(
      new Option(
        '--precision <precision>',
        'the least precision of matrix products (default: float32)',
      ).choices([...precisions]),
    )
    .option('--report <file>', 'write an HTML page about the data, the training and the scores')
    .option('--json', 'print one JSON document')
    .option('--quiet', 'print neither progress nor notes nor the summary; warnings remain');
  for (const option of readingOptions()) command.addOption(option);
  return command;
}

/** The options of the estimator. */
export function estimatorOptions(
  args: TrainArguments,
  columns: ColumnChoices,
): EstimatorOptions & { metric?: never } {
  const { members, hidden: hiddenLayers, epochs, seed, threads, backend, precision, metric } = args;
  const given = { members, hiddenLayers, epochs, seed, threads, backend, precision };
  // The estimator checks the metric, which the task fits.
  return { ...given, columns, ...(metric === undefined ? {} : { metric: metric as never }) };
}

/** A metric goes with one task only. Throws UsageError. */
export function checkMetric(metric: string | undefined, task: Task): void {
  if (metric === undefined || METRICS[task].includes(metric)) return;
  throw new UsageError(`--metric ${metric} does not go with ${task}: expected ${METRICS[task].join(', ')}`);
}
