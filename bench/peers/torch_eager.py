"""PyTorch, eager, as its tutorials write a training loop."""

import time

import torch
from serve import blas_in_use, read_data, serve
from torch import nn

# Steps for finding the faster of Adam's two implementations.
TRIAL_STEPS = 3


class Trainer:
    version = torch.__version__

    def __init__(self, job):
        torch.set_num_threads(job["threads"])
        torch.set_flush_denormal(True)
        inputs, targets, parameters = read_data(job)
        dtype = getattr(torch, job["precision"])
        yes_no = job["loss"] == "bce"
        self.inputs = torch.from_numpy(inputs).to(dtype)
        targets = torch.from_numpy(targets)
        self.targets = targets.to(dtype)[:, None] if yes_no else targets.long()
        # Both take logits.
        self.loss = nn.BCEWithLogitsLoss() if yes_no else nn.CrossEntropyLoss()
        layers = []
        for weight, bias in parameters:
            linear = nn.Linear(weight.shape[1], weight.shape[0], dtype=dtype)
            with torch.no_grad():
                linear.weight.copy_(torch.from_numpy(weight))
                linear.bias.copy_(torch.from_numpy(bias))
            layers += [linear, nn.ReLU()]
        self.model = nn.Sequential(*layers[:-1])
        self.batch = job["batch"]
        self.learning_rate = job["learningRate"]
        self.optimizer = self.adam(foreach=False)
        self.setting = None

    def adam(self, foreach):
        return torch.optim.Adam(self.model.parameters(), lr=self.learning_rate, foreach=foreach)

    def step(self, first):
        rows = slice(first, first + self.batch)
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.loss(self.model(self.inputs[rows]), self.targets[rows])
        loss.backward()
        self.optimizer.step()
        return loss

    def losses(self, steps):
        return [self.step(step * self.batch).item() for step in range(steps)]

    def prepare(self, rows, epochs):
        self.rows = rows
        self.epochs = epochs
        if self.setting is None:
            foreach = min((False, True), key=self.trial)
            self.optimizer = self.adam(foreach)
            self.setting = f"Adam foreach={foreach}, {blas_in_use()}"

    def trial(self, foreach):
        self.optimizer = self.adam(foreach)
        self.step(0)
        start = time.perf_counter()
        for _ in range(TRIAL_STEPS):
            self.step(0)
        return time.perf_counter() - start

    def round(self):
        for _ in range(self.epochs):
            for first in range(0, self.rows, self.batch):
                self.step(first)


serve(Trainer)
