/** Runs exported models in ONNX Runtime, as its users would. */

import * as ort from 'onnxruntime-node';

/** Rows as objects, or as arrays for a model whose columns have no names. */
export type OnnxRow = object;

/** What ONNX Runtime gives for rows: each output as a flat array, by its name. */
export async function runRows(
  model: Uint8Array,
  rows: readonly OnnxRow[],
  columnOf: (input: string) => string = (input) => input,
): Promise<Record<string, ArrayLike<unknown>>> {
  const session = await ort.InferenceSession.create(model, { logSeverityLevel: 3 });
  try {
    const feeds = Object.fromEntries(
      session.inputMetadata.map((input) => {
        if (!input.isTensor) throw new Error(`${input.name} is no tensor`);
        const values = rows.flatMap((row) =>
          Array.isArray(row) ? row : [(row as Record<string, unknown>)[columnOf(input.name)]],
        );
        const dims = [rows.length, values.length / rows.length];
        return [input.name, tensorOf(values, input.type, dims)];
      }),
    );
    const outputs = await session.run(feeds);
    return Object.fromEntries(
      Object.entries(outputs).map(([name, { data }]) => [name, data as ArrayLike<unknown>]),
    );
  } finally {
    await session.release();
  }
}

function tensorOf(values: readonly unknown[], type: ort.Tensor.Type, dims: number[]): ort.Tensor {
  if (type === 'string') return new ort.Tensor('string', values.map(textOf), dims);
  return new ort.Tensor('float64', Float64Array.from(values, numberOf), dims);
}

const textOf = (value: unknown) => (value === null || value === undefined ? '' : String(value));
const numberOf = (value: unknown) => (value === null || value === undefined ? Number.NaN : Number(value));

/** What a network gives for rows of features. */
export async function runNetwork(model: Uint8Array, x: Float32Array, rows: number): Promise<Float32Array> {
  const session = await ort.InferenceSession.create(model, { logSeverityLevel: 3 });
  try {
    const { output } = await session.run({ x: new ort.Tensor('float32', x, [rows, x.length / rows]) });
    return output.data as Float32Array;
  } finally {
    await session.release();
  }
}
