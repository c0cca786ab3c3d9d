"""torch: a Work flows in; one step of its module, eager or compiled, with torch's own loss and fused optimiser comes out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from works import Work

import netgraph as ng


def torch_step(work: Work, threads: int, is_compiled: bool = False) -> Callable[[], Any]:
    """One step of the module of the same declaration, from the same start."""
    import torch
    torch.set_num_threads(threads)
    module: Any = ng.compile(work.graph, "torch")
    x, y = torch.tensor(work.x), torch.tensor(work.y)
    if not work.trains:
        module = torch.compile(module.eval()) if is_compiled else module.eval()

        def forward() -> Any:
            with torch.no_grad():
                return module(x)
        return forward
    loss, optimizer = _loss(work.loss), _optimizer(work, module)
    module = torch.compile(module) if is_compiled else module

    def step() -> float:
        optimizer.zero_grad()
        value = loss(module(x), y)
        value.backward()
        optimizer.step()
        return float(value.detach())
    return step


def _loss(name: str) -> Any:
    from torch.nn import functional as F
    return {"sse": lambda a, b: F.mse_loss(a, b, reduction="sum"), "mse": F.mse_loss, "bce": F.binary_cross_entropy,
            "cross_entropy": F.cross_entropy}[name]


def _optimizer(work: Work, module: Any) -> Any:
    import torch
    kind = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}[work.optimizer]
    return kind(module.parameters(), lr=work.lr, fused=True)
