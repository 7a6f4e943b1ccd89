/**
 * NumPy's `RandomState`, as far as scikit-learn draws from it: the Mersenne Twister of Matsumoto and
 * Nishimura ("Mersenne Twister: a 623-dimensionally equidistributed uniform pseudo-random number generator",
 * ACM TOMACS 8, 1998), with NumPy's conversion of its words to doubles and permutations.
 */
export class NumpyRandom {
  readonly #state = new Uint32Array(624);
  #next = 624;

  constructor(seed: number) {
    this.#state[0] = seed;
    for (let i = 1; i < 624; i++) {
      const previous = this.#state[i - 1];
      this.#state[i] = Math.imul(1812433253, previous ^ (previous >>> 30)) + i;
    }
  }

  /** `count` doubles in [low, high), each of 53 bits from two words. */
  uniform(low: number, high: number, count: number): Float64Array {
    return Float64Array.from({ length: count }, () => {
      const upper = this.#word() >>> 5;
      const lower = this.#word() >>> 6;
      return low + (high - low) * ((upper * 2 ** 26 + lower) / 2 ** 53);
    });
  }

  /** Shuffles in place: Fisher and Yates from the end, drawing again if an index is too large. */
  shuffle(values: Uint32Array): void {
    for (let i = values.length - 1; i > 0; i--) {
      const mask = 2 ** (32 - Math.clz32(i)) - 1;
      let j = this.#word() & mask;
      while (j > i) j = this.#word() & mask;
      [values[i], values[j]] = [values[j], values[i]];
    }
  }

  #word(): number {
    if (this.#next === 624) this.#twist();
    let word = this.#state[this.#next++];
    word ^= word >>> 11;
    word ^= (word << 7) & 0x9d2c5680;
    word ^= (word << 15) & 0xefc60000;
    return (word ^ (word >>> 18)) >>> 0;
  }

  #twist(): void {
    const state = this.#state;
    for (let i = 0; i < 624; i++) {
      const mixed = (state[i] & 0x80000000) | (state[(i + 1) % 624] & 0x7fffffff);
      state[i] = state[(i + 397) % 624] ^ (mixed >>> 1) ^ (mixed & 1 ? 0x9908b0df : 0);
    }
    this.#next = 0;
  }
}
