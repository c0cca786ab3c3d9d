"""Recurrent torch modules: the module of one time step flows in, one that runs it along sequences comes out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import fx, nn

from netgraph.cell import Cell


class Recurrent(nn.Module):
    """Runs a cell along sequences (N, T, ...), from states of zeros; its layers, and so the names of its arrays, are the cell's own.

    `truncate` cuts the way back after every so many steps.
    """

    def __init__(self, cell: Cell, step: fx.GraphModule, truncate: int | None = None) -> None:
        super().__init__()
        for name, layer in step.named_children():
            self.add_module(name, layer)
        self._step = (step,)                               # in a tuple, or its arrays would be listed twice
        self._inputs = len(cell.plan.inputs) - len(cell.states)
        self._outputs = cell.outputs
        self._states = tuple((place, state.delay, state.shape) for place, state in zip(cell.places, cell.states, strict=True))
        self._truncate = truncate

    @property
    def netgraph_step(self) -> fx.GraphModule:
        """The module of one time step."""
        return self._step[0]

    def forward(self, *inputs: torch.Tensor) -> Any:
        """The outputs for sequences, each (N, T, ...)."""
        outputs = self.along(self.netgraph_step, inputs)
        return outputs[0] if len(outputs) == 1 else outputs

    def along(self, step: Callable[..., tuple[torch.Tensor, ...]], inputs: Sequence[torch.Tensor]) -> tuple[torch.Tensor, ...]:
        """The outputs (N, T, ...) of a `step` that takes and gives what the module of one time step does."""
        given: list[tuple[torch.Tensor, ...]] = []
        past: list[tuple[torch.Tensor, ...]] = []
        for t in range(inputs[0].shape[1]):
            values = step(*(x[:, t] for x in inputs), *(self._state(state, past, inputs[0]) for state in self._states))
            given.append(values[:self._outputs])
            past.append(values[self._outputs:])
        return tuple(torch.stack(values, dim=1) for values in zip(*given, strict=True))

    def _state(self, state: tuple[int, int, tuple[int, ...]], past: Sequence[tuple[torch.Tensor, ...]], like: torch.Tensor) -> torch.Tensor:
        place, delay, shape = state
        now, then = len(past), len(past) - delay
        if then < 0:
            return self._zeros(like, shape)
        value = past[then][place]
        is_cut = self._truncate is not None and now // self._truncate > then // self._truncate
        return value.detach() if is_cut else value

    def _zeros(self, like: torch.Tensor, shape: tuple[int, ...]) -> torch.Tensor:
        """What a state is before there was one, for as many samples as there are."""
        parameter = next(self.parameters(), like)
        return torch.zeros(like.shape[0], *shape, dtype=parameter.dtype, device=like.device)
