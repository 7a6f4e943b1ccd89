import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readEstimator } from '../../src/estimators/estimator-file.js';
import { engines } from '../engines.js';
import { expectClose, exportedModel } from '../tolerance.js';

const FOLDER = new URL('../fixtures/imports/pytorch/', import.meta.url);

describe.each(engines)('an estimator on the %s engine', (backend) => {
  it("has members that give what PyTorch gives by docs/safetensors.md's reader", async () => {
    const { features, outputs } = JSON.parse(readFileSync(new URL('predictions.json', FOLDER), 'utf8'));
    const path = fileURLToPath(new URL('estimator.safetensors', FOLDER));
    const networks = await readEstimator(
      path,
      'MLPClassifier',
      { backend },
      ({ ensemble }) => ensemble.networks,
    );
    expect(networks).toHaveLength(outputs.length);
    networks.forEach((network, i) => {
      expectClose(network.predict(features), outputs[i].flat(), exportedModel, `outputs of member ${i}`);
    });
  });
});
