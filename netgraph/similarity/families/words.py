"""Names of operations go in; the words by which the family encoder knows them come out, whatever library the names are from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from netgraph.similarity.traced import VIEWS, traced_name

KNOWN = frozenset("""
    input output embedding linear matmul softmax conv conv_1x1 conv_depthwise conv_grouped conv_transposed
    batch_norm layer_norm group_norm instance_norm rms_norm norm relu relu6 leaky_relu prelu elu gelu gelu_tanh erf silu mish tanh sigmoid
    hardsigmoid hardswish softplus add sub mul div pow sqrt rsqrt exp log neg sin cos concat stack mean sum max min maximum minimum
    max_pool avg_pool adaptive_avg_pool adaptive_max_pool upsample_nearest upsample_linear pad roll index gather scatter_add cumsum fft
    clamp where masked_fill lstm gru
""".split())
SAME = {
    "addmm": "linear", "baddbmm": "matmul", "bmm": "matmul", "mm": "matmul", "dense": "linear", "swish": "silu", "hardtanh": "clamp",
    "clamp_min": "clamp", "clamp_max": "clamp", "cat": "concat", "index_select": "index", "amax": "max",
    "amin": "min", "bilinear": "upsample_linear", "batchnorm": "batch_norm",
    "layernorm": "layer_norm", "groupnorm": "group_norm", "rmsnorm": "rms_norm",
}
KIN = {"relu6": "relu", "gelu_tanh": "gelu", "adaptive_avg_pool": "mean", "adaptive_max_pool": "max"}
SCALAR = frozenset("""
    mul div add sub neg clamp maximum minimum where masked_fill causal eq ne gt lt pad index zeros_like new_zeros new_ones
""".split())
LEARNED_SCALE = frozenset({"mul", "add"})
COUNTED = frozenset("mul add div sub matmul concat".split())
CONSTANT = frozenset({"parameter", "positions", "zeros_like", "new_zeros", "new_ones"})
ENDS = frozenset({"input", "output", "embedding"})
LEAST_OVERLAP = 0.5


@dataclass(frozen=True)
class Word:
    """What an operation's name says: its word, the word of its nearest kin, and how it is treated when a graph is condensed."""

    name: str
    kin: str

    @property
    def is_passing(self) -> bool:
        """Whether it does nothing to the structure where it has one input and no weights: a change of view, a product with a constant."""
        return self.name in SCALAR or self.name in VIEWS

    @property
    def is_learned_scale(self) -> bool:
        """Whether with one input it is a scale, bias or position that is learned."""
        return self.name in LEARNED_SCALE

    @property
    def is_constant(self) -> bool:
        """Whether its value does not depend on what flows in."""
        return self.name in CONSTANT

    @property
    def is_counted(self) -> bool:
        """Whether the number of its inputs is part of its label."""
        return self.name in COUNTED


@lru_cache(maxsize=4096)
def word_of(op: str) -> Word:
    """The word for an operation: known spellings by table, ranks left out, and any other name as the known one that it is most like.

    >>> word_of("conv3d_depthwise").name, word_of("maxpool2d").name, word_of("aten::bmm").name
    ('conv_depthwise', 'max_pool', 'matmul')
    >>> word_of("conv2d_foo").name, word_of("wavelet").name
    ('conv', 'wavelet')
    """
    name = traced_name(op.lower().split("::")[-1].split(".")[0].strip("_"))
    name = re.sub(r"(?<=[a-z])[123]d(?![a-z0-9])", "", name)
    name = SAME.get(name, name)
    if name not in KNOWN and name not in SCALAR and name not in VIEWS:
        name = _likest(name)
    return Word(name, KIN.get(name, name))


def _likest(name: str) -> str:
    """The longest known word that a name contains, or the one that shares most of its triples of letters with it, or the name itself."""
    contained = [known for known in KNOWN if f"_{known}_" in f"_{name}_"]
    if contained:
        return max(contained, key=lambda known: (len(known), known))
    own = _triples(name)
    score, best = max((len(own & other) / len(own | other), known) for known, other in _known_triples())
    return best if score >= LEAST_OVERLAP else name


def _triples(name: str) -> frozenset[str]:
    text = f"^{name}$"
    return frozenset(text[i:i + 3] for i in range(len(text) - 2)) or frozenset({text})


@lru_cache(maxsize=1)
def _known_triples() -> list[tuple[str, frozenset[str]]]:
    return [(known, _triples(known)) for known in sorted(KNOWN)]
