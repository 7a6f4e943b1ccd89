"""Encodes columns with numpy and scikit-learn and records the results.

    python3 preprocessing.py < cases.jsonl > recordings.jsonl

One case a line; preprocessing-cases.mjs describes their fields. Every feature is scaled by its quartiles
(RobustScaler; by half its range where these are equal) and clipped smoothly into (-3, 3).
"""

import json
import sys

import numpy as np
import sklearn
from sklearn.preprocessing import OneHotEncoder, RobustScaler

MOST_CATEGORIES = 100
MISSING = "a text that is no category"


def scale(column):
    """The median, the spread that divides, and the scaled and clipped values, of one feature with NaNs."""
    known = column[~np.isnan(column)]
    scaler = RobustScaler().fit(column[:, None])
    centre, spread = scaler.center_[0], scaler.scale_[0]
    lower, upper = np.quantile(known, [0.25, 0.75])
    if lower == upper:
        spread = (known.max() - known.min()) / 2
        scaled = (column - centre) / spread
    else:
        scaled = scaler.transform(column[:, None])[:, 0]
    return centre, spread, clip(scaled)


def clip(scaled):
    return scaled / np.sqrt(1 + (scaled / 3) ** 2)


def numbers(values):
    """A feature, in which missing cells become the median, and one that says which were missing, if any."""
    column = np.array([np.nan if value is None else value for value in values], dtype=np.float64)
    missing = np.isnan(column)
    features = [column, missing.astype(np.float64)] if missing.any() else [column]
    return recorded([scale(feature) for feature in features])


def categories(values, unseen):
    """A feature for each category, or one for two; learnt from `values`, of which None is a missing cell."""
    known = [value for value in values if value is not None]
    encoder = OneHotEncoder(
        handle_unknown="infrequent_if_exist", max_categories=MOST_CATEGORIES + 1, sparse_output=False
    )
    encoder.fit(np.array(known, dtype=object)[:, None])
    rows = [*values, *unseen]
    cells = np.array([MISSING if value is None else value for value in rows], dtype=object)
    ones = encoder.transform(cells[:, None])
    ones[[value is None for value in rows]] = 0
    if ones.shape[1] == 2:
        ones = ones[:, 1:] - ones[:, :1]
    scales = []
    for feature in ones.T:
        centre, spread, _ = scale(feature[: len(values)])
        scales.append((centre, spread, clip((feature - centre) / spread)))
    return recorded(scales)


def recorded(scales):
    table = np.column_stack([np.nan_to_num(clipped, nan=0.0) for _, _, clipped in scales])
    return {
        "centres": [float(centre) for centre, _, _ in scales],
        "spreads": [float(spread) for _, spread, _ in scales],
        "features": [rounded(row) for row in table],
    }


def rounded(row):
    """Nine digits, which tell float32 numbers apart; for many features only the resting value and the others."""
    row = [float(f"{value:.9g}") for value in row]
    if len(row) <= 10:
        return row
    resting = max(set(row), key=row.count)
    return {"resting": resting, "others": {str(i): v for i, v in enumerate(row) if v != resting}}


def main():
    for line in sys.stdin:
        case = json.loads(line)
        encoded = (
            numbers(case["values"])
            if case["type"] == "numbers"
            else categories(case["values"], case["unseen"])
        )
        oracle = f"numpy {np.__version__}, scikit-learn {sklearn.__version__}"
        print(json.dumps({**case, "oracle": oracle, **encoded}))


main()
