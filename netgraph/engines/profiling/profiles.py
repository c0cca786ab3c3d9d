"""The profile of a net: what each layer took and gave in a pass. Measurements flow in; a table and overlays come out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from netgraph.errors import OpError, suggestion
from netgraph.overlay import Overlay, Together
from netgraph.weights import NodeId


@dataclass(frozen=True)
class Statistics:
    """How the numbers of an array lie: mean and standard deviation of the finite ones, the shares of zeros and of NaN or infinities.

    >>> Statistics.of(np.array([0.0, 2.0, np.inf, 4.0]))
    Statistics(mean=2.0, std=1.632993161855452, zeros=0.25, not_finite=0.25)
    """

    mean: float
    std: float
    zeros: float
    not_finite: float

    @classmethod
    def of(cls, array: np.ndarray) -> Statistics:
        """The statistics of an array of any shape, computed in float64.

        >>> Statistics.of(np.zeros((2, 3))).zeros
        1.0
        """
        finite = array[np.isfinite(array)].astype(np.float64)
        count = max(array.size, 1)
        mean, std = (float(finite.mean()), float(finite.std())) if finite.size else (0.0, 0.0)
        return cls(mean, std, float(np.count_nonzero(array == 0)) / count, 1 - finite.size / count if array.size else 0.0)


@dataclass(frozen=True)
class LayerProfile:
    """One layer in one pass over a batch: seconds forward and backward, bytes of its output and of its weights, and its numbers.

    `backward` is 0 and `gradient` None where nothing flowed back.
    """

    forward: float
    backward: float
    output_bytes: int
    weight_bytes: int
    activation: Statistics
    gradient: Statistics | None = None


@dataclass(frozen=True)
class Column:
    """What an overlay shows of a layer: None where the layer has no such number."""

    title: str
    unit: str
    together: Together
    read: Callable[[LayerProfile], float | None]


COLUMNS = {
    "time": Column("time forward and back", "s", "sum", lambda layer: layer.forward + layer.backward),
    "forward": Column("time forward", "s", "sum", lambda layer: layer.forward),
    "backward": Column("time backward", "s", "sum", lambda layer: layer.backward),
    "memory": Column("memory of outputs and weights", "B", "sum", lambda layer: float(layer.output_bytes + layer.weight_bytes)),
    "mean": Column("mean of the activations", "", "mean", lambda layer: layer.activation.mean),
    "std": Column("deviation of the activations", "", "mean", lambda layer: layer.activation.std),
    "zeros": Column("zeros among the activations", "%", "mean", lambda layer: layer.activation.zeros),
    "not_finite": Column("NaN or infinite among the activations", "%", "max", lambda layer: layer.activation.not_finite),
    "gradient_mean": Column("mean of the gradients", "", "mean", lambda layer: layer.gradient.mean if layer.gradient else None),
    "gradient_std": Column("deviation of the gradients", "", "mean", lambda layer: layer.gradient.std if layer.gradient else None),
    "gradient_zeros": Column("zeros among the gradients", "%", "mean", lambda layer: layer.gradient.zeros if layer.gradient else None),
    "gradient_not_finite": Column("NaN or infinite among the gradients", "%", "max",
                                  lambda layer: layer.gradient.not_finite if layer.gradient else None),
}


@dataclass(frozen=True, repr=False)
class Profile:
    """What each layer took and gave, by id in running order. It prints itself as a table; `ng.draw(G, overlay=profile.time)` paints it.

    >>> import netgraph as ng, numpy as np
    >>> G = ng.chain(3, 4, "relu", 2)
    >>> profile = ng.profile(ng.compile(G), np.ones((5, 3)), np.zeros((5, 2)), loss="mse")
    >>> profile["dense1"].output_bytes, profile["dense1"].forward > 0
    (80, True)
    >>> drawing = ng.draw(G, overlay=profile.time)
    """

    layers: Mapping[NodeId, LayerProfile]
    engine: str

    def __getitem__(self, node: NodeId) -> LayerProfile:
        return self.layers[node]

    def overlay(self, word: str) -> Overlay:
        """One number of each layer, to be drawn: "time", "forward", "backward", "memory"; "mean", "std", "zeros" and "not_finite" of the
        activations, and the same of the gradients as "gradient_mean", ...

        Raises: OpError for another word, and for one of the way back where that was not measured.

        >>> profile = Profile({"h": LayerProfile(0.5, 0.0, 4, 0, Statistics(0.0, 1.0, 0.0, 0.0))}, "NumPy")
        >>> profile.overlay("forward").values
        {'h': 0.5}
        """
        if word not in COLUMNS:
            raise OpError(f"A profile has no '{word}'. {suggestion(word, COLUMNS)}")
        is_one_way = not any(layer.backward or layer.gradient for layer in self.layers.values())
        if is_one_way and word.startswith(("backward", "gradient")):
            raise OpError(f"A profile of the way forward has no '{word}'. Measure the way back too, with a target and a loss.")
        column = COLUMNS["forward" if word == "time" and is_one_way else word]
        values = {node: value for node, layer in self.layers.items() if (value := column.read(layer)) is not None}
        return Overlay(values, f"{column.title}, {self.engine}", column.unit, column.together)

    @property
    def time(self) -> Overlay:
        """Seconds of each layer, forward and, where a loss was given, back.

        >>> Profile({}, "NumPy").time.unit
        's'
        """
        return self.overlay("time")

    @property
    def memory(self) -> Overlay:
        """Bytes of each layer's output and weights.

        >>> Profile({}, "NumPy").memory.unit
        'B'
        """
        return self.overlay("memory")

    def __str__(self) -> str:
        return "\n".join(_lines(self))

    __repr__ = __str__


HEAD = ("layer", "forward µs", "backward µs", "output bytes", "weight bytes", "mean", "std", "zeros", "gradient std")


def _lines(profile: Profile) -> Iterator[str]:
    rows = [HEAD, *(_row(str(node), layer) for node, layer in profile.layers.items())]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [cell.rjust(width) if place else cell.ljust(width) for place, (cell, width) in enumerate(zip(row, widths, strict=True))]
        yield "  ".join(cells)


def _row(name: str, layer: LayerProfile) -> tuple[str, ...]:
    backward = f"{layer.backward * 1e6:,.1f}" if layer.backward or layer.gradient else "–"
    return (name, f"{layer.forward * 1e6:,.1f}", backward, f"{layer.output_bytes:,}", f"{layer.weight_bytes:,}",
            f"{layer.activation.mean:.3g}", f"{layer.activation.std:.3g}", f"{layer.activation.zeros:.0%}",
            f"{layer.gradient.std:.3g}" if layer.gradient else "–")
