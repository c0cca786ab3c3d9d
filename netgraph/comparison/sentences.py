"""A difference goes in; the lines in which a person would tell it come out, each with its sign: + added, − removed, ~ changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np

from netgraph.shape import shape_text
from netgraph.weights import NodeId
from netgraph.wording import listed, op_text, printable

if TYPE_CHECKING:
    from netgraph.comparison.difference import Change, Difference, Pair
    from netgraph.plan import Plan

MOST = 12            # lines of one sign; the rest is counted
FEWEST = 3           # layers of one group that are told together


def sentences(difference: Difference) -> Iterator[str]:
    """First what there is in numbers, and then line by line.

    >>> import netgraph as ng
    >>> print(ng.diff(ng.chain(8, 16, "relu", 4), ng.chain(8, 16, "tanh", 32, 4)))
    1 layer added, 1 changed; 2 edges added, 1 removed
    + 'dense2' (dense 32) between 'dense1' and 'dense3'
    − 'dense1' -> 'dense3'
    ~ 'dense1': activation relu → tanh
    = 1 id counted on: 'dense2' → 'dense3'
    """
    yield totals(difference)
    old, new = difference.plans
    named = difference.matches
    yield from _cut("+", [*_layers(difference.new, new, difference.added),
                          *_edges(difference.added_edges, set(difference.added), {})])
    yield from _cut("−", [*_layers(difference.old, old, difference.removed, named),
                          *_edges(difference.removed_edges, set(difference.removed), named)])
    yield from _cut("~", list(_changes(difference.changed)))
    if difference.renumbered:
        moved = [f"{_name(mine)} → {_name(yours)}" for mine, yours in difference.renumbered.items()]
        yield f"= {len(moved):,} id{'s' * (len(moved) > 1)} counted on: {listed(moved, 2)}"


def totals(difference: Difference) -> str:
    """How many layers and edges came, went and changed; "no difference" where nothing did."""
    if not difference:
        return "no difference"
    kinds = [key for key in difference.changed if not isinstance(key, tuple)]
    renamed = sum("id" in difference.changed[key] for key in kinds)
    changed = sum(not difference.changed[key].keys() <= {"id", "shape"} for key in kinds)
    reshaped = sum(difference.changed[key].keys() == {"shape"} for key in kinds)
    layers = _counted("layer", {"added": len(difference.added), "removed": len(difference.removed), "changed": changed,
                                "renamed": renamed, "reshaped": reshaped})
    edges = _counted("edge", {"added": len(difference.added_edges), "removed": len(difference.removed_edges),
                              "changed": len(difference.changed) - len(kinds)})
    return "; ".join(filter(None, (layers, edges)))


def _counted(noun: str, counts: Mapping[str, int]) -> str:
    """Counts of one thing, those that are none left out: "2 layers added, 1 changed"."""
    said = [(count, verb) for verb, count in counts.items() if count]
    return ", ".join(f"{count:,}{f' {noun}{chr(115) * (count > 1)}' if place == 0 else ''} {verb}"
                     for place, (count, verb) in enumerate(said))


def _cut(sign: str, lines: Sequence[str]) -> Iterator[str]:
    yield from (f"{sign} {line}" for line in lines[:MOST])
    if len(lines) > MOST:
        yield f"{sign} … and {len(lines) - MOST:,} more"


def _layers(graph: nx.DiGraph, plan: Plan | None, names: Iterable[NodeId], named: Mapping[NodeId, NodeId] | None = None) -> Iterator[str]:
    """A line for each layer, and one for those of a group together."""
    groups: dict[str, list[NodeId]] = defaultdict(list)
    for name in names:
        groups[str(graph.nodes[name].get("within") or "")].append(name)
    for group, members in groups.items():
        if group and len(members) >= FEWEST:
            yield f"{len(members):,} layers in {printable(group)}: {listed([_name(name) for name in members], 2)}"
        else:
            yield from (f"{_name(name)} ({_op(graph, plan, name)}){_where(graph, name, named or {})}" for name in members)


def _op(graph: nx.DiGraph, plan: Plan | None, name: NodeId) -> str:
    return op_text(plan[name]) if plan else printable(graph.nodes[name].get("op", "no op"))


def _where(graph: nx.DiGraph, name: NodeId, named: Mapping[NodeId, NodeId]) -> str:
    """Between which layers one stands, by the ids of the new net where they have one."""
    before, after = ([_name(named.get(other, other)) for other in ends] for ends in (graph.pred[name], graph.succ[name]))
    if before and after:
        return f" between {listed(before, 2)} and {listed(after, 2)}"
    return f" behind {listed(before, 2)}" if before else f" before {listed(after, 2)}" if after else ""


def _edges(pairs: Iterable[Pair], told: set[NodeId], named: Mapping[NodeId, NodeId]) -> Iterator[str]:
    """The edges that do not go without saying, since a layer at one end came or went."""
    return (f"{_name(named.get(source, source))} -> {_name(named.get(target, target))}"
            for source, target in pairs if source not in told and target not in told)


def _changes(changed: Mapping[NodeId | Pair, Change]) -> Iterator[str]:
    """What is not the same, and at last those layers of which only the shape follows."""
    shapes = [(key, change["shape"]) for key, change in changed.items() if change.keys() == {"shape"}]
    for key, change in changed.items():
        if change.keys() != {"shape"}:
            yield f"{_subject(key)}: {', '.join(change_text(field, *values) for field, values in change.items())}"
    if shapes:
        names = listed([f"{_name(key)} {_shape(old)} → {_shape(new)}" for key, (old, new) in shapes], 2)
        yield f"shape of {len(shapes):,} layer{'s' * (len(shapes) > 1)} that follow{'s' * (len(shapes) == 1)}: {names}"


def _subject(key: NodeId | Pair) -> str:
    return f"{_name(key[0])} -> {_name(key[1])}" if isinstance(key, tuple) else _name(key)


def change_text(field: str, old: Any, new: Any) -> str:
    """One change in words.

    >>> change_text("units", 64, 128), change_text("id", "a", "b"), change_text("kernel_size", 3, (3, 5))
    ('units 64 → 128', "renamed from 'a'", 'kernel_size 3 → 3×5')
    >>> change_text("weight", np.zeros(2), np.array([0, 0.5])), change_text("weight", None, np.zeros((2, 3)))
    ('weight differs by up to 0.5', 'weight none → array of 2×3')
    """
    if field == "id":
        return f"renamed from {_name(old)}"
    if field == "shape":
        return f"shape {_shape(old)} → {_shape(new)}"
    if isinstance(old, np.ndarray | list) and isinstance(new, np.ndarray | list) and np.shape(old) == np.shape(new):
        return f"{field} differs by up to {np.max(np.abs(np.asarray(old, float) - np.asarray(new, float)), initial=0):.3g}"
    return f"{printable(field)} {_value(old)} → {_value(new)}"


def _value(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, np.ndarray | list) and np.ndim(value):
        return f"array of {'×'.join(map(str, np.shape(value)))}"
    if isinstance(value, tuple):
        return "×".join(printable(part) for part in value)
    return f"{value:g}" if isinstance(value, float) else printable(value)


def _shape(shape: Any) -> str:
    """A shape, or the several of a layer with several outputs."""
    return ", ".join(map(_shape, shape)) if shape and isinstance(shape[0], tuple) else shape_text(shape)


def _name(name: NodeId) -> str:
    return f"'{printable(name)}'" if isinstance(name, str) else str(name)
