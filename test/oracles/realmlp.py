"""Trains networks by the recipe of RealMLP-TD-S in PyTorch and records the results.

    python3 realmlp.py < cases.jsonl > recordings.jsonl

One case a line; realmlp-cases.mjs describes their fields. Written from the paper (Holzmueller, Grinsztajn and
Steinwart, "Better by default: strong pre-tuned MLPs and boosted trees on tabular data", NeurIPS 2024) in its own
parametrisation: z = V x / sqrt(d) + b, and one learning rate, decay and epsilon for all, with factors of the rate
for the scale of the inputs and the biases. Autograd, losses, activations and the optimizers are PyTorch's.
"""

import math

import torch
from recordings import record_cases, rounded
from seeded_dropout import SeededDropout
from torch import nn

ACTIVATIONS = {"selu": nn.SELU, "mish": nn.Mish}
BETAS = (0.9, 0.95)
EPSILON = 1e-8
RATE_FACTORS = {"scale": 6, "weight": 1, "bias": 0.1}


class Scale(nn.Module):
    def __init__(self, inputs, dtype):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(inputs, dtype=dtype))

    def forward(self, x):
        return x * self.scale


class Linear(nn.Module):
    def __init__(self, inputs, units, dtype):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(units, inputs, dtype=dtype))
        self.bias = nn.Parameter(torch.zeros(units, dtype=dtype))

    def forward(self, x):
        return x @ self.weight.T / math.sqrt(x.shape[1]) + self.bias


def build(case, dtype):
    """The network with the case's weights in its hidden layers, and an output layer of zeros."""
    recipe = case["recipe"]
    inputs = case["inputSize"]
    modules = [Scale(inputs, dtype)]
    for i, (units, initial) in enumerate(zip(recipe["hiddenLayers"], case["initial"])):
        linear = Linear(inputs, units, dtype)
        with torch.no_grad():
            linear.weight.copy_(torch.tensor(initial["weight"], dtype=dtype).reshape(units, inputs))
            linear.bias.copy_(torch.tensor(initial["bias"], dtype=dtype))
        modules += [linear, ACTIVATIONS[recipe["activation"]](), SeededDropout(0, case["seed"], i)]
        inputs = units
    modules.append(Linear(inputs, case["outputs"], dtype))
    return nn.Sequential(*modules)


def loss_of(case, outputs, targets):
    """The mean over the rows; a target of a regression is that of every output."""
    loss = case["recipe"]["loss"]
    if loss["kind"] == "crossEntropy":
        return nn.CrossEntropyLoss(label_smoothing=case["recipe"]["labelSmoothing"])(outputs, targets)
    targets = targets[:, None].expand_as(outputs)
    if loss["kind"] == "quantile":
        quantiles = torch.tensor(loss["quantiles"], dtype=outputs.dtype)
        error = targets - outputs
        return torch.maximum(quantiles * error, (quantiles - 1) * error).mean()
    losses = {"squared": nn.MSELoss, "absolute": nn.L1Loss}
    return losses[loss["kind"]]()(outputs, targets)


def optimizer_of(case, network):
    """Adam, with decoupled decay if there is any; a group for each kind of tensor, called by its name."""
    named = list(network.named_parameters())
    groups = [
        {"params": [p for name, p in named if name.endswith(kind)], "kind": kind} for kind in RATE_FACTORS
    ]
    kind = torch.optim.AdamW if case["recipe"]["weightDecay"] > 0 else torch.optim.Adam
    return kind(groups, lr=0, betas=BETAS, eps=case.get("epsilon", EPSILON), weight_decay=0)


def coslog4(t):
    return (1 - math.cos(2 * math.pi * math.log2(1 + 15 * t))) / 2


def flat_cos(t):
    return 1 if t < 0.5 else (1 + math.cos(math.pi * (2 * t - 1))) / 2


def set_rates(case, network, optimizer, t):
    """What step t in [0, 1) of the training has."""
    recipe = case["recipe"]
    for group in optimizer.param_groups:
        group["lr"] = recipe["learningRate"] * RATE_FACTORS[group["kind"]] * coslog4(t)
        group["weight_decay"] = 0 if group["kind"] == "bias" else recipe["weightDecay"] * flat_cos(t)
    for module in network:
        if isinstance(module, SeededDropout):
            module.rate = recipe["dropout"] * flat_cos(t)


def validation_error(case, network, dtype):
    """What chooses the epoch: the rows that are classified wrongly, or the loss."""
    inputs, targets = tensors(case["validation"], dtype)
    network.eval()
    with torch.no_grad():
        outputs = network(inputs)
        if case["recipe"]["loss"]["kind"] == "crossEntropy":
            error = (outputs.argmax(dim=1) != targets).sum()
        else:
            error = loss_of(case, outputs, targets)
    network.train()
    return error.item()


def train(case, dtype):
    recipe = case["recipe"]
    network = build(case, dtype)
    optimizer = optimizer_of(case, network)
    inputs, targets = tensors(case["training"], dtype)
    # Rows that do not fill a batch are left out.
    batches = len(inputs) // recipe["batchSize"]
    steps = recipe["epochs"] * batches
    losses = []
    errors = []
    best = {"error": math.inf}
    for step in range(steps):
        set_rates(case, network, optimizer, step / steps)
        start = step % batches * recipe["batchSize"]
        batch = slice(start, start + recipe["batchSize"])
        optimizer.zero_grad()
        loss = loss_of(case, network(inputs[batch]), targets[batch])
        loss.backward()
        losses.append(loss.item())
        optimizer.step()
        if (step + 1) % batches == 0:
            errors.append(validation_error(case, network, dtype))
            # The last of equally good epochs.
            if errors[-1] <= best["error"]:
                best = {"error": errors[-1], "epoch": len(errors), "parameters": parameters_of(network)}
    return {
        "losses": losses,
        "last": parameters_of(network),
        "gradients": gradients(case, network, dtype),
        "validationErrors": errors,
        "bestEpoch": best["epoch"],
        "best": best["parameters"],
    }


def gradients(case, network, dtype):
    """Of the loss on all rows to train on, without dropout."""
    inputs, targets = tensors(case["training"], dtype)
    network.eval().zero_grad()
    loss_of(case, network(inputs), targets).backward()
    return parts_of(network, lambda parameter: parameter.grad)


def tensors(data, dtype):
    is_class = all(isinstance(target, int) for target in data["targets"])
    return (
        torch.tensor(data["inputs"], dtype=dtype),
        torch.tensor(data["targets"], dtype=torch.long if is_class else dtype),
    )


def parameters_of(network):
    return parts_of(network, lambda parameter: parameter)


def parts_of(network, of):
    """`of` the scale, and of a weight (out, in) row-major and a bias for each layer."""
    linears = [module for module in network if isinstance(module, Linear)]
    return {
        "scale": of(network[0].scale).tolist(),
        "layers": [
            {"weight": of(linear.weight).flatten().tolist(), "bias": of(linear.bias).tolist()}
            for linear in linears
        ],
    }


def outcome_of(case):
    return {dtype: rounded(train(case, getattr(torch, dtype))) for dtype in ("float64", "float32")}


def main():
    torch.set_num_threads(1)
    record_cases(f"PyTorch {torch.__version__}", outcome_of)


main()
