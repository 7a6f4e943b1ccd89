/** Rows with known answers. */

import { readFileSync } from 'node:fs';
import { randomWord, Stream, unitInterval } from '../../src/numbers/random.js';

export interface Iris {
  sepalLength: number;
  sepalWidth: number;
  petalLength: number;
  petalWidth: number;
  species: string;
}

/** Fisher's iris: 150 flowers, 3 species. */
export function irisRows(): Iris[] {
  const text = readFileSync(new URL('../fixtures/iris.csv', import.meta.url), 'utf8');
  const [, ...lines] = text.trimEnd().split('\n');
  return lines.map((line) => {
    const [sepalLength, sepalWidth, petalLength, petalWidth, species] = line.split(',');
    return {
      sepalLength: Number(sepalLength),
      sepalWidth: Number(sepalWidth),
      petalLength: Number(petalLength),
      petalWidth: Number(petalWidth),
      species,
    };
  });
}

/** Every fifth row to test on, the others to train on. */
export function parted<T>(rows: readonly T[]): { training: T[]; test: T[] } {
  return { training: rows.filter((_, i) => i % 5 !== 0), test: rows.filter((_, i) => i % 5 === 0) };
}

/** A number in (0, 1), the same for the same index. */
export function draw(index: number): number {
  return unitInterval(randomWord(11, Stream.split, 0, index));
}

export interface House {
  area: number;
  rooms: number | null;
  heating: string;
  noise: number;
  price: number;
}

/** price = 100 + 2 area + 30 (gas) + an error in (-5, 5); noise tells nothing, some rooms are missing. */
export function houses(count: number): House[] {
  return Array.from({ length: count }, (_, i) => {
    const area = 20 + 100 * draw(6 * i);
    const heating = draw(6 * i + 1) < 0.5 ? 'gas' : 'oil';
    return {
      area,
      rooms: draw(6 * i + 2) < 0.1 ? null : Math.round(area / 25),
      heating,
      noise: draw(6 * i + 3),
      price: 100 + 2 * area + (heating === 'gas' ? 30 : 0) + 10 * (draw(6 * i + 4) - 0.5),
    };
  });
}

/** Small networks, for tests of something else than what they learn. */
export const small = { hiddenLayers: [16], epochs: 20, seed: 1 } as const;
