"""The clock of a pass: calls of layers flow in, and functions of autograd tell when they begin and end; what each layer took comes out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from time import perf_counter
from typing import Any

import torch

from netgraph.weights import NodeId

CPU = torch.device("cpu")


@dataclass
class Measured:
    """One pass: seconds by layer, and where it `keeps` them, its outputs and their gradients, by time step: at 0 where there is one alone.

    A pass that is timed keeps nothing, so that the memory of what is done with is used again, as it is without a profile.
    """

    keeps: bool
    forward: dict[NodeId, float] = field(default_factory=lambda: defaultdict(float))
    backward: dict[NodeId, float] = field(default_factory=lambda: defaultdict(float))
    outputs: dict[NodeId, dict[int, torch.Tensor]] = field(default_factory=lambda: defaultdict(dict))
    gradients: dict[NodeId, dict[int, torch.Tensor]] = field(default_factory=lambda: defaultdict(dict))
    weight_bytes: dict[NodeId, int] = field(default_factory=dict)


def now(device: torch.device) -> float:
    """The time when all work on the device is done."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return perf_counter()


@dataclass
class Clock:
    """Times the calls of layers. On the way back a layer is charged from where a call of it begins to where the next one does."""

    measured: Measured
    device: torch.device = CPU
    step: int = 0                                          # of a sequence, which the pass has come to
    before: set[Any] = field(default_factory=set)          # the functions that made what the call was given
    known: set[Any] = field(default_factory=set)           # those that have their layer
    layer: NodeId | None = None                            # whose function is at work
    begun: float = 0.0
    ended: float = 0.0

    def start(self, taken: Iterable[torch.Tensor]) -> None:
        """A call begins, which is given these: noted now, since it may write into them."""
        self.before = {value.grad_fn for value in taken}
        self.begun = now(self.device)

    def stop(self, layer: NodeId, given: Sequence[torch.Tensor]) -> None:
        """A call of the layer has ended; the functions that autograd recorded between what it took and gave are the layer's."""
        self.measured.forward[layer] += now(self.device) - self.begun
        if self.measured.keeps and given:
            self.measured.outputs[layer][self.step] = given[0].detach().clone()         # the next call may write into it
            if given[0].requires_grad:
                given[0].register_hook(partial(self._keep, layer, self.step))       # type: ignore[no-untyped-call]  # torch's own has no types
        last, is_first = {value.grad_fn for value in given}, not self.known
        for function in self._recorded(list(last)):
            if function in last:                           # autograd goes back through a call as a whole, so that one hook is enough
                function.register_prehook(partial(self._begin, layer))
            if is_first:                                   # in which the way back ends
                function.register_hook(self._end)

    def go_back(self, loss: torch.Tensor, leaves: Sequence[torch.Tensor]) -> None:
        """Run the way back from the loss; the gradients themselves are let go."""
        torch.autograd.grad(loss, leaves, allow_unused=True)
        self._charge(self.ended if self.ended > self.begun else now(self.device))      # where the first call was of no use
        self.known.clear()                                 # their hooks hold the clock
        self.before.clear()

    def _recorded(self, found: list[Any]) -> Iterator[Any]:
        while found:
            function = found.pop()
            if function is None or function in self.before or function in self.known or hasattr(function, "variable"):     # a leaf's
                continue
            self.known.add(function)
            found += [source for source, _ in function.next_functions]
            yield function

    def _begin(self, layer: NodeId, _: Any) -> None:
        time = now(self.device)
        self._charge(time)
        self.layer, self.begun = layer, time

    def _end(self, *_: Any) -> None:
        self.ended = now(self.device)

    def _charge(self, time: float) -> None:
        if self.layer is not None:
            self.measured.backward[self.layer] += time - self.begun

    def _keep(self, layer: NodeId, step: int, gradient: torch.Tensor) -> None:
        self.measured.gradients[layer].setdefault(step, gradient.detach())      # of its last call, which the way back comes to first
