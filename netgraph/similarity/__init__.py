"""Graphs go in; how alike they are comes out: vectors, similarities, edit distances, neighbours.

The room and the function `ng.similarity(G, H)` have one name, so the room can be called as the function.

>>> import netgraph as ng
>>> G = ng.zoo.resnet(18)
>>> ng.similarity(G, G), ng.similarity(G, ng.zoo.resnet(34)) > ng.similarity(G, ng.zoo.vgg(16))
(1.0, True)
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import networkx as nx


class _Room(ModuleType):
    def __call__(self, first: nx.DiGraph, second: nx.DiGraph) -> float:
        """How alike two nets are by family; see `netgraph.similarity.family.similarity`."""
        from netgraph.similarity.family import similarity
        return similarity(first, second)


sys.modules[__name__].__class__ = _Room
