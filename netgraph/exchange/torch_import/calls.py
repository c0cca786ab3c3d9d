"""What a trace is made of: the tensors that a module's forward pass met, and the calls of torch's library that made them. Data only."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(eq=False)
class Thing:
    """A tensor of the trace, known by identity.

    `kind` is "input", "parameter", "buffer", "result" or "constant"; `name` that of the argument, parameter or buffer; `value` the
    tensor that holds its numbers, where they are known before anything runs; `whole` the parameter that it is a piece of.
    """

    kind: str
    shape: tuple[int, ...]
    is_float: bool
    name: str = ""
    value: Any = None
    is_trained: bool = True
    whole: Thing | None = None


@dataclass(eq=False)
class Call:
    """One call: ATen's name of it, its arguments by name with a Thing for each tensor, what came out, and the module that made it.

    `path` is the module's path, `visit` the number of the module's own call, which tells two calls of one module apart.
    """

    op: str
    arguments: dict[str, Any]
    results: tuple[Thing, ...]
    path: str
    visit: int
    is_leaf: bool = False


@dataclass
class Trace:
    """A module's forward pass: inputs, calls in order, outputs; and the parameters and buffers by their names.

    `is_one_path` is said of one that followed a branch by the example's numbers, `is_one_size` where sizes follow from them.
    """

    name: str
    inputs: list[Thing]
    calls: list[Call] = field(default_factory=list)
    outputs: list[Thing] = field(default_factory=list)
    parameters: list[Thing] = field(default_factory=list)
    is_one_path: bool = False
    is_one_size: bool = False


def things_in(argument: Any) -> list[Thing]:
    """The tensors in an argument, in order.

    >>> x = Thing("input", (2, 3), True)
    >>> things_in([None, x, (1, x)]) == [x, x]
    True
    """
    if isinstance(argument, Thing):
        return [argument]
    if isinstance(argument, list | tuple):
        return [thing for part in argument for thing in things_in(part)]
    return []
