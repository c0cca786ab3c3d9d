"""Two graphs go in; what became of one in the other comes out, told in data and words, and drawn."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

import networkx as nx

from netgraph.comparison import Difference, compare
from netgraph.drawing.composition.difference_picture import picture_of_difference
from netgraph.drawing.composition.folding import MOST_BOXES, folded
from netgraph.drawing.drawing import Direction, Drawing
from netgraph.inference import infer
from netgraph.plan import Plan


@dataclass(frozen=True, eq=False)
class Diff(Difference):
    """A difference that can be drawn; a notebook shows the drawing.

    >>> import netgraph as ng
    >>> d = ng.diff(ng.chain(8, 16, "relu", 4), ng.chain(8, 32, "relu", 4))
    >>> dict(d.changed)
    {'dense1': {'units': (16, 32), 'shape': ((16,), (32,))}}
    """

    def draw(self, *, direction: Direction = "auto", theme: str = "light", show: Collection[str] = ("shapes", "parameters", "legend"),
             fold: bool | Literal["auto"] = "auto") -> Drawing:
        """Both nets in one picture: added layers and edges green with a +, removed ones red and dashed with a −, changed ones amber
        with a ~ and what they were and are, the rest grey.

        `fold` draws rows of layers far from every change as one box, and runs of equal changes once; "auto" does so in nets of
        more than 40 layers.

        Raises: whatever `infer` finds wrong with one of the nets.

        >>> import netgraph as ng
        >>> drawing = ng.diff(ng.chain(8, 16, "relu", 4), ng.chain(8, 32, "relu", 4)).draw()
        >>> [box.title for box in drawing.picture.boxes]
        ['x', '~ dense1', 'dense2']
        """
        is_short = fold is True or (fold == "auto" and len(self.new) + len(self.removed) > MOST_BOXES)
        picture = picture_of_difference(self, self._plans(), show, is_short=is_short)
        return Drawing(folded(picture) if is_short else picture, direction=direction, theme=theme)

    def _plans(self) -> tuple[Plan, Plan]:
        old, new = self.plans
        return old or infer(self.old), new or infer(self.new)

    def _repr_svg_(self) -> str:
        return self.draw().svg()


def diff(old: nx.DiGraph, new: nx.DiGraph, *, weights: bool = False) -> Diff:
    """What became of the net `old` in the net `new`: layers and edges added and removed, fields changed, layers renamed.

    Layers are matched by id and by structure: a layer of another name in the same place is renamed, and a layer put into a row of
    counted ones is one layer added, though all behind it count on. Of several ways to match, the one with the fewest edits is
    taken: never more than ids alone would give, and of small nets the fewest that there are. Fields at their defaults are
    no fields, notes of your own and the name of the graph are left out; arrays are compared with `weights=True`. Graphs that
    netgraph cannot run are compared as well, without shapes.

    Raises: GraphError for what is no DiGraph.

    >>> import netgraph as ng
    >>> print(diff(ng.chain(8, 16, "relu", 4), ng.chain(8, 16, "relu", 32, 4)))
    1 layer added; 2 edges added, 1 removed
    + 'dense2' (dense 32) between 'dense1' and 'dense3'
    − 'dense1' -> 'dense3'
    = 1 id counted on: 'dense2' → 'dense3'
    >>> bool(diff(ng.zoo.resnet(18), ng.zoo.resnet(18)))
    False
    """
    return Diff(**vars(compare(old, new, weights=weights)))
