"""The constants of ops: what each kind of field refuses and how it says so, and what it makes of good values."""

from __future__ import annotations

import re
from typing import Any, Literal, get_args, get_origin, get_type_hints

import numpy as np
import pytest

from netgraph import fields
from netgraph.errors import OpError
from netgraph.fields import read_field
from netgraph.op import Op
from netgraph.ops import LOSSES, OPS
from netgraph.ops.arrange import Reshape
from netgraph.ops.arrange_copies import Stretched
from netgraph.ops.merge_einsum import Equation
from netgraph.ops.source import Initialiser, Numbers

NAN, INFINITY = float("nan"), float("inf")
NEVER = ["64", "", b"1", 1.5, NAN, INFINITY, 1j, 2**63, object, {}, {1}, "__import__('os')"]
COUNTS = [*NEVER, None, True, False, 0, -1, -(2**63), np.array([1.5]), np.float64(2.0), "1"]
PARTS = [(), (1, 2, 3, 4), (0, 1), (0, 0, 0), (0,), (1, -1), (1, 1.5), (True, 1), ("1", 1), (1, None), [1, [2]], np.ones(2)]
NOT_NONE = [value for value in (*COUNTS, *PARTS) if value is not None]
NUMBERS = ["1", "", b"1", NAN, INFINITY, -INFINITY, None, True, 1j, 10**400, (1.0,), np.float64("nan"), np.ones(2)]

WRONG: list[tuple[Any, list[Any], str]] = [
    (fields.Size, [*COUNTS, (1,)], "a whole number of at "),
    (fields.OptionalSize, [*(value for value in COUNTS if value is not None), (1,)], "a whole number of at "),
    (fields.Sizes, [*COUNTS, 1, (), (0,), (1.5,), ("1",), (True,)], ""),
    (fields.Pair, [*COUNTS, *PARTS], "a whole number, or a pair (height, width) of them, of at "),
    (fields.Single, [*COUNTS, *PARTS], "a whole number of at "),
    (fields.Triple, [*COUNTS, *PARTS], "a whole number, or three (depth, height, width) of them, of at "),
    (fields.OptionalSingle, NOT_NONE, "a whole number of at "),
    (fields.OptionalPair, NOT_NONE, "a whole number, or a pair (height, width) of them, of at "),
    (fields.OptionalTriple, NOT_NONE, "a whole number, or three (depth, height, width) of them, of at "),
    *((hint, [*NEVER, None, True, -1, (), (1, 2, 3, 4), (-1, -1, -1), (-1, 1), (1.5,)], "a whole number")
      for hint in (fields.SingleMargin, fields.Margin, fields.TripleMargin)),
    *((hint, [*NEVER, None, True, -1, "SAME", (), (1, 2, 3, 4), (-1, 1), (-1, -1, -1), (-1,), ("same", "same")], "")
      for hint in (fields.SinglePads, fields.Pads, fields.TriplePads)),
    (fields.Dim, [*NEVER, None, True, (1,)], "a whole number"),
    (fields.Dims, [*NEVER, None, True, (), (1.5,), ("1",), (True,)], ""),
    (fields.OptionalDims, [*NEVER, True, (), (1.5,), ("1",), (True,)], ""),
    (fields.SizeOrSizes, [*COUNTS, (), (0,), (1.5,), ("1",), (True,)], ""),
    (fields.OptionalSizes, [*(value for value in COUNTS if value is not None), (), (0,), (1.5,), ("1",), (True,)], ""),
    (fields.OptionalScale, ["2", "", b"1", NAN, INFINITY, True, 1j, 10**400, np.ones(2), 0, -1.5, (), (0,), (1, "2"), (NAN,)], "a "),
    (fields.OptionalDim, [*NEVER, True, (1,)], "a whole number"),
    (fields.Margins, [*COUNTS, 3, (), (1,), (1, 2, 3), (-1, 1), (1.5, 1), ("1", 1), (True, 1)], "a "),
    (fields.Count, [*NEVER, None, True, -1, (1,)], "a whole number of at "),
    (fields.Counts, [*NEVER, None, True, -1, 0, (), (-1,), (1.5,), ("1",), (True,), (None,)], ""),
    (Stretched, [*COUNTS[:-4], 3, (0,), (-2,), (1.5,), (True,), ("T",)], ""),
    (Equation, [*NEVER, None, True, 3, "ij", "bij,jk->bik", "bii->bi", "bij->bk", "b1->b", "...i->...i", ",->", ("bi->b",)],
     "letters for "),
    (Initialiser, ["xavier", "", None, 1, True, (), np.ones(2)], "an initialiser: default, "),
    (Numbers, ["64", "", b"1", 1j, object, {}, {1}, None, True, (), [[1], [1, 2]], ("1",), 10**400, np.ma.masked_array([1.0], [True])],
     "a number, or an array of numbers"),
    (fields.SampleShape, [*COUNTS, 3, (0,), (-1,), (1.5,), (True,), (None,), ("3",), ("a b",), (2**63,), ("",), "ab"], ""),
    (get_type_hints(Reshape, include_extras=True)["shape_"], [*COUNTS, 3, (0,), (-2,), (-1, -1), (1.5,), (True,), ("T",)], ""),
    (fields.Number, NUMBERS, "a finite number"),
    (fields.Positive, [*NUMBERS, 0, -1, 0.0], "a "),
    (fields.NotNegative, [*NUMBERS, -1, -1e-9], "a "),
    (fields.Probability, [*NUMBERS, 1, 1.0, -0.1, 2], "a "),
    (fields.OptionalNotNegative, [*(value for value in NUMBERS if value is not None), -1], "a "),
    (fields.Limit, [value for value in NUMBERS if value is not None], "a finite number"),
    (fields.Switch, [0, 1, None, "True", "", 1.0, [], np.ones(2)], "True or False"),
]

FIELDS = {f"{word}.{name.rstrip('_')}": (kind, name.rstrip("_"), get_type_hints(kind, include_extras=True)[name])
          for word, kind in {**OPS, **LOSSES}.items() for name in kind.__dataclass_fields__
          if name not in get_type_hints(Op)}
every_field = pytest.mark.parametrize(("kind", "name", "hint"), FIELDS.values(), ids=FIELDS.keys())


def wrong_values(hint: Any) -> tuple[list[Any], str]:
    if get_origin(hint) is Literal:
        return [None, 1, True, "", "nonsense", (get_args(hint)[0],), np.ones(2), np.str_(get_args(hint)[0])], "one of '"
    return next((values, wanted) for known, values, wanted in WRONG if known is hint or known == hint)


@every_field
def test_wrong_constants_are_refused(kind: type[Op], name: str, hint: Any) -> None:
    values, wanted = wrong_values(hint)
    for value in values:
        with pytest.raises(OpError) as caught:
            read_field(kind, name, value, "Node 'h'")
        text = str(caught.value)
        assert text.startswith(f"Node 'h' was given {name}="), (value, text)
        assert f", but wants {wanted}" in text, (value, text)
        assert re.search(rf"\. (Correct it|Write {name}=(1|2|64)(\.0)?)\.$", text), (value, text)


@pytest.mark.parametrize(("word", "name", "value", "message"), [
    ("dense", "units", 0, "Node 'h' was given units=0, but wants a whole number of at least 1. Correct it."),
    ("dense", "units", "64", "Node 'h' was given units='64', but wants a whole number of at least 1. Write units=64."),
    ("dense", "units", 64.0, "Node 'h' was given units=64.0, but wants a whole number of at least 1. Write units=64."),
    ("dropout", "p", "0.5", "Node 'h' was given p='0.5', but wants a finite number. Write p=0.5."),
    ("dense", "units", 2**63, "Node 'h' was given units=9223372036854775808, but wants a whole number of at most 2**40. Correct it."),
    ("dense", "bias", 1, "Node 'h' was given bias=1, but wants True or False. Correct it."),
    ("conv2d", "kernel_size", (3,), "Node 'h' was given kernel_size=(3,), but wants a whole number, or a pair (height, width) of them, "
                                    "of at least 1. Correct it."),
    ("conv2d", "padding", "full", "Node 'h' was given padding='full', but wants 'same', 'valid', a whole number or a pair "
                                  "(height, width). Correct it."),
    ("dropout", "p", 1, "Node 'h' was given p=1, but wants a probability: at least 0, less than 1. Correct it."),
    ("layernorm", "eps", -1, "Node 'h' was given eps=-1, but wants a number of at least 0. Correct it."),
    ("leaky_relu", "negative_slope", NAN, "Node 'h' was given negative_slope=nan, but wants a finite number. Correct it."),
    ("gelu", "approximate", "exact", "Node 'h' was given approximate='exact', but wants one of 'none', 'tanh'. Correct it."),
    ("input", "shape", 3, "Node 'h' was given shape=3, but wants a tuple of sizes, such as (3, 32, 32) or ('T', 64), without the batch. "
                           "Correct it."),
    ("input", "shape", (None, 3), "Node 'h' was given shape=(None, 3), but wants a tuple of sizes, such as (3, 32, 32) or ('T', 64), "
                                   "without the batch, each of at least 1. Correct it."),
    ("reshape", "shape", (-1, -1), "Node 'h' was given shape=(-1, -1), but wants a tuple of sizes of one sample, of which one may be -1. "
                                   "Correct it."),
])
def test_refusals_say_what_is_wanted(word: str, name: str, value: Any, message: str) -> None:
    with pytest.raises(OpError) as caught:
        read_field(OPS[word], name, value, "Node 'h'")
    assert str(caught.value) == message


@pytest.mark.parametrize(("word", "name", "value", "read"), [
    ("dense", "units", np.int64(3), 3),
    ("conv2d", "kernel_size", 3, (3, 3)),
    ("conv2d", "kernel_size", [3, np.int32(2)], (3, 2)),
    ("conv2d", "padding", 0, (0, 0)),
    ("input", "shape", ["T", 3], ("T", 3)),
    ("input", "shape", (), ()),
    ("mean", "dim", -1, (-1,)),
    ("mean", "dim", None, None),
    ("upsample", "scale_factor", [2, 1.5], (2.0, 1.5)),
    ("conv1d", "kernel_size", 3, (3,)),
    ("conv3d", "padding", np.int64(1), (1, 1, 1)),
    ("clip", "min", np.float32(0.5), 0.5),
    ("reshape", "shape", [-1, 2], (-1, 2)),
    ("split", "split_size", [1, 2], (1, 2)),
    ("dropout", "p", 0, 0.0),
    ("gelu", "approximate", "tanh", "tanh"),
])
def test_good_constants_become_plain_python(word: str, name: str, value: Any, read: Any) -> None:
    got = read_field(OPS[word], name, value, "it")
    assert got == read
    assert type(got) is type(read)
    if isinstance(read, tuple):
        assert [type(part) for part in got] == [type(part) for part in read]
