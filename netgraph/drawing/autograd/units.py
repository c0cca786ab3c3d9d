"""A tape and a depth go in; what is drawn as one box each comes out, in running order: functions, layers, groups left shut."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import networkx as nx

from netgraph.drawing.autograd.tape import Call, Function, Tape
from netgraph.drawing.composition.units import in_order

# Functions that turn what they are given round, and compute nothing.
TURNS = ("t", "transpose", "permute", "view", "unsafe view", "reshape alias", "unsqueeze", "squeeze", "expand", "to copy")
Key = tuple[Any, ...]      # the serials of the calls of a layer or shut group, or ("function", its number)


@dataclass(frozen=True)
class Unit:
    """The functions of one box, by number, and the calls whose frames stand around it.

    `call` is the layer or the shut group that they are; None for a function that stands by itself.
    """

    functions: tuple[int, ...]
    around: tuple[Call, ...]
    call: Call | None = None
    is_layer: bool = False


def depth_of(tape: Tape) -> int:
    """How deep the groups of a tape are nested."""
    return max((len(function.scope) - function.is_layer for function in tape.functions), default=0)


def units_of(tape: Tape, depth: int | None = None) -> list[Unit]:
    """The units of a tape where groups deeper than `depth` are shut; a depth of None shuts none.

    What only turns a parameter, such as the transpose of a weight, belongs to the function that uses it. A group or layer stays
    open where gradients leave it and come back, for as one box it would hear from itself.

    >>> first, second = (Call(number, f"fc{number}") for number in (1, 2))
    >>> tape = Tape("", (Function("a", "addmm", (second,), True), Function("b", "relu"), Function("c", "addmm", (first,), True)), ())
    >>> [unit.call.word if unit.call else "" for unit in units_of(tape)]
    ['fc2', '', 'fc1']
    """
    owners = _owners(tape)
    depth = depth_of(tape) if depth is None else depth
    is_open: set[Key] = set()
    while True:
        keys = [_key(tape.functions[owner], owner, depth, is_open) for owner in owners]
        order, knot = _order(tape, keys)
        if not knot:
            break
        is_open |= knot
    members: dict[Key, list[int]] = defaultdict(list)
    for number, key in enumerate(keys):
        members[key].append(number)
    return [_unit(tape, key, members[key], owners) for key in order]


def _owners(tape: Tape) -> list[int]:
    """For each function the one in whose box it stands: itself, or of one that only turns a parameter, its one reader's."""
    readers: list[set[int]] = [set() for _ in tape.functions]
    for number, function in enumerate(tape.functions):
        for gradient in function.gradients:
            readers[gradient.target].add(number)
    turns = [False] * len(tape.functions)
    for number, function in reversed(list(enumerate(tape.functions))):
        turns[number] = function.name in TURNS and bool(function.parameters or function.gradients) and all(
            turns[gradient.target] for gradient in function.gradients)
    owners = list(range(len(tape.functions)))
    for number, function in enumerate(tape.functions):
        if turns[number] and not function.is_layer and len(readers[number]) == 1:
            owners[number] = owners[next(iter(readers[number]))]
    return owners


def _key(function: Function, number: int, depth: int, is_open: Collection[Key]) -> Key:
    """The outermost shut group that a function is in, or its layer, or itself."""
    serials = tuple(call.serial for call in function.scope)
    for length in range(1, len(serials) + 1):
        is_shut = length > depth or (length == len(serials) and function.is_layer)
        if is_shut and serials[:length] not in is_open:
            return serials[:length]
    return ("function", number)


def _unit(tape: Tape, key: Key, members: list[int], owners: list[int]) -> Unit:
    first = tape.functions[owners[members[0]]]
    length = len(key)
    if key != tuple(call.serial for call in first.scope[:length]):
        return Unit(tuple(members), first.scope)
    return Unit(tuple(members), first.scope[:length - 1], first.scope[length - 1], first.is_layer and length == len(first.scope))


def _order(tape: Tape, keys: list[Key]) -> tuple[list[Key], set[Key]]:
    """The keys in an order in which each hears from those before, the first come first; or those that hear from themselves."""
    place: dict[Key, int] = {}
    heard: dict[Key, set[Key]] = defaultdict(set)
    for key in keys:
        place.setdefault(key, len(place))
    for function, key in zip(tape.functions, keys, strict=True):
        for gradient in function.gradients:
            if keys[gradient.target] != key:
                heard[keys[gradient.target]].add(key)
    order = in_order(place, heard)
    if len(order) == len(place):
        return order, set()
    graph = nx.DiGraph((source, key) for key, sources in heard.items() for source in sources)
    return order, {key for part in nx.strongly_connected_components(graph) if len(part) > 1 for key in part}
