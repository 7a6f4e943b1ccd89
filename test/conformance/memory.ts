import { describe, expect, it } from 'vitest';
import type { BackendUnderTest } from './networks.js';
import { createNetwork, layer, networkSpec } from './networks.js';

/** Rows and outputs that no machine has memory for together: 4e11 bytes. */
const ROWS = 1_000_000;
const OUTPUTS = 100_000;

/** A result that is too large is an error that can be caught, and the network is as before. */
export function memory(backend: BackendUnderTest): void {
  describe('without memory for a result', () => {
    const spec = networkSpec(1, [layer(OUTPUTS, 'identity')], 'mse');
    const refusal = expect.objectContaining({
      code: 'ERR_MEMORY',
      message: expect.stringMatching(/^no memory for .*400000 MB are needed/),
    });

    it('predict throws ERR_MEMORY with what it needs', () => {
      const network = createNetwork(backend(), spec);
      expect(() => network.predict(new Float32Array(ROWS), ROWS)).toThrow(refusal);
      expect(network.predict(Float32Array.of(0), 1)).toHaveLength(OUTPUTS);
    });

    it('predictAsync rejects with ERR_MEMORY', async () => {
      const network = createNetwork(backend(), spec);
      await expect((async () => network.predictAsync(new Float32Array(ROWS), ROWS))()).rejects.toMatchObject({
        code: 'ERR_MEMORY',
      });
    });
  });
}
