"""Trains networks in PyTorch and records the results.

    python3 pytorch.py < cases.jsonl > recordings.jsonl

One case a line; cases.mjs describes their fields. Everything is left to PyTorch that it has: autograd, its
losses, its optimizers, its clipping. What it has not are dropout masks that can be computed elsewhere, so
those are drawn from their definition.
"""

import torch
from recordings import record_cases, rounded
from seeded_dropout import SeededDropout
from torch import nn

ACTIVATIONS = {
    "identity": lambda layer: nn.Identity(),
    "sigmoid": lambda layer: nn.Sigmoid(),
    "tanh": lambda layer: nn.Tanh(),
    "relu": lambda layer: nn.ReLU(),
    "leakyRelu": lambda layer: nn.LeakyReLU(layer["slope"]),
    "softmax": lambda layer: nn.Softmax(dim=1),
}

# The losses that PyTorch computes from the logits.
FROM_LOGITS = ("crossEntropy", "bce")


def build(case, dtype):
    """The network with the case's initial weights."""
    modules = []
    inputs = case["network"]["inputSize"]
    layers = case["network"]["layers"]
    for i, (layer, initial) in enumerate(zip(layers, case["initial"])):
        linear = nn.Linear(inputs, layer["units"], bias=layer.get("useBias", True), dtype=dtype)
        with torch.no_grad():
            linear.weight.copy_(torch.tensor(initial["weight"], dtype=dtype).reshape(linear.weight.shape))
            if linear.bias is not None:
                linear.bias.copy_(torch.tensor(initial["bias"], dtype=dtype))
        modules.append(linear)
        if layer is not layers[-1] or case["loss"] not in FROM_LOGITS:
            modules.append(ACTIVATIONS[layer["activation"]](layer))
        if layer.get("dropout", 0) > 0:
            modules.append(SeededDropout(layer["dropout"], case["seed"], i))
        inputs = layer["units"]
    return nn.Sequential(*modules)


def loss_of(case, outputs, targets, sample_weights):
    """The mean over the rows, weighted if there are weights, without the L2 penalty."""
    if case["loss"] == "crossEntropy":
        options = {"label_smoothing": case.get("labelSmoothing", 0.0)}
        if "classWeight" in case:
            options["weight"] = torch.tensor(case["classWeight"], dtype=outputs.dtype)
        if sample_weights is None:
            return nn.CrossEntropyLoss(**options)(outputs, targets)
        of_rows = nn.CrossEntropyLoss(**options, reduction="none")(outputs, targets)
    elif case["loss"] == "bce":
        of_rows = nn.BCEWithLogitsLoss(reduction="none")(outputs, targets).sum(dim=1)
    elif case["loss"] == "mse":
        if sample_weights is None:
            return nn.MSELoss()(outputs, targets)
        of_rows = nn.MSELoss(reduction="none")(outputs, targets).mean(dim=1)
    else:
        of_rows = nn.MSELoss(reduction="none")(outputs, targets).sum(dim=1) / 2
    if sample_weights is None:
        return of_rows.mean()
    return (of_rows * sample_weights).sum() / sample_weights.sum()


def optimizer_of(case, network):
    """L2 regularisation is PyTorch's weight_decay on the weights only; adamW decays the biases too."""
    spec = case["optimizer"]
    l2 = case.get("l2", 0)
    decay = spec.get("weightDecay", 0)
    weights = [p for p in network.parameters() if p.dim() == 2]
    biases = [p for p in network.parameters() if p.dim() == 1]
    groups = [
        {"params": weights, "weight_decay": l2 or decay},
        {"params": biases, "weight_decay": decay},
    ]
    rate = spec["learningRate"]
    if spec["kind"] == "sgd":
        return torch.optim.SGD(groups, lr=rate)
    if spec["kind"] == "momentum":
        nesterov = spec.get("nesterov", False)
        return torch.optim.SGD(groups, lr=rate, momentum=spec["momentum"], nesterov=nesterov)
    kind = {"adam": torch.optim.Adam, "adamW": torch.optim.AdamW}[spec["kind"]]
    return kind(groups, lr=rate, betas=(spec["beta1"], spec["beta2"]), eps=spec["epsilon"])


def scheduler_of(case, optimizer):
    """PyTorch's scheduler for the learning rates of the epochs, or None."""
    schedule = case.get("learningRateSchedule")
    if schedule is None:
        return None
    of = torch.optim.lr_scheduler
    if schedule["kind"] == "step":
        return of.StepLR(optimizer, step_size=schedule["every"], gamma=schedule["factor"])
    if schedule["kind"] == "exponential":
        return of.ExponentialLR(optimizer, gamma=schedule["decay"])
    if schedule["kind"] == "cosine":
        return of.CosineAnnealingLR(optimizer, T_max=case["epochs"], eta_min=schedule["minimum"])
    if schedule["kind"] == "constant":
        warmup = schedule["warmup"]
        return of.LinearLR(optimizer, start_factor=1 / warmup, total_iters=warmup - 1)
    # PyTorch acts after more bad epochs than its patience, Keras after as many. And PyTorch does not count the
    # last epoch of the cooldown as a bad one yet, while Keras does.
    return of.ReduceLROnPlateau(
        optimizer,
        factor=schedule["factor"],
        patience=schedule["patience"] - 1,
        threshold=schedule["minDelta"],
        threshold_mode="abs",
        cooldown=schedule["cooldown"] - 1,
        min_lr=schedule["minLearningRate"],
    )


def train(case, dtype):
    network = build(case, dtype)
    optimizer = optimizer_of(case, network)
    scheduler = scheduler_of(case, optimizer)
    is_index = not isinstance(case["targets"][0], list)
    inputs = torch.tensor(case["inputs"], dtype=dtype)
    targets = torch.tensor(case["targets"], dtype=torch.long if is_index else dtype)
    weights = case.get("sampleWeight") and torch.tensor(case["sampleWeight"], dtype=dtype)
    rows = len(inputs)
    losses = []
    rates = []
    for epoch in range(case["epochs"]):
        order = torch.tensor(case["order"][epoch]) if "order" in case else torch.arange(rows)
        rates.append(optimizer.param_groups[0]["lr"])
        total = 0.0
        for batch in order.split(case["batchSize"]):
            optimizer.zero_grad()
            batch_weights = None if weights is None else weights[batch]
            loss = loss_of(case, network(inputs[batch]), targets[batch], batch_weights)
            loss.backward()
            penalty = sum((p * p).sum() for p in network.parameters() if p.dim() == 2)
            losses.append(loss.item() + case.get("l2", 0) / 2 * penalty.item())
            total += losses[-1] * len(batch)
            if "clipNorm" in case["optimizer"]:
                nn.utils.clip_grad_norm_(network.parameters(), case["optimizer"]["clipNorm"])
            optimizer.step()
        if isinstance(scheduler, torch.optim.lr_scheduler.ReduceLROnPlateau):
            scheduler.step(total / rows)
        elif scheduler is not None:
            scheduler.step()
    result = {"losses": losses, "parameters": parameters_of(network)}
    if scheduler is not None:
        result["learningRates"] = rates
    return result


def input_gradients(case):
    """dLoss/dInputs of the case's initial network, on all rows."""
    network = build(case, torch.float64).eval()
    inputs = torch.tensor(case["inputs"], dtype=torch.float64, requires_grad=True)
    loss_of(case, network(inputs), torch.tensor(case["targets"]), None).backward()
    return inputs.grad.flatten().tolist()


def parameters_of(network):
    """One entry per layer, weights (out, in) row-major."""
    return [
        {
            "weight": module.weight.flatten().tolist(),
            "bias": [] if module.bias is None else module.bias.tolist(),
        }
        for module in network
        if isinstance(module, nn.Linear)
    ]


def outcome_of(case):
    expected = train(case, torch.float64)
    if case.get("inputGradients"):
        expected["inputGradients"] = input_gradients(case)
    return {"float64": rounded(expected), "float32": rounded(train(case, torch.float32))}


def main():
    torch.set_num_threads(1)
    record_cases(f"PyTorch {torch.__version__}", outcome_of)


main()
