/** What an estimator knows of its fit, also from a file. */

/** The metrics on rows that a network was not trained on. */
export interface HeldOutScore<Evaluation> {
  /** How many rows were held out, each by one of the networks. */
  readonly rows: number;
  /** The metrics of the predictions for them. These rows also chose the epochs, which flatters a little. */
  readonly evaluation: Evaluation;
  /** The metrics of what is predicted without features: the classes' shares, or the mean of the targets. */
  readonly baseline: Evaluation;
}

/** Where a model comes from. */
export interface Provenance {
  /** The version of chainrule that fitted it. */
  readonly version: string;
  /** The number of rows of the fit, those held out among them. */
  readonly rows: number;
}
