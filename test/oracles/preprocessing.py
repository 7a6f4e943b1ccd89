"""Encodes columns with numpy and scikit-learn and records the results.

    python3 preprocessing.py < cases.jsonl > recordings.jsonl

One case a line; preprocessing-cases.mjs describes their fields. Every feature is scaled by its quartiles
(RobustScaler; by half its range where these are equal) and clipped smoothly into (-3, 3).
"""

import numpy as np
import sklearn
from recordings import record_cases
from sklearn.preprocessing import OneHotEncoder, RobustScaler

MOST_CATEGORIES = 100
MISSING = "a text that is no category"
# Of a scaled value: beyond, hypot overflows.
MOST = 1e300


def scale(column):
    """The median and the spread that divides, 0 for a constant, of one feature with NaNs."""
    known = column[~np.isnan(column)]
    scaler = RobustScaler().fit(column[:, None])
    lower, upper = np.quantile(known, [0.25, 0.75])
    if lower == upper:
        spread = (known.max() - known.min()) / 2
    elif upper - lower < 10 * np.finfo(np.float64).eps:
        # RobustScaler divides differences as small as these by 1.
        spread = upper - lower
    else:
        spread = scaler.scale_[0]
    return scaler.center_[0], spread


def scaled(feature, centre, spread):
    """In (-3, 3); NaN where the feature is. With hypot because the square of a large number is infinite."""
    if spread == 0:
        return np.zeros_like(feature)
    with np.errstate(over="ignore"):
        ratio = np.clip((feature - centre) / spread, -MOST, MOST)
    return ratio / np.hypot(1, ratio / 3)


def numbers(values, unseen):
    """A feature, in which missing cells become the median, and one that says which were missing, if any."""
    column = np.array([np.nan if value is None else value for value in [*values, *unseen]], dtype=np.float64)
    missing = np.isnan(column).astype(np.float64)
    features = [column, missing] if missing[: len(values)].any() else [column]
    return recorded(features, len(values))


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
    return recorded(list(ones.T), len(values))


def recorded(features, rows):
    """Learnt from the first `rows` rows."""
    scales = [scale(feature[:rows]) for feature in features]
    table = np.column_stack([scaled(feature, *each) for feature, each in zip(features, scales)])
    return {
        "centres": [float(centre) for centre, _ in scales],
        "spreads": [float(spread) for _, spread in scales],
        "features": [rounded(row) for row in np.nan_to_num(table, nan=0.0)],
    }


def rounded(row):
    """Nine digits, which tell float32 numbers apart; for many features only the resting value and the others."""
    row = [float(f"{value:.9g}") for value in row]
    if len(row) <= 10:
        return row
    resting = max(set(row), key=row.count)
    return {"resting": resting, "others": {str(i): v for i, v in enumerate(row) if v != resting}}


def outcome_of(case):
    encode = numbers if case["type"] == "numbers" else categories
    return encode(case["values"], case["unseen"])


record_cases(f"numpy {np.__version__}, scikit-learn {sklearn.__version__}", outcome_of)
