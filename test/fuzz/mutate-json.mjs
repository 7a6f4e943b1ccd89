/** Changes JSON as values and as text: other types and sizes, names that objects inherit, the same name twice. */

const LONG = 'x'.repeat(10_000);
const deep = (depth) => {
  let value = [];
  for (let i = 0; i < depth; i++) value = i % 2 === 0 ? [value] : { a: value };
  return value;
};
const VALUES = [
  null,
  true,
  false,
  0,
  -1,
  1,
  0.5,
  1e-320,
  1e300,
  -1e300,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32,
  2 ** 53 - 1,
  2 ** 53,
  '',
  'a',
  '0',
  'NaN',
  '__proto__',
  'constructor',
  '\u0000\u001b[31m',
  '\ud800',
  LONG,
  [],
  {},
  [null],
  [[]],
  [0],
  { a: 1 },
  Array(1000).fill(1),
  Array(1000).fill({}),
  deep(40),
  deep(2000),
];
const NAMES = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'length',
  '',
  'a',
  '0',
  LONG.slice(0, 1000),
];

/** Null in the place of what lies too deep to be copied: deep values are put into each other. */
function cloned(value) {
  try {
    return structuredClone(value);
  } catch {
    return null;
  }
}

/** A copy, since later changes may be to it. */
const hardValue = (random) => cloned(random.pick(VALUES));

/** @returns {unknown} a copy of `value` after one to three changes */
export function mutateJson(random, value) {
  let mutant = cloned(value);
  for (let changes = 1 + random.below(3); changes > 0; changes--) mutant = changeSomewhere(random, mutant);
  return mutant;
}

/** `JSON.stringify`, now and then with a fault that only text can have. */
export function mutateText(random, value) {
  const text = textOf(value);
  switch (random.below(12)) {
    case 0:
      // The same name twice, or two that are the same once they are read.
      return text.replace(/\{("(?:[^"\\]|\\.)*":)/g, (all, name) =>
        random.chance(0.3) ? `{${name}${random.pick(['0', 'null', '[]', '{}'])},${name}` : all,
      );
    case 1:
      return text.replace(/:/g, (all) =>
        random.chance(0.05) ? random.pick(['', '::', ':{"__proto__":{"a":1}},"b":']) : all,
      );
    case 2:
      return text.slice(0, random.below(text.length));
    case 3:
      return text.replace(/"([a-zA-Z])/g, (all, first) =>
        random.chance(0.1) ? `"\\u${first.charCodeAt(0).toString(16).padStart(4, '0')}` : all,
      );
    default:
      return text;
  }
}

/** As for copies: what lies too deep is left out. */
function textOf(value) {
  try {
    return JSON.stringify(value) ?? 'null';
  } catch {
    return 'null';
  }
}

function changeSomewhere(random, root) {
  const whole = { root };
  const places = [];
  collect(whole, 'root', places);
  const { holder, key } = random.pick(places);
  const value = holder[key];
  switch (random.below(6)) {
    case 0:
      if (Array.isArray(holder)) holder.splice(Number(key), 1);
      else if (holder !== whole) delete holder[key];
      break;
    case 1:
      if (Array.isArray(value)) {
        const added = cloned(random.pick([...VALUES, ...value]));
        value.push(...Array(1 + random.below(3)).fill(added));
      } else if (isObject(value)) {
        define(value, random.pick([...NAMES, ...Object.keys(value)]), hardValue(random));
      } else {
        define(holder, key, hardValue(random));
      }
      break;
    case 2: {
      // What belongs elsewhere.
      const other = random.pick(places);
      define(holder, key, cloned(other.holder[other.key]));
      break;
    }
    case 3:
      if (typeof value === 'number') define(holder, key, changedNumber(random, value));
      else if (typeof value === 'string') define(holder, key, changedText(random, value));
      else define(holder, key, hardValue(random));
      break;
    default:
      define(holder, key, hardValue(random));
  }
  return whole.root;
}

/** All values in a value, each by its holder and key; at most a few thousand. */
function collect(holder, key, places) {
  const waiting = [{ holder, key }];
  while (waiting.length > 0 && places.length < 5000) {
    const place = waiting.pop();
    places.push(place);
    const value = place.holder[place.key];
    if (typeof value !== 'object' || value === null) continue;
    for (const own of Object.keys(value)) waiting.push({ holder: value, key: own });
  }
}

const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

function changedNumber(random, value) {
  return random.pick([
    -value,
    value + 1,
    value - 1,
    value * 2,
    value / 2,
    value * 1e10,
    value + 0.5,
    2 ** 32 + value,
  ]);
}

function changedText(random, text) {
  const at = random.below(text.length + 1);
  return random.pick([
    text.slice(0, at),
    text + text,
    text.toUpperCase(),
    `${text.slice(0, at)}\u0000${text.slice(at)}`,
  ]);
}

/** Also for '__proto__', which an assignment would not make a field. */
function define(holder, key, value) {
  Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true });
}
