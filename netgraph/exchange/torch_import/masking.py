"""Masks read: what is added to the scores of attention flows in; what of it hides, what hides all later places, and what else, come out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from netgraph.block import OUT_OF_SIGHT
from netgraph.exchange.torch_import.made import Made
from netgraph.exchange.torch_import.probing import ARRANGING
from netgraph.exchange.torch_import.sketch import Sketch
from netgraph.exchange.torch_import.values import NoWordError, Value
from netgraph.shape import Shape

HIDDEN = -1e8                                              # a score that such a number was added to leaves no share


@dataclass(frozen=True)
class Mask:
    """What goes into attention's slot `mask`, 1 where nothing is seen, or into `added`; and the factor on its edge."""

    slot: str
    value: Value
    gain: float = 1.0


def read_masks(sketch: Sketch, added: Sequence[tuple[Value, float]], shape: tuple[int, ...]) -> tuple[bool, tuple[Mask, ...]]:
    """Whether fixed numbers hide all later places from scores (heads, T, S); and what else is added, each with its factor.

    Raises: NoWordError where that is more than one input for each of attention's two slots.
    """
    is_causal, masks = False, list[Mask]()
    for value, gain in (term for pair in added for term in _terms(sketch, *pair)):
        sample = value.shape if value.node < 0 else sketch.nodes[value.node].shapes[value.output]
        if not _fits(sample, shape):
            raise NoWordError("its mask is of another shape")
        fixed = value.array
        if fixed is None:
            masks.append(_computed(sketch, value, gain, shape))
        elif _hides_later(fixed, shape):
            is_causal = True
        elif ((fixed <= HIDDEN) | (fixed == 0)).all() and fixed.any():
            masks.append(Mask("mask", replace(value, array=(fixed <= HIDDEN).astype(np.float32))))
        elif fixed.any():
            masks.append(Mask("added", value))
    if len({mask.slot for mask in masks}) < len(masks):
        raise NoWordError("it has several masks")
    return is_causal, tuple(sorted(masks, key=lambda mask: mask.slot == "added"))


def _fits(sample: Shape, shape: tuple[int, ...]) -> bool:
    return len(sample) in (2, 3) and all(size in (1, whole) for size, whole in zip(sample[::-1], shape[::-1], strict=False))


def _terms(sketch: Sketch, value: Value, gain: float) -> list[tuple[Value, float]]:
    """A sum as its terms, those that are fixed as arrays with the factor in them."""
    value = _bare(sketch, value)
    made = sketch.nodes[value.node]
    if made.op == "constant":
        return [(_array(np.asarray(made.words["value"], float) * gain), 1.0)]
    if made.op == "add" and len(made.edges) == 2:
        return [term for source, words in made.edges for term in _terms(sketch, source, gain * words.get("weight", 1))]
    if made.op == "where" and not any(words for _, words in made.edges):
        shown, kept, hidden = (_bare(sketch, source) for source, _ in made.edges)
        is_fixed = sketch.nodes[shown.node].op == sketch.nodes[hidden.node].op == "constant"
        if is_fixed and np.max(sketch.nodes[hidden.node].words["value"]) * gain <= HIDDEN:
            fixed = np.where(sketch.nodes[shown.node].words["value"], 0.0, OUT_OF_SIGHT)
            return [*_terms(sketch, kept, gain), (_array(fixed), 1.0)]
    return [(value, gain)]


def _bare(sketch: Sketch, value: Value) -> Value:
    """A value before axes of size 1 were put in front, or taken away there."""
    while (made := sketch.nodes[value.node]).op == "reshape" and not made.edges[0][1]:
        source = made.edges[0][0]
        before, after = sketch.nodes[source.node].shapes[source.output], made.shapes[0]
        rank = min(len(before), len(after))
        if before[-rank:] != after[-rank:] or len(before) < 2:
            break
        value = source
    return value


def _array(fixed: np.ndarray) -> Value:
    """Fixed numbers, without axes of size 1 before those of heads and places."""
    while fixed.ndim > 3 and fixed.shape[0] == 1:
        fixed = fixed[0]
    return Value(fixed.shape, array=fixed.astype(np.float32))


def _hides_later(fixed: np.ndarray, shape: tuple[int, ...]) -> bool:
    later = ~np.tril(np.ones(shape[-2:], bool))
    is_mask = ((fixed <= HIDDEN) | (fixed == 0)).all()
    return bool(is_mask and fixed.any() and np.array_equal(np.broadcast_to(fixed <= HIDDEN, shape), np.broadcast_to(later, shape)))


def _computed(sketch: Sketch, value: Value, gain: float, shape: tuple[int, ...]) -> Mask:
    """A computed mask, before it was repeated for all heads, and before it was multiplied by the number that hides."""
    while (made := sketch.nodes[value.node]).op == "expand" and not made.edges[0][1]:
        source = made.edges[0][0]
        if not _fits(sketch.nodes[source.node].shapes[source.output], shape):
            break
        value = source
    if gain == OUT_OF_SIGHT:
        return Mask("mask", value)
    chain, source = list[Made](), value
    while (made := sketch.nodes[source.node]).op in ARRANGING and not made.edges[0][1]:
        chain.append(made)
        source = made.edges[0][0]
    if made.op != "mul" or len(made.edges) != 1 or gain * made.edges[0][1].get("weight", 1) != OUT_OF_SIGHT:
        return Mask("added", value, gain)
    source = made.edges[0][0]
    for step in reversed(chain):                           # the same arrangements of what is not yet multiplied
        sketch.nodes.append(replace(step, edges=[(source, {})]))
        source = replace(source, node=len(sketch.nodes) - 1, output=value.output if step is chain[0] else 0)
    return Mask("mask", source)
