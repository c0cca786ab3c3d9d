"""Hooks on a torch module's innermost submodules: a pass flows through; what each took and gave is written down."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import torch
from torch import nn

from netgraph.engines.torch_steps import now


class Book(Protocol):
    """What is written down of a pass, by the paths of submodules; outputs and gradients only where it keeps them."""

    keeps: bool
    forward: dict[Any, float]
    backward: dict[Any, float]
    outputs: dict[Any, dict[int, torch.Tensor]]
    gradients: dict[Any, dict[int, torch.Tensor]]
    weight_bytes: dict[Any, int]


@contextmanager
def watched(module: nn.Module, book: Book, device: torch.device) -> Iterator[None]:
    """Write down what the innermost submodules do for as long as the block lasts, under their paths."""
    hooks = []
    for path, part in module.named_modules():
        if not list(part.children()):
            book.weight_bytes[path] = sum(p.numel() * p.element_size() for p in part.parameters())
            watch = _Watch(path, book, device)
            hooks += [part.register_forward_pre_hook(watch.begin), part.register_forward_hook(watch.end),
                      part.register_full_backward_pre_hook(watch.begin_back), part.register_full_backward_hook(watch.end_back)]
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Full backward hook is firing")        # at an embedding, whose indices have no gradient
            yield
    finally:
        for hook in hooks:
            hook.remove()


class _Watch:
    """The clock of one submodule."""

    def __init__(self, path: str, book: Book, device: torch.device) -> None:
        self.path, self.book, self.device, self.start = path, book, device, 0.0

    def begin(self, module: nn.Module, given: Any) -> None:
        self.start = now(self.device)

    def end(self, module: nn.Module, given: Any, made: Any) -> None:
        self.book.forward[self.path] += now(self.device) - self.start
        first = made[0] if isinstance(made, tuple | list) else made
        if self.book.keeps and isinstance(first, torch.Tensor):
            self.book.outputs[self.path][0] = first.detach()

    def begin_back(self, module: nn.Module, of_made: Any) -> None:
        if self.book.keeps and of_made[0] is not None:
            self.book.gradients[self.path][0] = of_made[0].detach()
        self.start = now(self.device)

    def end_back(self, module: nn.Module, of_given: Any, of_made: Any) -> None:
        self.book.backward[self.path] += now(self.device) - self.start
