"""The cell of a recurrent net and its module flow in; one loop that torch records for sequences of any length comes out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch._higher_order_ops.scan import scan

from netgraph.engines.torch_recurrent import Recurrent

Lines = list[list[torch.Tensor]]


class Scanned(Recurrent):
    """A `Recurrent` whose time steps are one loop in what is recorded; it goes forward alone.

    torch.export and torch.onnx know such a loop as `scan`, which has no public name yet.

    >>> import netgraph as ng
    >>> from netgraph.cell import cell_of
    >>> G = ng.chain(3, {"id": "h", "units": 4, "activation": "tanh"})
    >>> G.add_edge("h", "h", delay=1)
    >>> module, x = ng.compile(G, "torch"), torch.ones(2, 5, 3)
    >>> bool((Scanned(cell_of(ng.infer(G)), module.netgraph_step)(x) == module(x)).all())
    True
    """

    def forward(self, *inputs: torch.Tensor) -> Any:
        """The outputs for sequences, each (N, T, ...)."""
        def step(past: Lines, now: Sequence[torch.Tensor]) -> tuple[Lines, list[torch.Tensor]]:
            values = self.netgraph_step(*now, *(past[place][delay - 1] for place, delay, _ in self._states))
            newer = [[value, *line][:len(line)] for value, line in zip(values[self._outputs:], past, strict=False)]
            # What a step hands on may not be what it was handed, so all is copied.
            return [[value.clone() for value in line] for line in newer], [value.clone() for value in values[:self._outputs]]

        _, found = scan(step, self._before(inputs[0]), [x.transpose(0, 1) for x in inputs])
        outputs = tuple(output.transpose(0, 1) for output in found)
        return outputs[0] if len(outputs) == 1 else outputs

    def _before(self, like: torch.Tensor) -> Lines:
        """Of each value that is kept, what it was before the first step: zeros, the newest first, as far back as somebody looks."""
        lines: Lines = [[] for _ in range(1 + max(place for place, _, _ in self._states))]
        for place, delay, shape in self._states:
            lines[place] += [self._zeros(like, shape) for _ in range(delay - len(lines[place]))]
        return lines
