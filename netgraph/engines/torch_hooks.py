"""Hooks on a torch module's innermost submodules: a pass flows through; a clock is told which of them each call is of."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import torch
from torch import nn

from netgraph.engines.torch_clock import Clock


@contextmanager
def watched(module: nn.Module, clock: Clock) -> Iterator[None]:
    """Time what the innermost submodules do for as long as the block lasts, under their paths."""
    hooks = []
    for path, part in module.named_modules():
        if not list(part.children()):
            clock.measured.weight_bytes[path] = sum(p.numel() * p.element_size() for p in part.parameters())
            hooks += [part.register_forward_pre_hook(lambda *call: clock.start()), part.register_forward_hook(partial(_stop, path, clock))]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def _stop(path: str, clock: Clock, module: nn.Module, taken: Any, given: Any) -> None:
    clock.stop(path, _tensors(taken), _tensors(given))


def _tensors(values: Any) -> list[torch.Tensor]:
    several = values if isinstance(values, tuple | list) else (values,)
    return [value for value in several if isinstance(value, torch.Tensor)]
