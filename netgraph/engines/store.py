"""The arrays of a running net: all in one flat vector, each a view of it by name."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from typing import Any

import numpy as np

from netgraph.errors import WeightError, shorten, suggestion
from netgraph.weights import Parameter, read_array


class Store(MutableMapping[str, np.ndarray]):
    """Arrays by name. A name's array is a view: change it in place, or set it whole; none can be added or removed.

    A weight (units, features) that is one of `pairs` lies turned, its bias (units) behind it: together, in `blocks`, they are one
    matrix (features + 1, units). What the arrays hold at first is not set.

    >>> import netgraph as ng
    >>> net = ng.compile(ng.chain(2, 1))
    >>> net.parameters["dense1.bias"] = [0.5]
    >>> net.parameters["dense1.bias"]
    array([0.5], dtype=float32)
    """

    def __init__(self, parameters: Iterable[Parameter], dtype: np.dtype, pairs: Mapping[str, str] | None = None) -> None:
        shapes, self.pairs = {p.name: p.shape for p in parameters}, dict(pairs or {})
        self.flat = np.empty(sum(map(math.prod, shapes.values())), dtype)
        self._views, self.blocks = views_of(self.flat, shapes, self.pairs)

    def __getitem__(self, name: str) -> np.ndarray:
        try:
            return self._views[name]
        except KeyError:
            raise WeightError(f"The net has no array {shorten(name)}. {suggestion(name, self._views)}") from None

    def __setitem__(self, name: str, value: object) -> None:
        view, array = self[name], read_array(value, f"What {shorten(name)} was set to")
        if array.shape != view.shape:
            raise WeightError(f"{shorten(name)} has shape {view.shape}, but was set to an array of shape {array.shape}. "
                              f"Give it {view.shape}.")
        view[...] = array

    def __delitem__(self, name: str) -> None:
        raise WeightError(f"{shorten(name)} belongs to the net and cannot be removed. "
                          "Remove its node or edge from the graph, and compile again.")

    def __iter__(self) -> Iterator[str]:
        return iter(self._views)

    def __len__(self) -> int:
        return len(self._views)

    def __contains__(self, name: object) -> bool:
        return name in self._views

    def __repr__(self) -> str:
        return "\n".join(f"{name}: {array.dtype} {array.shape}" for name, array in self.items())

    def __getstate__(self) -> dict[str, Any]:
        return {"flat": self.flat, "shapes": {name: view.shape for name, view in self._views.items()}, "pairs": self.pairs}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.flat, self.pairs = state["flat"], state["pairs"]
        self._views, self.blocks = views_of(self.flat, state["shapes"], self.pairs)


def views_of(flat: np.ndarray, shapes: Mapping[str, tuple[int, ...]], pairs: Mapping[str, str]) \
        -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """A flat vector as arrays by name, one behind the other, each a view of it; and the blocks of pairs, by the weight's name.

    >>> views, blocks = views_of(np.arange(6), {"w": (2, 2), "b": (2,)}, {"w": "b"})
    >>> views
    {'w': array([[0, 2],
           [1, 3]]), 'b': array([4, 5])}
    >>> blocks
    {'w': array([[0, 1],
           [2, 3],
           [4, 5]])}
    """
    views, blocks, start = {}, {}, 0
    for name, shape in shapes.items():
        end = start + math.prod(shape)
        views[name] = flat[start:end].reshape(shape[::-1]).T if name in pairs else flat[start:end].reshape(shape)
        if name in pairs:
            blocks[name] = flat[start:end + shape[0]].reshape(-1, shape[0])
        start = end
    return views, blocks
