import type { Backend, BackendDataset, Samples } from '../engine/contract.js';

/** Rows of data, checked for a task, and their copies in engines. */
export class TaskData {
  readonly samples: Samples;
  /** Whether a `Dataset` keeps the copies for later fits; else whoever asks for them frees them. */
  readonly isKept: boolean;
  readonly #copies = new Map<Backend, BackendDataset>();

  constructor(samples: Samples, isKept = false) {
    this.samples = samples;
    this.isKept = isKept;
  }

  /** The copy in an engine. The first call makes it. */
  copyIn(backend: Backend): BackendDataset {
    let copy = this.#copies.get(backend);
    if (copy === undefined) {
      copy = backend.createDataset(this.samples);
      this.#copies.set(backend, copy);
    }
    return copy;
  }

  /** Frees all copies. */
  dispose(): void {
    for (const copy of this.#copies.values()) copy.dispose();
    this.#copies.clear();
  }
}
