/** What other software predicted with the models in test/fixtures/imports. */

import { readFileSync } from 'node:fs';

export interface RecordedModel {
  /** Below the folder of its kind. */
  file: string;
  source: string;
  /** (rows, columns) */
  inputs: number[][];
  /** (rows, outputs) */
  outputs: number[][];
}

const FOLDER = new URL('../fixtures/imports/', import.meta.url);

export function recordedModels(kind: 'onnx' | 'tfjs' | 'brain'): RecordedModel[] {
  return JSON.parse(readFileSync(new URL(`${kind}/predictions.json`, FOLDER), 'utf8'));
}

export function recordedFile(kind: 'onnx' | 'tfjs' | 'brain', file: string): URL {
  return new URL(`${kind}/${file}`, FOLDER);
}
