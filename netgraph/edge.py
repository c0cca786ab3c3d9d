"""An edge as the user wrote it flows in; it comes out as a frozen record, with every complaint."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np

from netgraph.cache import cached
from netgraph.errors import GraphError, NetgraphError, OpError, ShapeError, WeightError, shorten, suggestion
from netgraph.fields import real
from netgraph.weights import INITIALISERS, NodeId, read_array

EDGE_WORDS = frozenset({"weight", "slot", "output", "mask", "trainable", "init", "delay"})
NODE_ONLY = frozenset({"op", "activation", "within", "share", "units", "channels", "bias"})      # on an edge a label is a note
LONGEST_DELAY = 10_000


@dataclass(frozen=True, slots=True)
class Edge:
    """An in-edge, understood. `gain` is the number that stands as its weight, `weight` the array; at most one of them is there.

    With a `delay` it brings what its source gave so many time steps before.
    """

    source: NodeId
    slots: tuple[int | str, ...] = ()
    output: int = 0
    gain: float | None = None
    weight: np.ndarray | None = None
    trainable: bool = True
    init: str | None = None
    mask: np.ndarray | None = None
    delay: int = 0


def read_edge(source: NodeId, target: NodeId, attributes: Mapping[str, Any], complaints: list[NetgraphError]) -> Edge | None:
    """The edge, understood; None where it cannot be, and what is wrong with it goes to `complaints`."""
    if not attributes:
        return Edge(source)
    who = f"The edge {shorten(source)} -> {shorten(target)}"
    for word in attributes:
        if word not in EDGE_WORDS and isinstance(word, str) and (wrong := _wrong_word(word, target)):
            complaints.append(OpError(f"{who} has an attribute {shorten(word)}, {wrong}, or begin a note of your own with an underscore."))
    try:
        gain, weight = _weight(attributes.get("weight"), who)
        return Edge(source, _slots(attributes.get("slot"), who), _output(attributes.get("output", 0), who), gain, weight,
                    read_switch(attributes, "trainable", who), _init(attributes.get("init"), who), _mask(attributes.get("mask"), who),
                    read_delay(attributes.get("delay"), who))
    except NetgraphError as error:
        complaints.extend(error.complaints)
        return None


def read_switch(attributes: Mapping[str, Any], word: str, who: str) -> bool:
    """True or False, as a node or an edge says it; True where it says nothing.

    Raises: OpError for anything else.
    """
    value = attributes.get(word, True)
    if not isinstance(value, bool | np.bool_):
        raise OpError(f"{who} has {word}={shorten(value)}, but wants True or False. Correct it.")
    return bool(value)


def _wrong_word(word: str, target: NodeId) -> str | None:
    """Why an edge may not have a word, and what to write: it is a node's, or a misspelt one of an edge; None for a note."""
    if word in NODE_ONLY:
        return f"which belongs to a node. Write it there: G.add_node({shorten(target)}, {word}=...)"
    near = _near_word(word[:80])
    return f"which is close to '{near}'. Write '{near}'" if near and not word.startswith("_") else None


@cached
def _near_word(word: str) -> str | None:
    turned = [known for known in EDGE_WORDS if sorted(known) == sorted(word)]
    return next(iter(turned or difflib.get_close_matches(word, sorted(EDGE_WORDS), n=1, cutoff=0.8)), None)


def _weight(value: object, who: str) -> tuple[float | None, np.ndarray | None]:
    if value is None:
        return None, None
    if isinstance(value, np.ndarray | list | tuple):
        array = read_array(value, f"The weight of the {who[4:]}")
        if array.ndim:
            return None, array
        value = array.item()
    if isinstance(value, dict):
        raise WeightError(f"{who} has weights by slot, but its target has no such slots. Give one array, or one number.")
    try:
        return real(value), None
    except ValueError as error:
        raise WeightError(f"{who} has weight={shorten(value)}, but wants an array, or {error} for a fixed gain. Correct it.") from None


def _mask(value: object, who: str) -> np.ndarray | None:
    if value is None:
        return None
    mask = read_array(value, f"The mask of the {who[4:]}")
    if not np.all((mask == 0) | (mask == 1)):
        raise WeightError(f"The mask of the {who[4:]} holds other numbers than 0 and 1. "
                          f"Write 1 where there is a weight, 0 where there is none.")
    return mask


def read_delay(value: object, who: str) -> int:
    """The delay of an edge in time steps, 0 for none.

    Raises: GraphError for anything but a number of steps.
    """
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, Integral) or not 0 <= int(value) <= LONGEST_DELAY:
        raise GraphError(f"{who} has delay={shorten(value)}, but wants a number of steps, up to {LONGEST_DELAY:,}. Write delay=1 for the "
                         f"value of the step before.")
    return int(value)


def _slots(value: object, who: str) -> tuple[int | str, ...]:
    slots = () if value is None else tuple(value) if isinstance(value, tuple | list) else (value,)
    if any(isinstance(slot, bool) or not isinstance(slot, Integral | str) for slot in slots) or len(set(slots)) < len(slots):
        raise GraphError(f"{who} has slot={shorten(value)}, but wants the number or the name of an input, or a tuple of different ones. "
                         f"Correct it.")
    return tuple(slot if isinstance(slot, str) else int(slot) for slot in slots)


def _output(value: object, who: str) -> int:
    if isinstance(value, bool) or not isinstance(value, Integral) or int(value) < 0:
        raise ShapeError(f"{who} has output={shorten(value)}, but wants the number of an output of its source, counted from 0. Correct it.")
    return int(value)


def _init(value: object, who: str) -> str | None:
    if value is not None and (not isinstance(value, str) or value not in INITIALISERS):
        raise OpError(f"{who} has init={shorten(value)}, which is no initialiser. {suggestion(value, INITIALISERS)}")
    return value
