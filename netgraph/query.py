"""A query such as "op=conv2d, within=encoder/*" and a plan go in; the layers that it names come out."""

from __future__ import annotations

import dataclasses
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from netgraph.errors import GraphError, shorten, suggestion
from netgraph.plan import Layer, Plan

# What every layer has; the constants of its op may be asked for as well.
FIELDS = ("id", "label", "op", "family", "activation", "within", "share", "shape")


@dataclass(frozen=True)
class Term:
    """One condition of a query: a field, and a pattern in which * stands for any text, ? for a character and [ab] for either."""

    field: str
    pattern: str
    is_negated: bool = False

    def holds(self, layer: Layer) -> bool:
        """Whether the layer fulfils it."""
        return self.is_negated != any(fnmatchcase(text, self.pattern) for text in texts(layer, self.field))


@dataclass(frozen=True)
class Query:
    """Terms that all have to hold.

    >>> import netgraph as ng
    >>> plan = ng.infer(ng.chain(3, 4, "tanh", 1))
    >>> [layer.id for layer in plan if Query((Term("op", "dense"), Term("units", "4", is_negated=True))).holds(layer)]
    ['dense2']
    """

    terms: tuple[Term, ...]

    def holds(self, layer: Layer) -> bool:
        """Whether the layer fulfils every term."""
        return all(term.holds(layer) for term in self.terms)


def parse(text: str) -> Query:
    """The query that the text spells: `field=pattern` or `field!=pattern`, and a comma for "and".

    Raises: GraphError for text of another form.

    >>> parse("op=conv2d, within!=encoder/*").terms[1]
    Term(field='within', pattern='encoder/*', is_negated=True)
    """
    if not isinstance(text, str):
        raise GraphError(f"A query is text such as 'op=conv2d', but got {shorten(text)}. Write 'field=pattern'.")
    return Query(tuple(_term(part) for part in text.split(",")))


def select(plan: Plan, query: str) -> tuple[Hashable, ...]:
    """The ids of the layers of a plan for which the query holds, in running order.

    Fields are id, label, op, family, activation, within, share, shape (of the first output, as 64x56x56), and the constants of ops as
    they are written in the graph: `channels=64`, `kernel_size=3` or `kernel_size=3x1`, `bias=False`. A layer within "encoder/block3"
    is found by `within=encoder`, `within=block3`, `within=encoder/block3` and `within=encoder/*`.

    Raises: GraphError for text of another form, or a field that neither this net nor any op has.

    >>> import netgraph as ng
    >>> select(ng.infer(ng.zoo.resnet(18)), "op=conv2d, kernel_size=1")
    ('layer2_0_downsample_0', 'layer3_0_downsample_0', 'layer4_0_downsample_0')
    """
    wanted = parse(query)
    _check_fields(plan, wanted)
    return tuple(layer.id for layer in plan if wanted.holds(layer))


def texts(layer: Layer, field: str) -> Iterator[str]:
    """The texts by which a layer's field is found; none where it has no such field.

    >>> import netgraph as ng
    >>> list(texts(ng.infer(ng.zoo.resnet(18))["layer1_0_conv1"], "within"))
    ['layer1', 'layer1/block0', 'block0']
    """
    if field == "within":
        group = layer.group
        yield from ("/".join(group[start:end]) for start in range(len(group)) for end in range(start + 1, len(group) + 1))
    elif field == "activation":
        yield from (layer.activation.word,) if layer.activation else ()
    elif field in FIELDS:
        value = {"id": layer.id, "label": layer.label, "op": layer.op_name, "family": layer.op.family,
                 "share": layer.shared_with, "shape": layer.shape}[field]
        yield from _spellings(value) if value is not None else ()
    elif field in _constants(layer.op):
        yield from _spellings(_constants(layer.op)[field])


def _term(part: str) -> Term:
    field, sign, pattern = part.partition("=")
    if not sign or not field.strip("! ") or not pattern.strip():
        raise GraphError(f"{shorten(part.strip())} is no part of a query. Write 'field=pattern', such as 'op=conv2d', "
                         "with a comma between two of them.")
    return Term(field.rstrip("! ").strip(), pattern.strip(), field.rstrip().endswith("!"))


def _check_fields(plan: Plan, query: Query) -> None:
    known = {*FIELDS, *(name for layer in plan for name in _constants(layer.op))}
    for term in query.terms:
        if term.field not in known and term.field not in _constants_of_all_ops():
            raise GraphError(f"No layer has a field {shorten(term.field)} to be found by. {suggestion(term.field, known)}")


def _constants(op: Any) -> dict[str, Any]:
    return {field.name.rstrip("_"): getattr(op, field.name) for field in dataclasses.fields(op)}


def _constants_of_all_ops() -> set[str]:
    from netgraph.ops import OPS

    return {field.name.rstrip("_") for op in OPS.values() for field in dataclasses.fields(op)}


def _spellings(value: Any) -> Iterator[str]:
    if isinstance(value, tuple):
        yield "x".join(map(str, value))
        if len(set(value)) == 1:
            yield str(value[0])
    else:
        yield f"{value:g}" if isinstance(value, float) else str(value)
