"""The name of a function that torch recorded, or of a layer's class, goes in; the words and the family that it is read by come out."""

from __future__ import annotations

import re

from netgraph.cache import cached

GLYPHS = {"add": "+", "mul": "×", "sub": "−"}       # in a circle: ⊕ ⊗ ⊖

# What a layer or function is, by a part of its name in lower case; the first that fits.
FAMILIES = (
    ("embedding", "embedding"), ("attention", "attention"), ("transformer", "attention"), ("conv", "conv"), ("norm", "norm"),
    ("pool", "pool"), ("dropout", "noise"), ("lstm", "recurrent"), ("gru", "recurrent"), ("rnn", "recurrent"), ("upsample", "resize"),
    ("linear", "dense"), ("addmm", "dense"), ("addmv", "dense"), ("bmm", "dense"), ("matmul", "dense"), ("dense", "dense"), ("mm", "dense"),
    ("mv", "dense"), ("einsum", "dense"), ("loss", "source"), ("nll", "source"), ("crossentropy", "source"),
    ("relu", "activation"), ("elu", "activation"), ("tanh", "activation"), ("sigmoid", "activation"), ("softmax", "activation"),
    ("softplus", "activation"), ("silu", "activation"), ("swish", "activation"), ("mish", "activation"), ("softsign", "activation"),
    ("softmin", "activation"), ("hardshrink", "activation"),
    ("add", "merge"), ("sub", "merge"), ("mul", "merge"), ("div", "merge"), ("cat", "merge"), ("stack", "merge"),
    ("sum", "reduce"), ("mean", "reduce"), ("max", "reduce"), ("min", "reduce"), ("amax", "reduce"), ("norm", "reduce"), ("var", "reduce"),
)
WHOLE = {"mm", "mv", "add", "sub", "mul", "div", "cat", "stack", "sum", "mean", "max", "min", "var", "elu", "nll"}


@cached
def function_words(name: str) -> str:
    """A class of autograd functions as it is read.

    >>> function_words("AddmmBackward0"), function_words("MaxPool2DWithIndicesBackward0"), function_words("TBackward0")
    ('addmm', 'max pool2d with indices', 't')
    """
    bare = re.sub(r"Backward\d*$", "", name) or name
    return re.sub(r"(?<=[a-zA-Z0-9])(?=[A-Z][a-z])", " ", bare).lower()


@cached
def family_of(words: str) -> str:
    """The family of a layer or function by its name; none where it tells nothing.

    >>> family_of("BatchNorm2d"), family_of("native layer norm"), family_of("addmm"), family_of("Summary")
    ('norm', 'norm', 'dense', '')
    """
    text = words.lower().replace(" ", "").replace("_", "")
    return next((family for part, family in FAMILIES if (text == part if part in WHOLE else part in text)), "")


def bytes_text(count: int) -> str:
    """Bytes as a reader takes them in, 1 kB being 1,000 of them.

    >>> bytes_text(12), bytes_text(25600), bytes_text(3063808)
    ('12 B', '25.6 kB', '3.06 MB')
    """
    for limit, unit in ((10**12, "TB"), (10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if count >= limit * 0.9995:
            return f"{count / limit:#.3g}".rstrip(".") + f" {unit}"
    return f"{count} B"
