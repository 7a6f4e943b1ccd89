import type { BackendNetwork, FitState } from './contract.js';

/** The state of a fit that has not begun. */
export function initialState(): FitState {
  return {
    epochsDone: 0,
    lastLoss: Number.NaN,
    plateau: { best: Infinity, scale: 1, waited: 0, cooling: 0 },
    earlyStopping: { best: Infinity, waited: 0, bestEpoch: 0 },
    rollbacks: 0,
    best: null,
  };
}

/** A copy, so that the caller's state does not change. */
export function copyOfState(state: FitState): FitState {
  return { ...state, plateau: { ...state.plateau }, earlyStopping: { ...state.earlyStopping } };
}

/** A copy of what training changes. */
export function takeNetwork(network: BackendNetwork): NonNullable<FitState['best']> {
  return { parameters: network.getParameters(), ...network.getOptimizerState() };
}

export function putNetwork(
  network: BackendNetwork,
  { parameters, ...state }: NonNullable<FitState['best']>,
): void {
  network.setParameters(parameters);
  network.setOptimizerState(state);
}
