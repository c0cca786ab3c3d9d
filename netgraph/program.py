"""A program: a net as a straight line of steps between numbered values. Data only."""

from __future__ import annotations

from dataclasses import dataclass

from netgraph.op import Op
from netgraph.plan import Plan
from netgraph.weights import NodeId


@dataclass(frozen=True, slots=True)
class Step:
    """One op at work: values flow in by number, arrays by name; the result is value `result`.

    `node` is the layer it belongs to, `part` what it is of that layer ("" for the layer's own value).
    """

    op: Op
    inputs: tuple[int, ...]
    arrays: tuple[tuple[str, str | int], ...]  # (what forward calls it, the parameter's name, or the value that stands in its place)
    result: int
    node: NodeId
    part: str = ""

    @property
    def taken(self) -> tuple[int, ...]:
        """All values that flow in, those that stand in place of arrays too."""
        return (*self.inputs, *(source for _, source in self.arrays if isinstance(source, int)))


@dataclass(frozen=True)
class Program:
    """A lowered plan. Values are numbered; the inputs' come first.

    `inputs`, `outputs`, `targets` and `loss` are values; `labels` say of each value which node it belongs to and as what part.
    """

    plan: Plan
    steps: tuple[Step, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    labels: tuple[tuple[NodeId, str], ...]
    is_training: bool = False
    targets: tuple[int, ...] = ()
    loss: int | None = None


@dataclass(frozen=True, slots=True)
class ReverseStep:
    """The backward of one step: gradients of some of its inputs and arrays, from the gradient of its result.

    `wanted` counts forward's inputs, then its arrays; `inputs` are the values whose gradients come out, None where the gradient
    is an array's; `arrays` likewise. Arrays that forward takes together count as one in `wanted`, and stand each in `arrays`.
    """

    step: int
    wanted: tuple[int, ...]
    inputs: tuple[int | None, ...]
    arrays: tuple[str | None, ...]


@dataclass(frozen=True)
class ReverseProgram:
    """The reverse steps of a program, and what each of its steps has to save for them: names of forward's arguments and locals."""

    steps: tuple[ReverseStep, ...]
    saved: tuple[tuple[str, ...], ...]
