"""The arrays of a net: their names, their shapes and how each begins."""

from __future__ import annotations

import keyword
import math
import os
import re
import unicodedata
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Literal

import networkx as nx
import numpy as np

from netgraph.errors import NetgraphError, WeightError

NodeId = Hashable


class PartId(tuple[NodeId, ...]):
    """The id of a part of a block: the block's id and the part's name; that of a part of a part goes on.

    >>> PartId(("h", "query"))
    'h/query'
    """

    __slots__ = ()

    def __str__(self) -> str:
        return "/".join(map(str, self))

    def __repr__(self) -> str:
        return repr(str(self))


@dataclass(frozen=True)
class Array:
    """An array that an op asks for: its shape, how it begins, and whether it is learned or only kept (a buffer).

    `zero_row` is a row that begins at zero, whatever the others begin with; `value` the numbers themselves, where the op knows them.
    """

    shape: tuple[int, ...]
    init: str = "default"
    fan_in: int = 1
    is_buffer: bool = False
    zero_row: int | None = None
    value: np.ndarray | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, eq=False)
class Parameter:
    """An array of a net: where it lives, and its value where the declaration gives one.

    `node` owns it; `source` is the in-edge it stands on, or None for an array of the node itself (`field` names it). `mask`
    is 0 where a weight is held at zero.
    """

    name: str
    shape: tuple[int, ...]
    node: NodeId
    field: str
    source: NodeId | None = None
    init: str = "default"
    fan_in: int = 1
    trainable: bool = True
    is_buffer: bool = False
    value: np.ndarray | None = None
    zero_row: int | None = None
    mask: np.ndarray | None = None

    @property
    def count(self) -> int:
        """How many numbers it holds, those left out that its mask holds at zero."""
        return math.prod(self.shape) if self.mask is None else int(np.count_nonzero(self.mask))


@dataclass(frozen=True)
class Draw:
    """Where an array begins: uniform from `a` to `b`, normal with mean `a` and deviation `b`, or `a` everywhere; at `zero_row` zero."""

    law: Literal["uniform", "normal", "full"]
    a: float
    b: float = 0.0
    zero_row: int | None = None

    def array(self, rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        """The numbers themselves, in float64."""
        numbers: np.ndarray = np.full(shape, self.a) if self.law == "full" else getattr(rng, self.law)(self.a, self.b, shape)
        if self.zero_row is not None:
            numbers[self.zero_row] = 0
        return numbers

    def source(self, shape: tuple[int, ...]) -> str:
        """The same as a line of NumPy, with the generator called `rng`.

        >>> Draw("uniform", -0.5, 0.5).source((4, 3))
        'rng.uniform(-0.5, 0.5, (4, 3))'
        """
        numbers = f"np.full({shape}, {self.a})" if self.law == "full" else f"rng.{self.law}({self.a!r}, {self.b!r}, {shape})"
        return numbers if self.zero_row is None else f"{numbers} * (np.arange({shape[0]}) != {self.zero_row})[:, None]"


def read_array(value: object, what: str, error: type[NetgraphError] = WeightError) -> np.ndarray:
    """The value as an array of real numbers, finite or not, never of objects.

    Raises: the error for ragged lists, objects, text and complex numbers.
    """
    if isinstance(value, np.ma.MaskedArray):
        raise error(f"{what} is a masked array, and a net knows no missing numbers. Fill the gaps, for example with x.filled(0).")
    try:
        array = np.asarray(value)
    except ValueError:
        raise error(f"{what} is a list whose rows differ in length. Give an array of numbers.") from None
    except Exception as refusal:                           # whatever the __array__ of a stranger's class raises
        raise error(f"{what} cannot be read as an array: {type(refusal).__name__}. Give an array of numbers.") from None
    if array.dtype.kind not in "fiub":
        raise error(f"{what} holds {array.dtype}, not real numbers. Give an array of numbers.")
    return array


def _within(bound: float) -> Draw:
    return Draw("uniform", -bound, bound)


def _fan_out(shape: tuple[int, ...]) -> int:
    return shape[0] * math.prod(shape[2:])


INITIALISERS: dict[str, Callable[[tuple[int, ...], int], Draw]] = {
    # PyTorch's own start of Linear and Conv2d, kaiming_uniform_(a=√5): U(−1/√fan_in, 1/√fan_in), biases alike.
    "default": lambda shape, fan_in: _within(1 / math.sqrt(fan_in)),
    "zeros": lambda shape, fan_in: Draw("full", 0.0),
    "ones": lambda shape, fan_in: Draw("full", 1.0),
    "quarters": lambda shape, fan_in: Draw("full", 0.25),       # where the slopes of PReLU begin (He et al. 2015, section 2.1)
    "normal": lambda shape, fan_in: Draw("normal", 0.0, 1.0),
    "normal_0.02": lambda shape, fan_in: Draw("normal", 0.0, 0.02),   # of tables and tokens in transformers (Devlin et al. 2019)
    "uniform": lambda shape, fan_in: Draw("uniform", 0.0, 1.0),
    # He et al. 2015, eq. 10, gain √2 for ReLU.
    "kaiming_normal": lambda shape, fan_in: Draw("normal", 0.0, math.sqrt(2 / fan_in)),
    "kaiming_uniform": lambda shape, fan_in: _within(math.sqrt(6 / fan_in)),
    # Glorot & Bengio 2010, eq. 12 and 16.
    "xavier_normal": lambda shape, fan_in: Draw("normal", 0.0, math.sqrt(2 / (fan_in + _fan_out(shape)))),
    "xavier_uniform": lambda shape, fan_in: _within(math.sqrt(6 / (fan_in + _fan_out(shape)))),
}


def initial_draw(p: Parameter) -> Draw:
    """Where a parameter without a declared value begins."""
    draw = INITIALISERS[p.init](p.shape, p.fan_in)
    return draw if p.zero_row is None else replace(draw, zero_row=p.zero_row)


def initial_values(parameters: Iterable[Parameter], seed: int, dtype: np.dtype) -> dict[str, np.ndarray]:
    """A start for every parameter, by name, as `starts` gives them."""
    return dict(starts(parameters, seed, dtype))


def starts(parameters: Iterable[Parameter], seed: int, dtype: np.dtype) -> Iterator[tuple[str, np.ndarray]]:
    """Names and starts one by one: the declared value where there is one, otherwise drawn in order from one generator.

    The draws are made in float64, so that the same seed gives the same start in every dtype, rounded.

    Raises: WeightError, at once and before anything is allocated, when the arrays would not fit into the machine's memory.
    """
    parameters = list(parameters)
    _require_memory(parameters, dtype)
    rng = np.random.default_rng(seed)
    return ((p.name, _masked(initial_draw(p).array(rng, p.shape).astype(dtype) if p.value is None else _cast(p.value, dtype, p.name), p))
            for p in parameters)


def _masked(array: np.ndarray, p: Parameter) -> np.ndarray:
    return array if p.mask is None else np.multiply(array, p.mask, dtype=array.dtype, casting="unsafe")


def _cast(value: np.ndarray, dtype: np.dtype, name: str) -> np.ndarray:
    try:
        with np.errstate(over="raise"):
            return np.array(value, dtype)
    except FloatingPointError:
        raise WeightError(f"'{name}' holds numbers that are too large for {dtype}. Scale them, or compile with dtype='float64'.") from None


@cache
def memory_bytes() -> int:
    """The memory of the machine, or 64 GiB where it does not say."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") if hasattr(os, "sysconf") else 2**36


def _require_memory(parameters: list[Parameter], dtype: np.dtype) -> None:
    wanted = sum(math.prod(p.shape) for p in parameters) * dtype.itemsize
    if wanted > memory_bytes():
        largest = max(parameters, key=lambda p: math.prod(p.shape))
        raise WeightError(f"The net's arrays need {wanted / 2**30:,.1f} GiB, but the machine has {memory_bytes() / 2**30:,.1f} GiB; the "
                          f"largest, '{largest.name}', has shape {largest.shape}. Use smaller layers.")


def same_in_order(graph: nx.DiGraph) -> nx.DiGraph:
    """A copy of the graph, every node's in-edges in their order too, in which they are summed: `graph.copy()` sorts them by source.

    >>> G = nx.DiGraph()
    >>> G.add_nodes_from("abc"); G.add_edges_from([("b", "c"), ("a", "c")])
    >>> list(G.copy().pred["c"]), list(same_in_order(G).pred["c"])
    (['a', 'b'], ['b', 'a'])
    """
    copy = graph.copy()
    for node, sources in graph.pred.items():
        mine = copy._pred[node]                            # networkx has no public way to order them
        if list(mine) != list(sources):
            for source in sources:
                mine[source] = mine.pop(source)
    return copy


def with_values(graph: nx.DiGraph, parameters: Iterable[Parameter], values: Mapping[str, np.ndarray]) -> nx.DiGraph:
    """A copy of the graph that carries the values, copied, where the parameters live: on its edges and nodes."""
    copy = same_in_order(graph)
    for p in parameters:
        if isinstance(p.node, PartId):
            block = copy.nodes[p.node[0]]
            name = p.name.removeprefix(f"{escaped(p.node[0])}.")
            block["arrays"] = {**block.get("arrays", {}), name: np.array(values[p.name], order="C")}
        else:
            place = copy.nodes[p.node] if p.source is None else copy.edges[p.source, p.node]
            place[p.field] = np.array(values[p.name], order="C")
    return copy


# What an attribute of a torch module may not be called: the names that nn.Module, its containers and fx.GraphModule use themselves.
RESERVED = frozenset("""
    T_destination add_module add_submodule append apply bfloat16 bias buffers call_super_init children clear code compile copy cpu
    cuda delete_all_unused_submodules delete_submodule double dump_patches eval extend extra_repr float forward fromkeys get
    get_buffer get_extra_state get_parameter get_submodule graph half insert ipu items keys load_state_dict meta modules mtia
    named_buffers named_children named_modules named_parameters parameters pop popitem print_readable recompile
    register_backward_hook register_buffer register_forward_hook register_forward_pre_hook register_full_backward_hook
    register_full_backward_pre_hook register_load_state_dict_post_hook register_load_state_dict_pre_hook register_module
    register_parameter register_state_dict_post_hook register_state_dict_pre_hook requires_grad_ self set_extra_state
    set_submodule setdefault shape_env share_memory state_dict to to_empty to_folder torch train training type update values
    weight xpu zero_grad
""".split())


@cache
def escaped(node: NodeId) -> str:
    """A node's id as the name of a torch submodule, and so in every parameter's name: different ids stay different.

    An int is written as it is. In a str each character that no Python name holds, the first letter of a keyword or a reserved name,
    an underscore in front, and one that would look like an escape, become `_xHEX_`. A part's name follows that of its block.

    >>> escaped("h"), escaped("a.b"), escaped("class"), escaped(3), escaped("3"), escaped("隐藏层"), escaped(PartId(("h", "query")))
    ('h', 'a_x2e_b', '_x63_lass', '3', '_x33_', '隐藏层', 'h.query')
    """
    if isinstance(node, int):
        return str(node)
    if isinstance(node, PartId):
        return ".".join(map(escaped, node))
    text = re.sub(r"^_|_(?=x[0-9a-f]+_)", "_x5f_", str(node))
    text = "".join(c if ("a" + c).isidentifier() and unicodedata.normalize("NFKC", c) == c else f"_x{ord(c):x}_" for c in text)
    if not text:
        return "_x_"
    if not text.isidentifier() or keyword.iskeyword(text) or text in RESERVED:
        return f"_x{ord(text[0]):x}_{text[1:]}"
    return text
