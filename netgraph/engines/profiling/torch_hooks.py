"""Hooks on a torch module's submodules: a pass flows through; a clock is told which of them each innermost call is of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import torch
from torch import nn

from netgraph.engines.profiling.torch_clock import Clock


@contextmanager
def watched(module: nn.Module, clock: Clock) -> Iterator[None]:
    """Time, for as long as the block lasts, the calls of submodules in which no other submodule is called, under their paths."""
    watch = _Watch(clock)
    hooks = []
    for path, part in module.named_modules():
        hooks += [part.register_forward_pre_hook(watch.begin, with_kwargs=True), part.register_forward_hook(partial(watch.end, path))]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


@dataclass
class _Watch:
    """The calls that are under way, the outermost first: of each whether it has called another."""

    clock: Clock
    called: list[bool] = field(default_factory=list)

    def begin(self, _: nn.Module, given: Any, named: Any) -> None:
        self.called[-1:] = [True] if self.called else []
        self.called.append(False)
        self.clock.start(_tensors((given, named)))

    def end(self, path: str, module: nn.Module, _: Any, made: Any) -> None:
        if not self.called.pop():
            self.clock.stop(path, list(_tensors(made)))
            self.clock.measured.weight_bytes[path] = sum(p.numel() * p.element_size() for p in module.parameters())


def _tensors(value: Any) -> Iterator[torch.Tensor]:
    """All tensors in what is given or made."""
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, Mapping | tuple | list):
        for part in value.values() if isinstance(value, Mapping) else value:
            yield from _tensors(part)
