/** What somebody needs to make the same model again. */

import type { Network } from '../network/network.js';
import { VERSION } from '../version.js';
import type { Reproduction } from './facts.js';
import type { ResolvedReport } from './options.js';

/** What a fit was asked for, and what it made of it. */
export interface FitDescription {
  estimator: 'MLPClassifier' | 'MLPRegressor';
  /** Options that were given, and the seed. */
  options: Readonly<Record<string, unknown>>;
  /** Settings as they came to be, by the names of the options. */
  settings: Readonly<Record<string, unknown>>;
  target: string | null;
  /** Columns that are neither features nor the target. */
  dropped: readonly string[];
  networks: readonly Network[];
}

const MACHINE = ['threads', 'backend', 'gemm'];

export function reproductionOf(fit: FitDescription, { dataName, command }: ResolvedReport): Reproduction {
  return {
    settings: Object.entries(fit.settings).map(([name, value]) => ({
      name,
      value: valueText(value),
      isGiven: fit.options[name] !== undefined,
    })),
    versions: versionsOf(fit.networks),
    command,
    program: programOf(fit, dataName),
  };
}

function versionsOf(networks: readonly Network[]): Reproduction['versions'] {
  const versions = [
    { name: 'chainrule', value: VERSION },
    { name: 'Node', value: process.version },
    { name: 'System', value: `${process.platform} ${process.arch}` },
  ];
  if (networks.length === 0) return versions;
  const { name, simd, gemm, blas } = networks[0].backend;
  const products = gemm === 'openblas' ? `, products by ${blas}` : '';
  return [...versions, { name: 'Engine', value: `${name}, instruction set ${simd}${products}` }];
}

function programOf({ estimator, options, target, dropped }: FitDescription, dataName: string | null): string {
  const given = Object.entries(options).filter(
    ([name, value]) => value !== undefined && !MACHINE.includes(name),
  );
  const list = given.map(([name, value]) => `${name}: ${valueText(value)}`).join(', ');
  const others =
    dropped.length === 0 ? [] : [`// ${dropped.map(quoted).join(', ')}: weights or groups, options of fit`];
  const source = dataName === null ? '/* the rows of the fit */' : `await readTable(${quoted(dataName)})`;
  const labels = target === null ? '/* their labels */' : quoted(target);
  return [
    `import { ${estimator}${dataName === null ? '' : ', readTable'} } from 'chainrule'; // ${VERSION}`,
    '',
    `const rows = ${source};`,
    `const model = new ${estimator}({ ${list} });`,
    ...others,
    `await model.fit(rows, ${labels});`,
    "await model.save('model.safetensors');",
  ].join('\n');
}

function quoted(text: string): string {
  return valueText(text);
}

/** A value as a program writes it. */
function valueText(value: unknown): string {
  if (typeof value === 'string')
    return `'${JSON.stringify(value).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
  if (typeof value === 'bigint') return `${value}n`;
  if (Array.isArray(value)) return `[${value.map(valueText).join(', ')}]`;
  if (isMapLike(value)) {
    return `new Map([${Array.from(value, ([key, each]) => `[${valueText(key)}, ${valueText(each)}]`).join(', ')}])`;
  }
  if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value).filter(([, each]) => each !== undefined);
    if (fields.length === 0) return '{}';
    return `{ ${fields.map(([name, each]) => `${keyText(name)}: ${valueText(each)}`).join(', ')} }`;
  }
  return String(value);
}

function keyText(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) && name !== '__proto__' ? name : `[${valueText(name)}]`;
}

function isMapLike(value: unknown): value is ReadonlyMap<unknown, unknown> {
  return Object.prototype.toString.call(value) === '[object Map]';
}
