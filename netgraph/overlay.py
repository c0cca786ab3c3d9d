"""Numbers laid over a drawing: a number for each node, what they are, and how those of several nodes are taken together. Data only."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from netgraph.weights import NodeId, PartId

Together = Literal["sum", "mean", "max"]


@dataclass(frozen=True)
class Overlay:
    """A number for each node, to be painted over its card by `ng.draw(G, overlay=...)`.

    `unit` is "s", "B" (bytes), "%" (of which 1 is the whole) or any word. `together` says what a card of several nodes shows of theirs.

    >>> Overlay({"a": 1.0, "b": 3.0}, "time", "s").of(["a", "b"])
    4.0
    """

    values: Mapping[NodeId, float]
    title: str
    unit: str = ""
    together: Together = "sum"

    def of(self, nodes: Iterable[NodeId]) -> float | None:
        """The number of some nodes together; None where they have none. A block has that of its parts.

        >>> Overlay({"a": 1.0, "b": 3.0}, "deviation", together="mean").of(["b", "c"])
        3.0
        """
        found = [value for node in nodes for value in self._at(node)]
        if not found:
            return None
        if self.together == "max":
            return max(found)
        return math.fsum(found) / (len(found) if self.together == "mean" else 1)

    def _at(self, node: NodeId) -> Iterator[float]:
        if node in self.values:
            yield self.values[node]
        elif not isinstance(node, PartId):
            yield from (value for part, value in self.values.items() if isinstance(part, PartId) and part[0] == node)
