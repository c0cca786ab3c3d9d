"""A layer goes in; what is read on its card comes out: its name, its op, its ties, its parameters."""

from __future__ import annotations

import numpy as np

from netgraph.drawing.text import clean, count_text
from netgraph.plan import Layer
from netgraph.shape import shape_text
from netgraph.wording import SEPARATOR, op_text, shapes_text, short_name

GLYPHS = {"add": "+", "mul": "×", "sub": "−"}       # in a circle: ⊕ ⊗ ⊖
FAMILY_WORDS = {"input": "input", "source": "source", "dense": "dense", "embedding": "embedding", "conv": "convolution",
                "pool": "pooling", "resize": "resizing", "norm": "normalisation", "activation": "activation",
                "slope": "learned activation", "gate": "gate", "merge": "merge", "reduce": "reduction", "arrange": "reshaping",
                "noise": "dropout", "recurrent": "recurrence", "attention": "attention", "gating": "gating", "residual": "residual"}


def name_of(layer: Layer) -> str:
    """The label where there is one, or else the id."""
    return clean(layer.id if layer.label is None else layer.label)


def short_name_of(layer: Layer) -> str:
    """The name without the groups it begins with, since the frames around the card say them.

    >>> from netgraph.ops import OPS
    >>> short_name_of(Layer("block1/attn.query", OPS["relu"](), "relu", (), ((4,),), group=("block1", "attn")))
    'query'
    """
    name = name_of(layer)
    return name if layer.label is not None else short_name(name, layer.group)


def lines(layer: Layer, is_input: bool, is_output: bool) -> tuple[str, ...]:
    """The lines below the name of a card."""
    if is_input:
        return (f"input {shape_text(layer.shape)}",)
    said = []
    words = op_text(layer).split(SEPARATOR)
    if short_name_of(layer).rstrip("0123456789_") == words[0]:     # "relu1" need not say "relu" below
        words = words[1:]
    if words:
        said.append(SEPARATOR.join(words))
    if layer.shared_with is not None:
        said.append(f"= weights of {clean(layer.shared_with)}")
    if is_output:
        said.append(f"output {shape_text(layer.shape)}")
    return tuple(said)


def marks(layer: Layer) -> tuple[str, ...]:
    """What is unusual about its weights: that they do not move, or that a mask holds some at zero.

    >>> import netgraph as ng
    >>> marks(ng.infer(ng.chain(3, {"units": 4, "trainable": False}))["dense1"])
    ('frozen',)
    """
    learned = [array for array in layer.parameters if not array.is_buffer]
    still = sum(not array.trainable for array in learned)
    frozen = ("frozen" if still == len(learned) else "partly frozen",) if still else ()
    masks = [array.mask for array in learned if array.mask is not None]
    kept = sum(int(np.count_nonzero(mask)) for mask in masks)
    masked = (f"masked, {kept / sum(mask.size for mask in masks):.0%} left",) if masks else ()
    return (*frozen, *masked)


def glyph_of(layer: Layer) -> tuple[str, tuple[str, ...]]:
    """The sign of a sum, product or difference that no label calls otherwise, and its activation; no sign for any other layer.

    >>> import netgraph as ng
    >>> glyph_of(ng.infer(ng.chain(4, {"op": "add", "activation": "relu"}))["add1"])
    ('+', ('relu',))
    """
    if layer.label not in (None, layer.op_name) or layer.op_name not in GLYPHS:
        return "", ()
    words = op_text(layer).split(SEPARATOR)[1:]
    return GLYPHS[layer.op_name], (SEPARATOR.join(words),) if words else ()


def badge(layer: Layer) -> str:
    """The parameters of a card, or nothing."""
    return count_text(layer.parameter_count) if layer.parameter_count else ""


def tip(layer: Layer) -> str:
    """All that is known of a layer in one sentence, with exact numbers."""
    given = ", ".join(shape_text(wire.shape) for wire in layer.wires)
    return SEPARATOR.join(part for part in (
        f"{name_of(layer)}: {op_text(layer)}", f"{given} → {shapes_text(layer)}" if given else shapes_text(layer),
        f"{layer.parameter_count:,} parameters" if layer.parameter_count else "", f"{layer.flops:,} FLOPs" if layer.flops else "",
        f"in {clean('/'.join(layer.group))}" if layer.group else "") if part)
