"""JAX: a training step under `jit`, the steps of an epoch by `lax.scan`, so that Python is called once an epoch."""

import os

from serve import read_data, serve


class Trainer:
    def __init__(self, job):
        # XLA's pool has a thread for each core that the process may use.
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: job["threads"]])
        import jax

        self.jax = jax
        self.version = jax.__version__
        self.setting = "jit, scan"
        inputs, targets, parameters = read_data(job)
        self.batch = job["batch"]
        self.inputs, self.targets = inputs, targets
        weights = [(jax.numpy.asarray(weight.T), jax.numpy.asarray(bias)) for weight, bias in parameters]
        zeros = jax.tree.map(jax.numpy.zeros_like, weights)
        self.state = (weights, zeros, jax.tree.map(jax.numpy.copy, zeros), jax.numpy.zeros((), "int32"))
        self.epoch = jax.jit(epoch_of(jax, job), donate_argnums=0)

    def batches(self, first, count):
        rows = slice(first * self.batch, (first + count) * self.batch)
        inputs = self.inputs[rows].reshape(count, self.batch, -1)
        return self.jax.device_put(inputs), self.jax.device_put(self.targets[rows].reshape(count, self.batch))

    def losses(self, steps):
        self.state, losses = self.epoch(self.state, *self.batches(0, steps))
        return [float(loss) for loss in losses]

    def prepare(self, rows, epochs):
        self.data = self.batches(0, rows // self.batch)
        self.epochs = epochs
        # Compiles for this number of steps.
        self.state, losses = self.epoch(self.state, *self.data)
        losses.block_until_ready()

    def round(self):
        for _ in range(self.epochs):
            self.state, losses = self.epoch(self.state, *self.data)
        losses.block_until_ready()


def epoch_of(jax, job):
    """A function of the state and an epoch's batches: the state after it, and the loss of each step."""
    np = jax.numpy
    rate, beta1, beta2, epsilon = job["learningRate"], 0.9, 0.999, 1e-8

    def loss_of(weights, inputs, targets):
        for weight, bias in weights[:-1]:
            inputs = jax.nn.relu(inputs @ weight + bias)
        weight, bias = weights[-1]
        logits = inputs @ weight + bias
        if job["loss"] == "bce":
            logits = logits[:, 0]
            return np.mean(jax.nn.softplus(logits) - targets * logits)
        picked = np.take_along_axis(jax.nn.log_softmax(logits), targets[:, None], axis=1)
        return -np.mean(picked)

    def step(state, batch):
        weights, means, squares, count = state
        loss, gradients = jax.value_and_grad(loss_of)(weights, *batch)
        count = count + 1
        means = jax.tree.map(lambda m, g: beta1 * m + (1 - beta1) * g, means, gradients)
        squares = jax.tree.map(lambda v, g: beta2 * v + (1 - beta2) * g * g, squares, gradients)
        first, second = 1 - beta1**count, 1 - beta2**count
        update = lambda w, m, v: w - rate * (m / first) / (np.sqrt(v / second) + epsilon)
        weights = jax.tree.map(update, weights, means, squares)
        return (weights, means, squares, count), loss

    return lambda state, inputs, targets: jax.lax.scan(step, state, (inputs, targets))


serve(Trainer)
