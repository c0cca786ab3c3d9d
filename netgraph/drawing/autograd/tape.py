"""A backward pass before it is drawn: its functions in running order, who made each, what it saves and where its gradients go."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass
from functools import cached_property

from netgraph.shape import Shape


@dataclass(frozen=True)
class Call:
    """One call of a layer, or of a group of layers: its name as seen from the group around it, and what it is.

    Two calls of one layer differ by their `serial`.
    """

    serial: Hashable
    word: str
    kind: str = ""
    family: str = ""


@dataclass(frozen=True)
class Gradient:
    """What a function hands on: to which function of the tape, and its shape where that is known."""

    target: int
    shape: Shape | None


@dataclass(frozen=True)
class Grown:
    """A parameter that a function gives a gradient, its place among the parameters of the net, and its own node in the graph.

    Where several functions give it one, that node stands with the first.
    """

    name: str
    count: int
    node: Hashable
    is_first: bool
    rank: int


@dataclass(frozen=True)
class Saved:
    """What a function keeps from the forward pass, parameters aside: `bytes` is 0 where a function before it keeps the same."""

    name: str
    shape: Shape
    bytes: int


@dataclass(frozen=True)
class Function:
    """One step of the backward pass.

    `member` is the very thing: a grad_fn of torch, a step of our reverse program. `scope` are the calls that it was made in, from the
    outside in; where `is_layer` the innermost is a layer, and otherwise a group that did this by itself. A leaf is no function, but a
    tensor of that `shape` that takes a gradient and is no parameter.
    """

    member: Hashable
    name: str
    scope: tuple[Call, ...] = ()
    is_layer: bool = False
    gradients: tuple[Gradient, ...] = ()
    parameters: tuple[Grown, ...] = ()
    saved: tuple[Saved, ...] = ()
    is_leaf: bool = False
    shape: Shape = ()


@dataclass(frozen=True)
class Result:
    """Where the backward pass begins: its name, its shape, and its function."""

    name: str
    shape: Shape
    function: int


@dataclass(frozen=True)
class Flag:
    """Something that no gradient reaches, which may be a mistake: what it is called, and the names of it."""

    title: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class Tape:
    """A whole backward pass, its functions in running order: each hands gradients to later ones only."""

    title: str
    functions: tuple[Function, ...]
    results: tuple[Result, ...]
    flags: tuple[Flag, ...] = ()

    @property
    def saved_bytes(self) -> int:
        """Bytes that are kept from the forward pass, shared memory once, parameters not counted."""
        return sum(saved.bytes for function in self.functions for saved in function.saved)

    @cached_property
    def parameters(self) -> dict[str, int]:
        """The parameters that get a gradient, and how many numbers each has."""
        return {grown.name: grown.count for function in self.functions for grown in function.parameters}

    @cached_property
    def shared(self) -> frozenset[str]:
        """The parameters that several functions give a gradient, which are added up."""
        counts = Counter(grown.name for function in self.functions for grown in function.parameters)
        return frozenset(name for name, count in counts.items() if count > 1)

    def edges(self) -> set[tuple[Hashable, Hashable]]:
        """Every pair of function and what it hands a gradient to."""
        return {(function.member, target) for function in self.functions
                for target in (*(self.functions[gradient.target].member for gradient in function.gradients),
                               *(grown.node for grown in function.parameters))}
