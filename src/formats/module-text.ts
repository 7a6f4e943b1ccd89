/** Writes a model as the text of an ES module without imports, which predicts wherever JavaScript runs. */

import { VERSION } from '../version.js';

/** Something that a module exports. */
export interface ModuleExport {
  /** Lines of its JSDoc. */
  documentation: readonly string[];
  /** What follows after `export`. */
  declaration: string;
}

export interface ModuleParts {
  /** What it predicts by, in words. */
  source: string;
  /** An expression that gives the code, see `module-runtime.d.ts`. */
  runtime: string;
  /** An expression that makes the model of `runtime`, evaluated with the first prediction. */
  model: string;
  /** Types that JSDoc comments name: what follows after `@typedef`. */
  types: readonly string[];
  exports: readonly ModuleExport[];
}

export function moduleText({ source, runtime, model, types, exports }: ModuleParts): string {
  return [
    '// @ts-nocheck: the types of what is exported are in its comments.\n',
    `/*! ${source}, written by chainrule ${VERSION}, whose code in it is MIT-licensed. */\n`,
    ...types.map((type) => `/** @typedef ${type} */\n`),
    ...exports.map(
      ({ documentation, declaration }) =>
        `\n/**\n${documentation.map((line) => (line === '' ? ' *\n' : ` * ${line}\n`)).join('')} */\nexport ${declaration}\n`,
    ),
    `\nlet loaded;\nconst model = () => (loaded ??= ${model});\n`,
    `\nconst runtime = /* @__PURE__ */ ${runtime};\n`,
  ].join('');
}

/** An exported function that calls the model's of the same name. */
export function moduleFunction(
  name: string,
  parameters: string,
  documentation: readonly string[],
): ModuleExport {
  return {
    documentation,
    declaration: `function ${name}(${parameters}) {\n  return model().${name}(${parameters});\n}`,
  };
}

/**
 * A literal of plain JSON that is safe in every place: no text in it ends a script element of a page, and lines end
 * only where they seem to. Names from the data must be values in it: as a key, '__proto__' is no field.
 */
export function literal(value: unknown): string {
  return escaped(JSON.stringify(value), /[<>\u2028\u2029]/g);
}

/** The same for a type in a comment, which no text in it ends. */
export function literalType(value: unknown): string {
  return escaped(literal(value), /[*/@{}`]/g);
}

function escaped(text: string, characters: RegExp): string {
  return text.replace(characters, (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** A literal of float32 numbers: base64 of their bytes, little-endian. */
export function floatsLiteral(values: Float32Array): string {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, i) => {
    bytes.writeFloatLE(value, 4 * i);
  });
  return `'${bytes.toString('base64')}'`;
}
