/** What a case expects at each place, with the further right answers that it accepts there. */

/** A value of the expectation, with its JSON Pointer. */
export class Expected {
  #accept;
  #pointer;

  constructor(value, accept, pointer = '') {
    this.value = value;
    this.#accept = accept;
    this.#pointer = pointer;
  }

  /** A field or an item. */
  at(key) {
    const name = String(key).replaceAll('~', '~0').replaceAll('/', '~1');
    return new Expected(this.value[key], this.#accept, `${this.#pointer}/${name}`);
  }

  has(key) {
    return Object.hasOwn(this.value, key);
  }

  /** Fields with their expectations. */
  entries() {
    return Object.keys(this.value).map((key) => [key, this.at(key)]);
  }

  /** This value and each that is accepted in its place. */
  ways() {
    const others = Object.hasOwn(this.#accept, this.#pointer) ? this.#accept[this.#pointer] : [];
    return [this, ...others.map((value) => new Expected(value, this.#accept, this.#pointer))];
  }

  /** The faults by the way that fits best; none if any way fits. */
  faults(check) {
    return fewest(this.ways().map((way) => check(way)));
  }
}

/** The shortest of some lists of faults. */
export function fewest(lists) {
  return lists.reduce((best, list) => (list.length < best.length ? list : best));
}
