"""The command `ops`: a word flows in, its page comes out; without one, the whole vocabulary."""

from __future__ import annotations

import dataclasses
import difflib
import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import click

from netgraph.cli.speech import say

SHAPE = (10, 100)     # of the weight that shows what an initialiser does
LAWS = {"uniform": "uniform from {0.a:.3g} to {0.b:.3g}", "normal": "normal, mean {0.a:.3g}, deviation {0.b:.3g}",
        "full": "{0.a:g} everywhere"}
SUMMED = "any number of in-edges, each with a weight; what they bring is added up"


@click.command(short_help="List the vocabulary, or show one word of it.")
@click.argument("name", required=False, metavar="[NAME]")
def ops(name: str | None) -> None:
    """List all words by family: ops, losses, optimisers, initialisers, metrics. With NAME, show a word's fields or list a family.

    \b
      netgraph ops
      netgraph ops conv2d
      netgraph ops loss
    """
    registers = _registers()
    if name is None:
        say("\n\n".join(_listing(title, words) for title, words in registers.items()))
        return
    pages = [_page(title, name, words[name]) for title, words in registers.items() if name in words]
    if name in registers and registers[name].keys() != {name}:
        pages.append(_listing(name, registers[name]))
    if not pages:
        raise click.UsageError(f"There is no word '{name}'. {_cure(name, registers)}", click.get_current_context())
    say("\n\n".join(pages))


def _cure(name: str, registers: Mapping[str, Mapping[str, Any]]) -> str:
    """The near miss as a question; the whole choice is too long for a sentence."""
    known = {*registers, *(word for words in registers.values() for word in words)}
    near = difflib.get_close_matches(name.lower(), sorted(known), n=1)
    return f"Did you mean '{near[0]}'?" if near else "'netgraph ops' lists them all."


def _registers() -> dict[str, Mapping[str, Any]]:
    """Every word under its title: ops by family, then losses, optimisers, initialisers and metrics."""
    from netgraph.engines.training.metrics import METRICS
    from netgraph.engines.training.optimizers import OPTIMIZERS
    from netgraph.ops import LOSSES, OPS
    from netgraph.weights import INITIALISERS
    families: dict[str, dict[str, Any]] = {family: {} for family in ("input", "dense", "conv", "pool", "norm", "activation")}
    for word, kind in OPS.items():
        families.setdefault(kind.family, {})[word] = kind
    return {**families, "loss": LOSSES, "optimizer": OPTIMIZERS, "init": INITIALISERS, "metric": METRICS}


def _listing(title: str, words: Mapping[str, Any]) -> str:
    width = max(map(len, words)) + 2
    return "\n".join([title, *(f"  {word:{width}}{_first_line(thing)}".rstrip() for word, thing in words.items())])


def _first_line(thing: Any) -> str:
    return _doc(thing).partition("\n")[0]


def _doc(thing: Any) -> str:
    """What is written about a thing, its example left out; of an initialiser, what it does for one weight."""
    text = (inspect.getdoc(thing) or "").partition(">>>")[0].rstrip()
    if text or not inspect.isfunction(thing):
        return text
    draw = thing(SHAPE, SHAPE[1])
    return f"A weight of shape {SHAPE} begins {LAWS[draw.law].format(draw)}."


def _page(title: str, name: str, thing: Any) -> str:
    head = f"{name} ({title})"
    return "\n".join([head, *(f"  {line}".rstrip() for line in _body(thing))])


def _body(thing: Any) -> Iterator[str]:
    yield from _doc(thing).splitlines()
    if not isinstance(thing, type):
        return
    from netgraph.graph import NODE_WORDS
    from netgraph.op import Op
    if issubclass(thing, Op) and thing.examples:
        yield ""
        yield f"inputs: {_inputs(thing)}"
    if fields := list(_fields(thing)):
        yield ""
        yield from fields
    if issubclass(thing, Op) and thing.examples:
        yield ""
        yield f"as every node: {', '.join(sorted(NODE_WORDS - {'op'}))}"


def _inputs(kind: Any) -> str:
    from netgraph.block import optional_inlets
    from netgraph.op import is_variadic
    from netgraph.rules import slot_names
    if kind.is_weighted:
        return SUMMED
    names, optional = slot_names(kind), optional_inlets(kind)
    if not names and is_variadic(kind):
        return "any number" + ("" if kind.is_symmetric else ", in the order of slot=0, 1, ... on the in-edges")
    listed = ", ".join(names[:len(names) - len(optional)]) + (f", and if wanted {', '.join(optional)}" if optional else "")
    return listed + (f" (slot={' or '.join(map(repr, names))})" if len(names) > 1 else "") if names else "none"


def _fields(kind: type) -> Iterator[str]:
    """A line for each field: its name, its default or that it has to be given, and what it may be."""
    from netgraph.fields import converters, required
    defaults = {word: "required" if word in required(kind) else repr(_default(kind, word)) for word in converters(kind)}
    names, values = (max(map(len, column), default=0) + 2 for column in (defaults, defaults.values()))
    for word, default in defaults.items():
        yield f"{word:{names}}{default:{values}}{_meaning(kind, word, converters(kind)[word])}"


def _default(kind: type, word: str) -> Any:
    return next(field.default for field in dataclasses.fields(kind) if field.name.rstrip("_") == word)


def _meaning(kind: type, word: str, converter: Callable[[object], object]) -> str:
    if converter.__doc__:
        return _first_line(converter)
    from typing import Literal, get_args, get_origin, get_type_hints
    hints = get_type_hints(kind)
    hint = hints.get(word, hints.get(f"{word}_"))
    if get_origin(hint) is Literal:
        return " or ".join(map(repr, get_args(hint)))
    return hint.__name__ if isinstance(hint, type) and not get_args(hint) else str(hint)
