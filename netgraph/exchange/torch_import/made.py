"""Nodes in the making: words and shapes flow in; a node's record comes out, with the shapes of its outputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from netgraph.errors import NetgraphError
from netgraph.exchange.torch_import.calls import Call, Thing
from netgraph.exchange.torch_import.values import NoWordError, Value
from netgraph.fields import read_fields
from netgraph.op import Op
from netgraph.ops import OPS
from netgraph.shape import Shape

ON_EDGES = frozenset({"dense", "embedding", "conv1d", "conv2d", "conv3d", "convtranspose1d", "convtranspose2d", "convtranspose3d"})


@dataclass(eq=False)
class Made:
    """A node in the making: its words; its in-edges, each a source and its words; the weights it holds, by field; where it comes from.

    `slots` are the names of its inputs, in the order of its in-edges, where these are no mere numbers.
    """

    words: dict[str, Any]
    edges: list[tuple[Value, dict[str, Any]]] = field(default_factory=list)
    weights: dict[str, Thing] = field(default_factory=dict)
    turned: bool = False
    call: Call | None = None
    share: int | None = None
    shapes: tuple[Shape, ...] = ()                         # of its outputs, as the vocabulary tells them
    slots: tuple[str, ...] = ()

    @property
    def op(self) -> str:
        return str(self.words["op"])


def shapes_of(op: str, words: Mapping[str, Any], inputs: Sequence[Shape]) -> tuple[Shape, ...]:
    """The shapes of an op's outputs for inputs of these shapes.

    Raises: NoWordError where it does not take them.

    >>> shapes_of("dense", {"units": 2}, [(5, 3)])
    ((5, 2),)
    """
    try:
        page = page_of(op, words)
        if page.is_weighted or page.is_symmetric:
            return (page.shape(*inputs),)
        return tuple(part.shape(*inputs) for part in page.parts(*inputs))
    except NetgraphError as refusal:
        raise NoWordError(str(refusal)) from None


def page_of(op: str, words: Mapping[str, Any]) -> Op:
    """The op that a node's words declare.

    >>> page_of("select", {"op": "select", "index": 3})
    Select(dim=1, index=3)
    """
    kind = OPS[op]
    constants = read_fields(kind, {word: value for word, value in words.items() if word != "op"}, f"'{op}'")
    return kind(**{f"{word}_" if hasattr(Op, word) else word: value for word, value in constants.items()})


def order_words(axes: Sequence[int]) -> tuple[str, dict[str, Any]]:
    """The word and constants that put a sample's axes in a new order: a transpose where two change places.

    >>> order_words((0, 2, 1)), order_words((2, 0, 1))
    (('transpose', {}), ('permute', {'dims': (0, 3, 1, 2)}))
    """
    swapped = [i for i, axis in enumerate(axes) if axis != i]
    if len(swapped) != 2:
        return "permute", {"dims": (0, *(axis + 1 for axis in axes))}
    is_last = swapped == [len(axes) - 2, len(axes) - 1]
    return "transpose", {} if is_last else {"dim0": swapped[0] + 1, "dim1": swapped[1] + 1}
