import { describe, expect, it } from 'vitest';
import { expectClose, printed } from '../tolerance.js';
import type { BackendUnderTest } from './networks.js';
import { createNetwork, layer, networkSpec } from './networks.js';

/** Numbers from lecture notes on backpropagation, worked out by hand there. */
export function workedExamples(backend: BackendUnderTest): void {
  describe('worked examples', () => {
    it('one sigmoid unit over three rows, to the three digits printed for W', () => {
      const parameters = Float32Array.of(0.7576, 0.2793, 0.4031, 0.7347, 0.0293, 0.7999);
      const inputs = Float32Array.of(-8, 1, -3, 5, 2, -2, 2, -1, 5, 2, 7, 1, 9, -5, -2);
      const unit = (activation: 'identity' | 'sigmoid') =>
        backend()
          .createNetwork(networkSpec(5, [layer(1, activation)], 'mse'), parameters)
          .predict(inputs, 3);
      expectClose(unit('identity'), [-2.459, 3.172, 6.278], printed(3), 'z');
      expectClose(unit('sigmoid'), [0.0788, 0.9598, 0.9981], printed(3), 'a');
    });

    it('the network 2-3-4-1 has 30 parameters', () => {
      const spec = networkSpec(2, [layer(3, 'sigmoid'), layer(4, 'sigmoid'), layer(1, 'sigmoid')], 'halfMse');
      expect(createNetwork(backend(), spec).parameterCount).toBe(30);
    });
  });
}
