"""Trains networks in scikit-learn and records the results.

    python3 scikit_learn.py < cases.jsonl > recordings.jsonl

One case a line; cases.mjs describes their fields. Each step is one call of `partial_fit` on one batch, for
which an estimator is made from given weights.
"""

import warnings

import numpy as np
import sklearn
from recordings import record_cases, rounded
from sklearn.neural_network import MLPClassifier, MLPRegressor

# partial_fit warns that one step is not enough.
warnings.simplefilter("ignore")

ACTIVATIONS = {"identity": "identity", "sigmoid": "logistic", "tanh": "tanh", "relu": "relu"}


def options_of(case):
    spec = case["optimizer"]
    *hidden, _ = case["network"]["layers"]
    options = {
        "hidden_layer_sizes": [layer["units"] for layer in hidden],
        "activation": ACTIVATIONS[hidden[0]["activation"]],
        # scikit-learn divides its alpha by the rows of the batch.
        "alpha": case.get("l2", 0) * case["batchSize"],
        "learning_rate_init": spec["learningRate"],
        "shuffle": False,
    }
    if spec["kind"] == "adam":
        moments = {"beta_1": spec["beta1"], "beta_2": spec["beta2"], "epsilon": spec["epsilon"]}
        return {**options, "solver": "adam", **moments}
    momentum = {"momentum": spec.get("momentum", 0), "nesterovs_momentum": spec.get("nesterov", False)}
    return {**options, "solver": "sgd", **momentum}


def targets_of(case):
    """Classes unchanged; a single column as a vector, which scikit-learn expects for one output."""
    targets = np.array(case["targets"])
    return targets[:, 0] if targets.ndim == 2 and targets.shape[1] == 1 else targets


def estimator_of(case, inputs, targets):
    """An estimator with the case's initial weights, before its first step."""
    if case["loss"] == "halfMse":
        estimator = MLPRegressor(**options_of(case))
        estimator.partial_fit(inputs, targets)
    else:
        estimator = MLPClassifier(**options_of(case))
        estimator.partial_fit(inputs, targets, classes=classes_of(targets))
    dtype = inputs.dtype
    sizes = [inputs.shape[1], *(layer["units"] for layer in case["network"]["layers"])]
    estimator.coefs_ = [
        np.array(layer["weight"], dtype=dtype).reshape(size, -1).T.copy()
        for layer, size in zip(case["initial"], sizes[1:])
    ]
    estimator.intercepts_ = [np.array(layer["bias"], dtype=dtype) for layer in case["initial"]]
    del estimator._optimizer
    return estimator


def classes_of(targets):
    return np.arange(targets.shape[1]) if targets.ndim == 2 else np.unique(targets)


def train(case, dtype):
    inputs = np.array(case["inputs"], dtype=dtype)
    targets = targets_of(case)
    estimator = estimator_of(case, inputs, targets)
    losses = []
    for epoch in range(case["epochs"]):
        order = np.array(case["order"][epoch]) if "order" in case else np.arange(len(inputs))
        for start in range(0, len(inputs), case["batchSize"]):
            batch = order[start : start + case["batchSize"]]
            estimator.partial_fit(inputs[batch], targets[batch])
            losses.append(float(estimator.loss_))
    return {"losses": losses, "parameters": parameters_of(estimator)}


def parameters_of(estimator):
    """One entry per layer, weights (out, in) row-major."""
    return [
        {"weight": weight.T.flatten().tolist(), "bias": bias.tolist()}
        for weight, bias in zip(estimator.coefs_, estimator.intercepts_)
    ]


def outcome_of(case):
    return {dtype.__name__: rounded(train(case, dtype)) for dtype in (np.float64, np.float32)}


record_cases(f"scikit-learn {sklearn.__version__}", outcome_of)
