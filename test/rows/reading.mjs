/** Compares a file as the library reads it with what a case expects. */

import { distinctValues, isCell } from './cells.mjs';

/** Reads a file, and what must not change meanwhile. */
export async function readFile(library, path, options) {
  const before = prototypeState();
  const start = performance.now();
  try {
    const table = await library.readTable(path, options);
    const seconds = (performance.now() - start) / 1000;
    return { table, seconds, prototypeChanged: prototypeState() !== before, error: null };
  } catch (error) {
    return { table: null, seconds: 0, prototypeChanged: prototypeState() !== before, error };
  }
}

function prototypeState() {
  const { prototype } = Object;
  const names = Reflect.ownKeys(prototype);
  return names
    .map((name) => `${String(name)} ${typeof Object.getOwnPropertyDescriptor(prototype, name)?.value}`)
    .join();
}

/** What a condition in words asks for. */
const CONDITIONS = {
  'Object.prototype has no new or changed property': ({ prototypeChanged }) => !prototypeChanged,
};

/** @param expected - an `Expected` of a reading */
export function faultsOfReading(expected, reading) {
  const { table, error } = reading;
  if (table === null) return [`it cannot be read: ${error.message}`];
  const faults = [];
  const compare = (what, own, each) => {
    if (expected.has(what)) {
      faults.push(
        ...expected
          .at(what)
          .faults(({ value }) => (value === each ? [] : [`${own} is ${each}, not ${value}`])),
      );
    }
  };
  compare('rows', 'the number of rows', table.rowCount);
  compare('columnCount', 'the number of columns', table.names.length);
  if (expected.has('seconds') && reading.seconds > expected.value.seconds) {
    faults.push(`reading took ${reading.seconds.toFixed(1)} seconds`);
  }
  if (expected.has('after')) faults.push(...faultsOfCondition(expected.value.after, reading));
  if (!expected.has('columns'))
    return [...faults, ...faultsOfColumns(expected, table, (name) => placeOf(name, table))];
  const columns = expected.at('columns');
  return [
    ...faults,
    ...columns.faults(({ value }) => {
      const wrong = faultsOfNames(value, table.names, expected.value.columnsAnyOrder ?? false);
      const place = (name) => placeAmong(name, columns.value, value, table);
      return wrong.length > 0 ? wrong : faultsOfColumns(expected, table, place);
    }),
  ];
}

function faultsOfCondition(words, reading) {
  const holds = CONDITIONS[words];
  if (holds === undefined) return [`the condition ${JSON.stringify(words)} is not known`];
  return holds(reading) ? [] : [`not so: ${words}`];
}

/** null stands for any name that is not empty and not used twice. */
function faultsOfNames(expected, names, anyOrder) {
  const wrong = [`the columns are ${JSON.stringify(names)}, not ${JSON.stringify(expected)}`];
  if (names.length !== expected.length || new Set(names).size !== names.length || names.includes(''))
    return wrong;
  if (anyOrder) {
    const known = expected.filter((name) => name !== null);
    return known.every((name) => names.includes(name)) ? [] : wrong;
  }
  return expected.every((name, place) => name === null || name === names[place]) ? [] : wrong;
}

/** The place of a column in the table: by its name, or by '#' and its place. */
function placeOf(name, table) {
  return /^#\d+$/.test(name) && !table.names.includes(name)
    ? Number(name.slice(1))
    : table.names.indexOf(name);
}

/** The same if the table has other columns, `accepted`, than those that the case names; null for one that it lacks. */
function placeAmong(name, columns, accepted, table) {
  if (columns === accepted || columns.length === accepted.length) return placeOf(name, table);
  const own = /^#\d+$/.test(name) ? columns[Number(name.slice(1))] : name;
  const isLacking = own === null ? !accepted.includes(null) : !accepted.includes(own);
  return isLacking ? null : own === null ? accepted.indexOf(null) : table.names.indexOf(own);
}

function faultsOfColumns(expected, table, place) {
  return [
    ...faultsOfTypes(expected, table.columns, place),
    ...faultsOfMissing(expected, table, place),
    ...faultsOfChecks(expected, table, place),
    ...faultsOfDistinct(expected, table, place),
    ...faultsOfLengths(expected, table, place),
  ];
}

/** @param columns - with the kind of each */
export function faultsOfTypes(expected, columns, place) {
  if (!expected.has('types')) return [];
  return expected.at('types').faults((types) =>
    types.entries().flatMap(([name, type]) => {
      const at = place(name);
      if (at === null) return [];
      const kind = columns[at]?.kind;
      return type.faults(({ value }) => (kind === value ? [] : [`column ${name} is ${kind}, not ${value}`]));
    }),
  );
}

/** A column that is not named has no missing cell. */
function faultsOfMissing(expected, table, place) {
  if (!expected.has('missing')) return [];
  return expected.at('missing').faults((missing) => {
    const counts = new Map(missing.entries().map(([name, count]) => [place(name), count]));
    return table.columns.flatMap(({ name, missing: said, kind }, at) => {
      const empty = kind === 'unsupported' ? said : table.typed(name).filter((cell) => cell === null).length;
      const check = (value) =>
        [said, empty].every((count) => count === value)
          ? []
          : [`column ${name} misses ${said} (${empty} cells), not ${value}`];
      const count = counts.get(at);
      return count === undefined ? check(0) : count.faults(({ value }) => check(value));
    });
  });
}

function faultsOfChecks(expected, table, place) {
  if (!expected.has('checks')) return [];
  return expected.at('checks').faults((checks) =>
    checks.entries().flatMap(([, check]) =>
      check.faults((way) => {
        const { row, column } = way.value;
        const at = place(column);
        if (at === null) return [];
        if (table.names[at] === undefined) return [`there is no column ${column}`];
        const raw = table.values(at)[row];
        const typed = typedOf(table, at)[row];
        return way
          .at('value')
          .faults(({ value }) =>
            isCell(value, raw, typed)
              ? []
              : [`column ${column} has ${show(raw)} in row ${row}, not ${show(value)}`],
          );
      }),
    ),
  );
}

function faultsOfDistinct(expected, table, place) {
  if (!expected.has('distinct')) return [];
  return expected
    .at('distinct')
    .entries()
    .flatMap(([name, count]) => {
      const at = place(name);
      if (at === null) return [];
      const own = distinctValues(typedOf(table, at));
      return count.faults(({ value }) =>
        own === value ? [] : [`column ${name} has ${own} values, not ${value}`],
      );
    });
}

/** A list of cells with the number of their characters. */
function faultsOfLengths(expected, table, place) {
  if (!expected.has('lengths')) return [];
  return expected
    .at('lengths')
    .entries()
    .flatMap(([, cell]) => {
      const { row, column } = cell.value;
      const wanted = cell.value.length ?? cell.value.value;
      if (row === undefined || column === undefined || wanted === undefined) {
        return [`the length ${JSON.stringify(cell.value)} is not known`];
      }
      const at = place(column);
      if (at === null) return [];
      const { length } = String(typedOf(table, at)[row]);
      return length === wanted
        ? []
        : [`column ${column} has ${length} characters in row ${row}, not ${wanted}`];
    });
}

const made = new WeakMap();

/** The typed cells of a column, made once. */
function typedOf(table, at) {
  const columns = made.get(table) ?? new Map();
  made.set(table, columns);
  if (!columns.has(at)) columns.set(at, table.typed(table.names[at]));
  return columns.get(at);
}

const show = (value) => (typeof value === 'bigint' ? `${value}n` : JSON.stringify(value));
