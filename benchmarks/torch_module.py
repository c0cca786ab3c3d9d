"""The compiled module against a class that a person would write: forward on W2 and W4, in turn, CPU time, one thread.

    python benchmarks/torch_module.py
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import nn
from works import Work, work_named

import netgraph as ng

ROUNDS = 41
SECONDS = 0.02       # of one measurement


class Small(nn.Module):
    """W2."""

    def __init__(self) -> None:
        super().__init__()
        self.dense1, self.dense2 = nn.Linear(3, 4), nn.Linear(4, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.sigmoid(self.dense2(torch.tanh(self.dense1(x))))


class Skips(nn.Module):
    """W4: 50 dense layers of 256, a skip over every two."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(256, 256) for _ in range(50))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        before, h = x, x
        for i, layer in enumerate(self.layers):
            y = layer(h)
            if i >= 2 and i % 2 == 0:
                y = y + before
            before, h = h, torch.relu(y)
        return h


def compared(work: Work, hand: nn.Module) -> None:
    """Print the seconds of one forward pass of each, and the median of their ratios round by round."""
    module: Any = ng.compile(work.graph, "torch").eval()
    hand.load_state_dict(dict(zip(hand.state_dict(), module.state_dict().values(), strict=True)))
    x = torch.tensor(work.x)
    assert torch.allclose(module(x), hand(x), atol=1e-6)
    calls = max(1, int(SECONDS / seconds(lambda: hand(x), 20)))
    pairs = np.array([[seconds(lambda run=run: run(x), calls) for run in (module, hand)] for _ in range(ROUNDS)])
    mine, theirs = np.median(pairs, axis=0)
    print(f"{work.name}: compiled {mine * 1e6:.1f} µs, by hand {theirs * 1e6:.1f} µs, ratio {np.median(pairs[:, 0] / pairs[:, 1]):.3f}")


def seconds(call: Callable[[], Any], calls: int) -> float:
    """CPU seconds of one call."""
    start = time.process_time()
    for _ in range(calls):
        call()
    return (time.process_time() - start) / calls


if __name__ == "__main__":
    torch.set_num_threads(1)
    for grad in (True, False):
        print("gradients recorded" if grad else "no gradients")
        with torch.set_grad_enabled(grad):
            compared(work_named("W2"), Small().eval())
            compared(work_named("W4"), Skips().eval())
