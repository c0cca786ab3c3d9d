"""A layer goes in; what is read on its card comes out: the op with its constants, its activation, its ties."""

from __future__ import annotations

from typing import Any

from netgraph.drawing.text import clean, count_text
from netgraph.op import Op
from netgraph.plan import Layer
from netgraph.shape import shape_text

GLYPHS = {"add": "+", "mul": "×", "sub": "−"}       # in a circle: ⊕ ⊗ ⊖
SIZES = ("units", "channels", "num_embeddings")     # constants that need no name on a card
SHORT = {"padding": "pad", "kernel_size": "", "num_heads": "heads", "negative_slope": "slope", "embedding_dim": "dim"}
SEPARATOR = " · "
FAMILY_WORDS = {"conv": "convolution", "pool": "pooling", "norm": "normalisation", "arrange": "reshaping",
                "reduce": "reduction", "noise": "dropout"}


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
    if layer.label is not None:
        return name
    for word in layer.group:
        rest = name.removeprefix(word).lstrip("/._- ")
        if not rest or rest == name or name[len(word)].isalnum():
            break
        name = rest
    return name


def op_text(layer: Layer) -> str:
    """The op as a reader says it: "conv2d 6 · 5×5 · pad 2 · relu"."""
    parts = constants(layer.op, layer.op_name)
    return SEPARATOR.join([*parts, *(constants(layer.activation, _word(layer.activation)) if layer.activation else ())])


def constants(op: Op, name: str) -> list[str]:
    """The name of an op, with its size, and then each constant that is not at its default.

    >>> from netgraph.ops import OPS
    >>> constants(OPS["dense"](units=100, bias=False), "dense")
    ['dense 100', 'no bias']
    """
    given = {key.rstrip("_"): value for key, value in op.constants().items()}
    size = next((key for key in SIZES if key in given), None)
    first = name if size is None else f"{name} {given.pop(size)}"
    return [first, *(text for key, value in given.items() if (text := _constant(key, value)))]


def _constant(key: str, value: Any) -> str:
    word = SHORT.get(key, key.replace("_", " "))
    if isinstance(value, bool):
        return word if value else f"no {word}"
    if isinstance(value, tuple) and word and len(set(value)) == 1:
        value = value[0]
    if isinstance(value, tuple):
        value = "×".join(str(part) for part in value)
    return f"{word} {value:g}" if isinstance(value, float) else f"{word} {value}".strip()


def _word(op: Op) -> str:
    return getattr(op, "word", "") or type(op).__name__.lower()


def lines(layer: Layer, is_input: bool, is_output: bool) -> tuple[str, ...]:
    """The lines below the name of a card."""
    if is_input:
        return (f"input {shape_text(layer.shape)}",)
    said = []
    op = op_text(layer)
    if short_name_of(layer).rstrip("0123456789_") != op:     # "relu1" need not say "relu" below
        said.append(op)
    if layer.shared_with is not None:
        said.append(f"= weights of {clean(layer.shared_with)}")
    if is_output:
        said.append(f"output {shape_text(layer.shape)}")
    return tuple(said)


def badge(layer: Layer) -> str:
    """The parameters of a card, or nothing."""
    return count_text(layer.parameter_count) if layer.parameter_count else ""


def tip(layer: Layer) -> str:
    """All that is known of a layer in one sentence, with exact numbers."""
    shapes = ", ".join(shape_text(shape) for shape in layer.shapes)
    given = ", ".join(shape_text(wire.shape) for wire in layer.wires)
    return SEPARATOR.join(part for part in (
        f"{name_of(layer)}: {op_text(layer)}", f"{given} → {shapes}" if given else shapes,
        f"{layer.parameter_count:,} parameters" if layer.parameter_count else "", f"{layer.flops:,} FLOPs" if layer.flops else "",
        f"in {clean('/'.join(layer.group))}" if layer.group else "") if part)
