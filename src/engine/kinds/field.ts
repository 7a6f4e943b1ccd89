/** What the fields of kinds may hold: each a check in options/kinds.ts. */
export type Held = 'positive' | 'nonNegative' | 'fraction' | 'positiveOrNull' | 'boolean' | 'innerFractions';

/** A field of a kind: what it may hold, and what it holds where it is not given; without that it is required. */
export interface Field<T = unknown> {
  holds: Held;
  default?: T;
}

/** A field for each option of a kind. */
export type FieldsOf<Options> = {
  [F in Exclude<keyof Options, 'kind'>]-?: Field<Exclude<Options[F], undefined>>;
};

/** Options with every field given. */
export type Complete<Options> = Options extends unknown
  ? { [F in keyof Options]-?: Exclude<Options[F], undefined> }
  : never;
