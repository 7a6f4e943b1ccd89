"""Dropout whose masks can be drawn elsewhere: PyTorch's own come from its generator."""

import torch
from torch import nn

DROPOUT_STREAM = 4
WORD = 0xFFFFFFFF


def threefry2x32(key, counter):
    """First word of Threefry-2x32-20 (Salmon, Moraes, Dror, Shaw, SC 2011, table 2)."""
    rotations = (13, 15, 26, 6, 17, 29, 16, 24)
    keys = (*key, 0x1BD11BDA ^ key[0] ^ key[1])
    x = (counter[0] + keys[0]) & WORD
    y = (counter[1] + keys[1]) & WORD
    for round_ in range(20):
        x = (x + y) & WORD
        rotation = rotations[round_ % 8]
        y = ((y << rotation | y >> (32 - rotation)) & WORD) ^ x
        if round_ % 4 == 3:
            injection = round_ // 4 + 1
            x = (x + keys[injection % 3]) & WORD
            y = (y + keys[(injection + 1) % 3] + injection) & WORD
    return x


class SeededDropout(nn.Module):
    """Inverted dropout whose mask is a function of (seed, layer, step, row, unit)."""

    def __init__(self, rate, seed, layer):
        super().__init__()
        self.rate = rate
        self.key = (seed, DROPOUT_STREAM + 256 * layer)
        self.step = 0

    def forward(self, a):
        if not self.training:
            return a
        self.step += 1
        limit = int(self.rate * 2**32)
        words = [threefry2x32(self.key, (i, self.step)) for i in range(a.numel())]
        kept = torch.tensor([word >= limit for word in words]).reshape(a.shape)
        return a * kept / (1 - self.rate)
