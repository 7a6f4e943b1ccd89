"""Writes models of scikit-learn (by skl2onnx) and PyTorch as ONNX files, with what they predict.

    python3 onnx_models.py FOLDER

Needs torch, scikit-learn, onnx, skl2onnx and onnxscript.
"""

import json
import pathlib
import sys
import warnings

import numpy as np
import onnx
import skl2onnx
import sklearn
import torch
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from torch import nn

warnings.simplefilter("ignore")
rng = np.random.default_rng(1)
X = rng.normal(size=(60, 4)).astype(np.float32)
LABELS = (X[:, 0] > 0).astype(int) + (X[:, 1] > 0.3).astype(int)
NAMES = np.array(["low", "middle", "high"])[LABELS]
ROWS = (2 * rng.normal(size=(6, 4))).astype(np.float32)
FOLDER = pathlib.Path(sys.argv[1])
RECORDS = []


def record(name, source, outputs):
    """One file, the rows that it was given, and the outputs for them."""
    RECORDS.append(
        {
            "file": f"{name}.onnx",
            "source": source,
            "inputs": ROWS.tolist(),
            "outputs": np.asarray(outputs, dtype=np.float64).reshape(len(ROWS), -1).tolist(),
        }
    )


def sklearn_models():
    source = f"scikit-learn {sklearn.__version__}, skl2onnx {skl2onnx.__version__}"
    common = {"hidden_layer_sizes": (6, 5), "max_iter": 30, "random_state": 0}
    models = {
        "sklearn-classes": (MLPClassifier(activation="relu", **common), NAMES, {}),
        "sklearn-two-classes": (MLPClassifier(activation="tanh", **common), NAMES == "low", {}),
        "sklearn-two-classes-plain": (MLPClassifier(activation="logistic", **common), NAMES == "low", {"zipmap": False}),
        "sklearn-labels": (MLPClassifier(**common), np.stack([LABELS > 0, X[:, 2] > 0], 1), {"zipmap": False}),
        "sklearn-regression": (MLPRegressor(activation="identity", **common), X[:, 0] * 3, {}),
        "sklearn-scaled": (make_pipeline(StandardScaler(), MinMaxScaler(), MLPRegressor(**common)), X[:, :2], {}),
    }
    for name, (model, targets, options) in models.items():
        model.fit(X * 10 + 3 if name == "sklearn-scaled" else X, targets)
        final = {id(model): options} if options else None
        onnx.save(skl2onnx.to_onnx(model, X, options=final), FOLDER / f"{name}.onnx")
        if hasattr(model, "predict_proba"):
            outputs = model.predict_proba(ROWS)
            # The network has one output for two classes, the probability of the second.
            outputs = outputs[:, 1] if name.startswith("sklearn-two") else outputs
        else:
            outputs = model.predict(ROWS)
        record(name, source, outputs)
    model = make_pipeline(StandardScaler(), MLPRegressor(**common)).fit(X.astype(float), X[:, 0])
    onnx.save(skl2onnx.to_onnx(model, X.astype(float)), FOLDER / "sklearn-double.onnx")
    record("sklearn-double", source, model.predict(ROWS.astype(float)))


class Scaled(nn.Module):
    """Scales its inputs itself."""

    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(4, 5)
        self.out = nn.Linear(5, 2)

    def forward(self, x):
        x = (x - torch.tensor([1.0, 2.0, 3.0, 4.0])) / torch.tensor([2.0, 3.0, 4.0, 5.0])
        return torch.sigmoid(self.out(torch.relu(self.hidden(x))))


def every_activation():
    layers = [nn.Flatten()]
    for activation in (
        *(nn.ReLU(), nn.Sigmoid(), nn.Tanh(), nn.LeakyReLU(0.2)),
        *(nn.GELU(), nn.SiLU(), nn.SELU(), nn.Mish()),
    ):
        layers += [nn.Linear(4, 4), activation, nn.Dropout(0.3)]
    return nn.Sequential(*layers, nn.Identity(), nn.Linear(4, 3, bias=False), nn.Softmax(dim=1))


def normalised():
    model = nn.Sequential(nn.Linear(4, 6), nn.BatchNorm1d(6), nn.ReLU(), nn.BatchNorm1d(6), nn.Linear(6, 1))
    model.train()
    for _ in range(5):
        model(torch.from_numpy(X))
    return model


def torch_models():
    torch.manual_seed(0)
    models = {"activations": every_activation(), "normalised": normalised(), "scaled": Scaled()}
    rows = torch.from_numpy(ROWS)
    for name, model in models.items():
        model.eval()
        with torch.no_grad():
            outputs = model(rows).numpy()
        for old in (True, False):
            file = f"torch-{name}{'-old' if old else ''}"
            path = str(FOLDER / f"{file}.onnx")
            if old:
                # With opset 13, GELU is written as its formula; without folding, weights are transposed in the graph.
                torch.onnx.export(
                    *(model, (rows,), path),
                    **{"dynamo": False, "opset_version": 13, "do_constant_folding": False},
                    **{"input_names": ["x"], "dynamic_axes": {"x": {0: "rows"}}},
                )
            else:
                torch.onnx.export(model, (rows,), path, dynamo=True, external_data=False, dynamic_shapes=({0: "rows"},))
                strip(path)
            record(file, f"PyTorch {torch.__version__.split('+')[0]}, {'TorchScript' if old else 'torch.export'}", outputs)
    # As networks are kept in half precision.
    model = models["activations"].half()
    half = onnx.load(str(FOLDER / "torch-activations.onnx"))
    for tensor in half.graph.initializer:
        values = onnx.numpy_helper.to_array(tensor)
        tensor.CopyFrom(onnx.numpy_helper.from_array(values.astype(np.float16), tensor.name))
    half.graph.input[0].type.tensor_type.elem_type = onnx.TensorProto.FLOAT16
    onnx.save(half, FOLDER / "torch-half.onnx")
    with torch.no_grad():
        record("torch-half", "PyTorch, in float16 but for the computation", model.float()(rows).numpy())


def strip(path):
    """Leaves out where on this machine the model's code was."""
    model = onnx.load(path)
    for part in (*model.graph.node, *model.graph.value_info, *model.graph.input, *model.graph.output):
        del part.metadata_props[:]
        part.doc_string = ""
    del model.graph.metadata_props[:]
    del model.metadata_props[:]
    onnx.save(model, path)


sklearn_models()
torch_models()
(FOLDER / "predictions.json").write_text(json.dumps(RECORDS, indent=1) + "\n")
