"""Every refusal of netgraph: a sentence of fact (who, wanted, got) and a sentence of cure go in, a typed error comes out."""

from __future__ import annotations

import difflib
import reprlib
from collections.abc import Iterable, Sequence


class NetgraphError(Exception):
    """The root of all refusals.

    `complaints` holds every single refusal: itself, or the several that one check found.

    >>> NetgraphError("'h' has no units. Write units=10.").complaints
    (NetgraphError("'h' has no units. Write units=10."),)
    """

    @property
    def complaints(self) -> tuple[NetgraphError, ...]:
        """Every single refusal: this one, unless it stands for several."""
        return (self,)


class GraphError(NetgraphError):
    """The graph itself is not one that netgraph reads: its type, its cycles, its edges, its slots.

    >>> import netgraph as ng, networkx as nx
    >>> ng.check(nx.Graph())
    Traceback (most recent call last):
    netgraph.errors.GraphError: A net is a networkx.DiGraph, but got a Graph, whose edges have no direction. Write
        nx.DiGraph() and add each edge from its source to its target.
    """


class OpError(NetgraphError):
    """A word that is not in the vocabulary, or a value that it does not take: an op, a field of one, a loss, an optimiser, an option.

    >>> import netgraph as ng
    >>> ng.loss("mes")
    Traceback (most recent call last):
    netgraph.errors.OpError: 'mes' is no loss. Did you mean 'mse'?
    """


class ShapeError(NetgraphError):
    """Shapes that do not fit each other, or the op that they come to.

    >>> import netgraph as ng
    >>> ng.check(ng.chain(784, {"op": "maxpool2d", "kernel_size": 2}))
    Traceback (most recent call last):
    netgraph.errors.ShapeError: Node 'maxpool2d1', fed by 'x' (784,): 'maxpool2d' takes images (C, H, W), but got
        (784,). Put a 'reshape' before it, such as shape=(1, 28, 28).
    """


class WeightError(NetgraphError):
    """An array of a weight, bias or buffer that does not fit its place.

    >>> import netgraph as ng, numpy as np
    >>> G = ng.chain(3, 2)
    >>> G.edges["x", "dense1"]["weight"] = np.ones((3, 2))
    >>> ng.check(G)
    Traceback (most recent call last):
    netgraph.errors.WeightError: The weight of the edge 'x' -> 'dense1' has shape (3, 2), but wants (2, 3). PyTorch's
        order is (out, in): give its transpose, w.T.
    """


class DataError(NetgraphError):
    """Data handed to a net that is not what its inputs, outputs or loss take.

    >>> import netgraph as ng, numpy as np
    >>> ng.compile(ng.chain(3, 2))(np.ones((5, 4)))
    Traceback (most recent call last):
    netgraph.errors.DataError: Input 'x' wants shape (N, 3), N samples, but got (5, 4). Reshape the data.
    """


class FileError(NetgraphError):
    """A file that cannot be read, is not what it says it is, or cannot be written.

    >>> import netgraph as ng
    >>> ng.load("missing.json")
    Traceback (most recent call last):
    netgraph.errors.FileError: There is no file 'missing.json'. Check the path.
    """


class ExportError(NetgraphError):
    """A net that a format of other runtimes cannot hold, or a package for it that is missing.

    >>> import netgraph as ng
    >>> ng.export(ng.chain(3, 2), "net.tflite")
    Traceback (most recent call last):
    netgraph.errors.ExportError: 'net.tflite' has a suffix that nets are not exported to. Choose one of: .onnx, .pt2.
    """


class DrawError(NetgraphError):
    """A picture that cannot be made as asked.

    >>> import netgraph as ng
    >>> ng.draw(ng.chain(3, 2), theme="blue")
    Traceback (most recent call last):
    netgraph.errors.DrawError: There is no theme 'blue'. Choose one of: dark, light.
    """


class DrawWarning(UserWarning):
    """A picture that was made, but not quite as asked: fewer pixels, type too small for paper, characters that no font here has.

    >>> import netgraph as ng, warnings
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warnings.simplefilter("always")
    ...     _ = ng.draw(ng.zoo.resnet(34), fold=False).pdf()
    >>> caught[0].category.__name__
    'DrawWarning'
    """


class TrainingError(NetgraphError):
    """A training run that cannot go on, or options that contradict each other.

    >>> import netgraph as ng, numpy as np
    >>> ng.compile(ng.chain(1, 1)).fit(np.ones((4, 1)), np.ones((4, 1)), loss="mse", lr=1e9, epochs=50)
    Traceback (most recent call last):
    netgraph.errors.TrainingError: The loss is inf at step 3: training diverged, and the weights were left as they
        are. Lower lr (now 1e+09), clip the gradient with clip_norm=1.0, or scale the data.
    """


class InstallError(NetgraphError):
    """An optional package that is wanted but not installed.

    >>> from netgraph.packages import package
    >>> package("no_such_package", "similarity", "A graph encoder")
    Traceback (most recent call last):
    netgraph.errors.InstallError: A graph encoder takes the package no_such_package, which is not installed. Write pip install
        'netgraph-nn[similarity]'.
    """


class ComplaintsError(NetgraphError):
    """Several refusals found by one check, one a line; `complaints` holds them one by one.

    >>> import netgraph as ng
    >>> try:
    ...     ng.check(ng.chain(3, {"op": "dense", "unit": 2}, {"op": "dropout", "p": 2}))
    ... except ng.NetgraphError as error:
    ...     [type(complaint).__name__ for complaint in error.complaints]
    ['OpError', 'OpError', 'OpError']
    """

    def __init__(self, complaints: Sequence[NetgraphError]) -> None:
        super().__init__("\n".join(str(complaint) for complaint in complaints))
        self._complaints = tuple(complaints)

    @property
    def complaints(self) -> tuple[NetgraphError, ...]:
        """The refusals one by one, in the order in which they were found."""
        return self._complaints

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        return type(self), (self._complaints,)


def raise_all(complaints: Sequence[NetgraphError]) -> None:
    """Raise what was found: nothing for none, the complaint itself for one, all together for several."""
    if len(complaints) == 1:
        raise complaints[0]
    if complaints:
        raise ComplaintsError(complaints)


def suggestion(word: object, known: Iterable[str]) -> str:
    """The near miss as a question, or the whole choice when nothing is near.

    >>> suggestion("rleu", ["relu", "tanh"])
    "Did you mean 'relu'?"
    >>> suggestion("ReLU", ["relu", "tanh"])
    "Did you mean 'relu'?"
    >>> suggestion("swish", ["relu", "tanh"])
    'Choose one of: relu, tanh.'
    """
    names = sorted(known)
    spellings = (word[:80], word[:80].lower()) if isinstance(word, str) else ()
    near = next((match for spelling in spellings if (match := difflib.get_close_matches(spelling, names, n=1))), [])
    return f"Did you mean '{near[0]}'?" if near else f"Choose one of: {', '.join(names)}."


def shorten(thing: object, width: int = 60) -> str:
    """The repr of a value or id, cut to fit in a sentence: no control characters, no deep nesting, no code of a hostile `__repr__` trusted.

    >>> shorten("x" * 100, width=8)
    "'xxxx..."
    >>> shorten(10**5000)
    'an integer of 16610 bits'
    """
    if type(thing) is str and len(thing) < width - 2 and thing.isprintable():
        return repr(thing)      # most ids, of which there may be 100,000
    if isinstance(thing, int) and thing.bit_length() > 4096:
        return f"an integer of {thing.bit_length()} bits"
    text = _REPR.repr(thing)[:400]
    text = text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)
    if isinstance(thing, str):
        start = thing[:width + 1]
        text = repr(start) if start.isprintable() else ascii(start)
    return text if len(text) <= width else text[: width - 3] + "..."


_REPR = reprlib.Repr()
_REPR.maxstring = _REPR.maxother = _REPR.maxlong = 200
_REPR.maxtuple = _REPR.maxlist = 12
