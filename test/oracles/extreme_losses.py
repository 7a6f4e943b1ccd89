"""Losses of outputs up to the largest float32, to fifty digits: python3 test/oracles/extreme_losses.py > FILE."""

import json
import random
import struct
import sys

from mpmath import exp, log1p, mp, mpf

mp.dps = 50
LARGEST = (2 - 2**-23) * 2.0**127
NUMBERS = [0, 1e-30, 1e-7, 0.5, 1, 3.75, 16.5, 17, 50, 87, 104, 1e4, 1e16, 1e17, 1e30, 3.4e38, LARGEST]
PARAMETERS = {'huber': lambda columns: [1.25], 'quantile': lambda columns: [0.5, 2**-9, 0.875][:columns]}


def float32(number):
    return struct.unpack('f', struct.pack('f', number))[0]


def cross_entropy(z, y):
    largest = max(z)
    others = [z_j for z_j in z]
    others.remove(largest)
    log_sum = log1p(sum(exp(mpf(z_j) - largest) for z_j in others))
    return sum(mpf(y_j) * (mpf(largest) - z_j + log_sum) for z_j, y_j in zip(z, y))


def of_output(loss, a, y, parameter):
    e = mpf(a) - y
    if loss == 'bce':
        return max(mpf(a), 0) - mpf(a) * y + log1p(exp(-abs(mpf(a))))
    if loss == 'huber':
        return e * e / 2 if abs(e) <= parameter else parameter * (abs(e) - mpf(parameter) / 2)
    if loss == 'quantile':
        return max(-mpf(parameter) * e, (1 - mpf(parameter)) * e)
    return abs(e) if loss == 'absolute' else e * e / (2 if loss == 'halfMse' else 1)


def value_of(loss, outputs, targets, parameters):
    if loss == 'crossEntropy':
        return cross_entropy(outputs, targets)
    total = mpf(0)
    for j, (a, y) in enumerate(zip(outputs, targets)):
        total += of_output(loss, a, y, parameters[min(j, len(parameters) - 1)] if parameters else 0)
    return total if loss in ('bce', 'halfMse') else total / len(outputs)


def is_told_apart(outputs):
    """Whether the distances of logits that count in a softmax are float32 numbers."""
    distances = [max(outputs) - z for z in outputs]
    return all(d > 120 or float32(d) == d for d in distances)


def main():
    draw = random.Random(1)
    numbers = [float32(number) for number in NUMBERS]
    numbers += [-number for number in numbers[1:]]
    for loss in ['crossEntropy', 'labels', 'bce', 'mse', 'halfMse', 'huber', 'absolute', 'quantile']:
        written = 0
        while written < 60:
            columns = draw.choice([2, 3])
            outputs = [draw.choice(numbers) for _ in range(columns)]
            if loss == 'labels':
                label = draw.randrange(columns)
                targets = [int(j == label) for j in range(columns)]
            elif loss == 'crossEntropy':
                targets = [0.75, 0.25, 0][:columns]
            elif loss == 'bce':
                targets = [draw.choice([0, 1, 0.25]) for _ in range(columns)]
            else:
                targets = [draw.choice([0, 1, -2.5]) for _ in range(columns)]
            name = 'crossEntropy' if loss == 'labels' else loss
            parameters = PARAMETERS.get(name, lambda _: [])(columns)
            value = value_of(name, outputs, targets, parameters)
            if name == 'crossEntropy' and not is_told_apart(outputs):
                continue
            if name not in ('crossEntropy', 'bce') and value > LARGEST * (1 - 1e-6):
                continue
            line = {'loss': name, 'parameters': parameters, 'outputs': outputs, 'value': float(value)}
            line.update({'label': label} if loss == 'labels' else {'targets': targets})
            print(json.dumps(line))
            written += 1


sys.exit(main())
