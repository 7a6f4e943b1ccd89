import { Command } from 'commander';
import { writeFileAtomically } from '../../formats/atomic-write.js';
import { UsageError } from '../shared/failure.js';
import { loadModel } from '../shared/load-model.js';
import { createNotes } from '../shared/notes.js';
import { checkFolder } from '../shared/output-file.js';
import { refuseModel, refuseSameFile } from '../shared/overwriting.js';
import { sizeText } from '../shared/text-table.js';

interface ExportArguments {
  onnx?: string;
  module?: string;
  quiet?: true;
}

const EXAMPLES = `
Both hold everything, from cells to predictions. The ONNX file runs under ONNX Runtime and what is built on it; the
module is one file of JavaScript without dependencies, for browsers, workers and edge runtimes.

Examples:
  $ npx chainrule export model.safetensors --onnx model.onnx
  $ npx chainrule export model.safetensors --module model.mjs`;

export function exportCommand(): Command {
  return new Command('export')
    .description('write a model for ONNX Runtime, or as a JavaScript module')
    .argument('<model>', 'a file that train wrote')
    .option('--onnx <file>', 'write ONNX')
    .option('--module <file>', 'write an ES module')
    .option('--quiet', 'print no notes')
    .addHelpText('after', EXAMPLES)
    .action(exportModel);
}

async function exportModel(path: string, args: ExportArguments): Promise<void> {
  const { onnx, module } = args;
  if (onnx === undefined && module === undefined)
    throw new UsageError('nothing to write: give --onnx FILE or --module FILE');
  const notes = createNotes(args);
  const outputs = [
    { name: '--onnx', path: onnx },
    { name: '--module', path: module },
  ];
  refuseSameFile([{ name: 'MODEL', path }], outputs);
  for (const output of outputs) {
    if (output.path === undefined) continue;
    await checkFolder(output.path, output.name);
    await refuseModel(output.path, output.name);
  }
  const model = await loadModel(path);
  const write = async (file: string, bytes: Uint8Array) => {
    await writeFileAtomically(file, [bytes]);
    notes.note(`${file} (${sizeText(bytes.length)})`);
  };
  if (onnx !== undefined) await write(onnx, model.toONNX());
  if (module !== undefined) await write(module, new TextEncoder().encode(model.toModule()));
}
