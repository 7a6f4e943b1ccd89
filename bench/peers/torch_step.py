"""PyTorch's training loop as its tutorials write it, at its fastest setting: `torch_step.py MODE`.

MODE is the precision of products: float32; medium, by set_float32_matmul_precision; or autocast, to bfloat16.
"""

import copy
import sys
import time

import torch
from serve import dtype_of, read_data, serve
from torch import nn

MODE = sys.argv[1]
# How long a setting is tried, after its first steps.
TRIAL_SECONDS = 0.3
FIRST_STEPS = 2


class Setting:
    """A model with its optimizer, eager or compiled."""

    def __init__(self, model, loss, learning_rate, compiles, **adam):
        self.model = copy.deepcopy(model)
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=learning_rate, **adam)
        self.loss = loss
        self.forward = torch.compile(self.loss_of) if compiles else self.loss_of
        self.name = ", ".join(["compiled" if compiles else "eager", *(f"{key}={adam[key]}" for key in adam)])

    def loss_of(self, inputs, targets):
        with torch.autocast("cpu", torch.bfloat16, enabled=MODE == "autocast"):
            return self.loss(self.model(inputs), targets)

    def step(self, inputs, targets):
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.forward(inputs, targets)
        loss.backward()
        self.optimizer.step()
        return loss


class Trainer:
    version = torch.__version__

    def __init__(self, job):
        torch.set_num_threads(job["threads"])
        torch.set_flush_denormal(True)
        if MODE == "medium":
            torch.set_float32_matmul_precision("medium")
        inputs, targets, parameters = read_data(job)
        dtype = getattr(torch, dtype_of(job))
        yes_no = job["loss"] == "bce"
        self.inputs = torch.from_numpy(inputs).to(dtype)
        targets = torch.from_numpy(targets)
        self.targets = targets.to(dtype)[:, None] if yes_no else targets.long()
        self.batch = job["batch"]
        # Both take logits.
        loss = nn.BCEWithLogitsLoss() if yes_no else nn.CrossEntropyLoss()
        self.best = self.fastest(job, model_of(parameters, dtype), loss)
        self.setting = self.best.name

    def fastest(self, job, model, loss):
        settings = [(False, {"foreach": False}), (False, {"foreach": True}), (False, {"fused": True})]
        if job["thorough"]:
            settings.append((True, {"fused": True}))
        make = lambda setting: Setting(model, loss, job["learningRate"], setting[0], **setting[1])
        return make(min(settings, key=lambda setting: self.trial(make(setting))))

    def rows(self, first):
        return self.inputs[first : first + self.batch], self.targets[first : first + self.batch]

    def trial(self, setting):
        """Seconds of a step."""
        for _ in range(FIRST_STEPS):
            setting.step(*self.rows(0))
        steps = 0
        start = time.perf_counter()
        while time.perf_counter() - start < TRIAL_SECONDS:
            setting.step(*self.rows(0))
            steps += 1
        return (time.perf_counter() - start) / steps

    def losses(self, steps):
        return [self.best.step(*self.rows(step * self.batch)).item() for step in range(steps)]

    def prepare(self, rows, epochs):
        self.count = rows
        self.epochs = epochs

    def round(self):
        for _ in range(self.epochs):
            for first in range(0, self.count, self.batch):
                self.best.step(*self.rows(first))


def model_of(parameters, dtype):
    layers = []
    for weight, bias in parameters:
        linear = nn.Linear(weight.shape[1], weight.shape[0], dtype=dtype)
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(weight))
            linear.bias.copy_(torch.from_numpy(bias))
        layers += [linear, nn.ReLU()]
    return nn.Sequential(*layers[:-1])


serve(Trainer)
