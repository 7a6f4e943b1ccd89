import process from 'node:process';
import { Command } from 'commander';
import { toJSON } from '../shared/json.js';
import { library } from '../shared/library.js';
import { loadModel, modelKind } from '../shared/load-model.js';
import { paintFor, widthOf } from '../terminal.js';
import { describeEstimator, describeNetwork } from './describe.js';
import { inspectionText, networkText } from './text.js';

const EXAMPLES = `
What the model predicts, from which columns, what was left out and why, its networks, how its training went, and how
good it was on the rows that were held out.

Examples:
  $ npx chainrule inspect model.safetensors
  $ npx chainrule inspect model.safetensors --json`;

export function inspectCommand(): Command {
  return new Command('inspect')
    .description('say what is in a model')
    .argument('<model>', 'a file that train wrote, or Network.save')
    .option('--json', 'print one JSON document')
    .addHelpText('after', EXAMPLES)
    .action(inspect);
}

async function inspect(path: string, { json }: { json?: true }): Promise<void> {
  const { stdout } = process;
  const [paint, width] = [paintFor(stdout), widthOf(stdout)];
  if ((await modelKind(path)) === 'Network') {
    const { Network } = await library();
    const facts = describeNetwork(path, await Network.load(path));
    stdout.write(json ? `${toJSON(facts, 2)}\n` : networkText(facts, paint));
    return;
  }
  const facts = describeEstimator(path, await loadModel(path));
  stdout.write(json ? `${toJSON(facts, 2)}\n` : inspectionText(facts, paint, width));
}
