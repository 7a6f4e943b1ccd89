"""scikit-learn's MLPClassifier, trained by its `partial_fit`, one call per epoch."""

import warnings

import numpy as np
import sklearn
from serve import blas_in_use, dtype_of, read_data, serve
from sklearn.neural_network import MLPClassifier

# partial_fit warns that one epoch is not enough.
warnings.simplefilter("ignore")


class Trainer:
    version = sklearn.__version__

    def __init__(self, job):
        inputs, self.targets, parameters = read_data(job)
        dtype = np.dtype(dtype_of(job))
        self.inputs = inputs.astype(dtype)
        self.batch = job["batch"]
        sizes = job["sizes"]
        self.model = MLPClassifier(
            hidden_layer_sizes=sizes[1:-1],
            activation="relu",
            solver="adam",
            alpha=0,
            batch_size=self.batch,
            learning_rate_init=job["learningRate"],
            shuffle=False,
        )
        # The first call makes the layers; then they are replaced, and so is the optimizer's state.
        self.model.partial_fit(
            self.inputs[: self.batch], self.targets[: self.batch], classes=np.arange(max(2, sizes[-1]))
        )
        self.model.coefs_ = [weight.T.astype(dtype) for weight, _ in parameters]
        self.model.intercepts_ = [bias.astype(dtype) for _, bias in parameters]
        del self.model._optimizer
        self.setting = blas_in_use()

    def losses(self, steps):
        losses = []
        for first in range(0, steps * self.batch, self.batch):
            rows = slice(first, first + self.batch)
            self.model.partial_fit(self.inputs[rows], self.targets[rows])
            losses.append(float(self.model.loss_))
        return losses

    def prepare(self, rows, epochs):
        self.data = self.inputs[:rows], self.targets[:rows]
        self.epochs = epochs

    def round(self):
        for _ in range(self.epochs):
            self.model.partial_fit(*self.data)


serve(Trainer)
