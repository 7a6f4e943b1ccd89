"""How the oracles read cases and write what they record of each."""

import json
import sys

DIGITS = 8


def record_cases(oracle, outcome_of):
    """Reads a case from each line of stdin and prints it with its outcome, a dictionary."""
    for line in sys.stdin:
        case = json.loads(line)
        print(json.dumps({**case, "oracle": oracle, **outcome_of(case)}))


def rounded(value):
    """The floats in dictionaries and lists, to `DIGITS` digits."""
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}")
    if isinstance(value, list):
        return [rounded(item) for item in value]
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    return value
