"""A net, a layer or an id goes in; the words that a reader sees of it come out, safe to print and cut to their width."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any

from netgraph.op import Op
from netgraph.plan import Layer, Plan, Wire
from netgraph.shape import shape_text

SEPARATOR = " · "
SIZES = ("units", "channels", "num_embeddings", "hidden_size")     # constants that need no name, since every such layer has one
SHORT = {"padding": "pad", "kernel_size": "", "negative_slope": "slope", "embedding_dim": "dim", "shape": "", "dims": "", "k": "",
         "top_k": "top", "dim_feedforward": "feedforward", "start_dim": "from dim"}
MOST_INDICES = 6                                           # that are listed
COUNTED = {"num_heads": "heads", "num_layers": "layers", "num_experts": "experts"}     # their number is said first
LONGEST = 200                                       # characters of a name that are read; no line holds more


def printable(thing: object) -> str:
    r"""The thing as one line of text: what would move the cursor, hide or turn the writing is shown as its escape.

    >>> printable("a\nb\x1b[2J"), printable("隐藏层"), printable(3)
    ('a\\nb\\x1b[2J', '隐藏层', '3')
    """
    text = str(thing)[:LONGEST]
    return text if text.isprintable() else "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def display_width(text: str) -> int:
    """Columns that the text takes in a terminal: two for a wide East Asian character, none for a mark that sits on another.

    >>> display_width("abc"), display_width("隐藏层"), display_width("e\u0301")
    (3, 6, 1)
    """
    return len(text) if text.isascii() else sum(_columns(c) for c in text)


def clip(text: str, width: int) -> str:
    """The text, its end replaced by an ellipsis where it is wider than `width` columns.

    >>> clip("encoder", 5), clip("隐藏层", 4), clip("x", 5)
    ('enco…', '隐…', 'x')
    """
    if display_width(text) <= width:
        return text
    room = width - 1
    for place, c in enumerate(text):
        room -= _columns(c)
        if room < 0:
            return text[:place] + "…"
    return text


def op_text(layer: Layer) -> str:
    """The op with its constants, and its activation with its own.

    >>> import netgraph as ng
    >>> op_text(ng.infer(ng.chain((1, 28, 28), {"op": "conv2d", "channels": 6, "kernel_size": 5, "padding": 2}, "relu"))["conv2d1"])
    'conv2d 6 · 5×5 · pad 2 · relu'
    """
    words = ["input"] if layer.op_name == "input" else constants(layer.op, layer.op_name)
    return SEPARATOR.join([*words, *(constants(layer.activation, layer.activation.word) if layer.activation else ())])


def constants(op: Op, name: str) -> list[str]:
    """The name of an op with its size, and then each constant that is not at its default.

    >>> from netgraph.ops import OPS
    >>> constants(OPS["dense"](units=100, bias=False), "dense"), constants(OPS["dropout"](p=0.25), "dropout")
    (['dense 100', 'no bias'], ['dropout', 'p 0.25'])
    >>> constants(OPS["permute"](dims=(0, 2, 1)), "permute")
    ['permute', '0, 2, 1']
    >>> constants(OPS["index_select"](index=(4, 2, 0)), "index_select"), constants(OPS["index_select"](index=tuple(range(99))), "")[1]
    (['index_select', 'index 4, 2, 0'], 'index 0, 1, 2, … of 99')
    >>> constants(OPS["conv2d"](channels=144, kernel_size=(3, 3), groups=144), "conv2d")      # each channel is a group of its own
    ['conv2d 144', '3×3', 'depthwise']
    """
    given = op.constants()
    if given.get("groups", 1) == given.get("channels") != 1:
        given = {"depthwise" if key == "groups" else key: True if key == "groups" else value for key, value in given.items()}
    size = next((f" {given.pop(key)}" for key in SIZES if key in given), "")
    return [name + size, *(_constant(key, value) for key, value in given.items())]


def _constant(key: str, value: Any) -> str:
    word = SHORT.get(key, key.replace("_", " "))
    if isinstance(value, bool):
        return word if value else f"no {word}"
    if key in COUNTED:
        return f"{value} {COUNTED[key]}"
    if key == "index" and isinstance(value, tuple) and len(value) > MOST_INDICES:
        return f"{word} {', '.join(map(str, value[:3]))}, … of {len(value)}"
    if isinstance(value, tuple):
        joint = ", " if key.startswith("dim") or key == "index" else "×"
        value = value[0] if word and len(set(value)) == 1 else joint.join(str(part) for part in value)
    return f"{word} {value:g}" if isinstance(value, float) else f"{word} {value}".strip()


def source_text(wire: Wire) -> str:
    """Where a wire comes from, with its output among several and its gain.

    >>> source_text(Wire("x", 0, (3,), output=1, gain=0.5))
    'x[1] ×0.5'
    """
    gain = "" if wire.gain in (None, 1) else f" ×{wire.gain:g}"
    before = f"(t−{wire.delay})" if wire.delay else ""
    return printable(wire.source) + (f"[{wire.output}]" if wire.output else "") + before + gain


def shapes_text(layer: Layer) -> str:
    """The shapes of all outputs.

    >>> import netgraph as ng
    >>> shapes_text(ng.infer(ng.chain((3, 32, 32)))["x"])
    '3 × 32 × 32'
    """
    return ", ".join(shape_text(shape) for shape in layer.shapes)


def net_text(plan: Plan) -> str:
    """A net in one line: its name, its layers, what flows in and out.

    >>> import netgraph as ng
    >>> net_text(ng.infer(ng.chain(3, 4, 1)))
    'net: 3 layers, x (3) → dense2 (1)'
    """
    ends = [listed([f"{printable(name)} ({shapes_text(plan[name])})" for name in names]) for names in (plan.inputs, plan.outputs)]
    return f"{printable(plan.name or 'net')}: {len(plan):,} layer{'s' * (len(plan) > 1)}, {' → '.join(ends)}"


def short_name(name: str, group: tuple[str, ...]) -> str:
    """A name without the groups it begins with.

    >>> short_name("block1/attn.query", ("block1", "attn"))
    'query'
    """
    for word in group:
        rest = name.removeprefix(word).lstrip("/._- ")
        if not rest or rest == name or name[len(word)].isalnum():
            break
        name = rest
    return name


def listed(names: Sequence[str], most: int = 3) -> str:
    """The names, or the first of them and how many are left.

    >>> listed(["a", "b", "c", "d"]), listed(["a", "b"])
    ('a, b, c, 1 more', 'a, b')
    """
    return ", ".join([*names[:most], *([f"{len(names) - most:,} more"] if len(names) > most else [])])


def _columns(c: str) -> int:
    if unicodedata.combining(c) or unicodedata.category(c) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(c) in ("W", "F") else 1
