import type { Task } from '../data/targets.js';
import type { Backend, BackendNetwork, NetworkSpec } from '../engine/contract.js';

/** The parts of a network, for code that inspects it from outside. */
export interface NetworkParts {
  spec: NetworkSpec;
  /** Whether the seed was given, not drawn. */
  hasOwnSeed: boolean;
  task: Task;
  /** The engine that samples are prepared in. */
  backend: Backend;
  engine: BackendNetwork;
}
