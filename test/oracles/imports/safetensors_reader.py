"""Runs the members of an estimator's file in PyTorch by the reader of docs/safetensors.md.

    python3 safetensors_reader.py estimator.safetensors predictions.json
"""

import json
import pathlib
import re
import sys

import torch

DOCUMENT = pathlib.Path(__file__).parents[3] / "docs" / "safetensors.md"
exec(re.search(r"```python\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)[1])  # defines load_members

path, out = sys.argv[1:]
torch.manual_seed(1)
members = load_members(path)  # noqa: F821
with safe_open(path, "pt") as file:  # noqa: F821
    width = file.get_slice("members.0.0.weight").get_shape()[1]
features = 6 * torch.rand(6, width) - 3
record = {
    "source": f"PyTorch {torch.__version__.split('+')[0]}",
    "features": features.tolist(),
    "outputs": [member(features).tolist() for member in members],
}
pathlib.Path(out).write_text(json.dumps(record) + "\n")
