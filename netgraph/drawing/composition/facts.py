"""A layer goes in; all that is known of it comes out in rows of a word and a value, numbers in full."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from netgraph.drawing.text import clean
from netgraph.plan import Layer
from netgraph.shape import shape_text
from netgraph.wording import shapes_text, source_text

Row = tuple[str, str]


def facts(layer: Layer) -> list[Row]:
    """What a reader may ask of a layer: op and constants, what comes in and goes out, arrays, parameters, costs, group.

    >>> import netgraph as ng
    >>> facts(ng.infer(ng.chain(3, 4))["dense1"])[:4]
    [('op', 'dense'), ('units', '4'), ('bias', 'True'), ('input', '3 from x')]
    """
    return [(word, clean(value)) for word, value in _facts(layer)]


def _facts(layer: Layer) -> Iterator[Row]:
    yield "op", layer.op_name
    yield from _constants(layer.op)
    if layer.activation is not None:
        yield "activation", layer.activation.word
    yield from (("input", f"{shape_text(wire.shape)} from {source_text(wire)}") for wire in layer.wires)
    yield "output", shapes_text(layer)
    if layer.shared_with is not None:
        yield "weights", f"those of {layer.shared_with}"
    yield from ((array.field, f"{shape_text(array.shape)}{' (buffer)' * array.is_buffer}") for array in layer.parameters)
    if layer.parameter_count:
        yield "parameters", f"{layer.parameter_count:,}"
    if layer.flops:
        yield "FLOPs", f"{layer.flops:,}"
    yield "activations", f"{layer.activation_bytes:,} bytes a sample in float32"
    if layer.group:
        yield "within", "/".join(layer.group)


def _constants(op: Any) -> Iterator[Row]:
    for field in dataclasses.fields(op):
        value = getattr(op, field.name)
        yield field.name.rstrip("_"), " × ".join(map(str, value)) if isinstance(value, tuple) else str(value)
