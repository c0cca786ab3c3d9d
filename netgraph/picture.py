"""A drawing before it is markup: boxes, wires and clusters in words, with the nodes and edges they stand for. Data only."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Set
from dataclasses import dataclass, replace
from typing import Literal

Form = Literal["card", "pill", "glyph", "unit", "block", "cell", "panel"]
WireKind = Literal["data", "gain", "side", "delay", "added", "removed", "changed"]
Edge = tuple[Hashable, Hashable]
WIRES = "wires"      # in a legend in place of a family: what the wires are


@dataclass(frozen=True)
class Look:
    """How a box departs from the colours of its family: None leaves what the theme says.

    Colours are "#rrggbb"; `width` is that of its edge in pixels. A faded box, and each wire that ends at one, steps into the background.

    >>> Look(fill="#ffd700").edge is None
    True
    """

    fill: str | None = None
    edge: str | None = None
    ink: str | None = None
    width: float | None = None
    dashed: bool | None = None
    faded: bool = False


@dataclass(frozen=True)
class Box:
    """A card, pill or circle, and the nodes it stands for.

    `id` is made by netgraph, never the user's; `title` and `lines` are what is read on it, `badge` stands at the title's right,
    `tip` is the full text for those who point at it or cannot see it. `inner` are the edges that run within what it stands for.
    `repeats` is more than 1 where equal layers are folded: those that are `alike`, or without that, read alike. Those of one
    `kind` are alike but for their sizes. A `twin` is a box drawn once more, by its id, and stands for nothing itself. `look` is
    how it differs from others of its family.

    >>> Box("b0", "h", lines=("dense 100 · relu",), family="dense", badge="100,100", members=("h",)).lines
    ('dense 100 · relu',)
    """

    id: str
    title: str
    lines: tuple[str, ...] = ()
    family: str = ""
    form: Form = "card"
    badge: str = ""
    tip: str = ""
    members: tuple[Hashable, ...] = ()
    repeats: int = 1
    is_output: bool = False
    alike: str = ""
    inner: tuple[Edge, ...] = ()
    kind: str = ""
    twin: str = ""
    look: Look = Look()

    @property
    def name(self) -> str:
        """What it is called in full, which its tip begins with; without one, its title.

        >>> Box("b0", "+", form="glyph", tip="block1/sum: add · 64").name
        'block1/sum'
        """
        return self.tip.partition(": ")[0] or self.title


@dataclass(frozen=True)
class PictureWire:
    """A line from box to box, and the edges (pairs of nodes) it stands for.

    `label` is read beside it: the shape where it changes, a gain, a weight's shape; `label_of_source` where it says what all
    wires of the source carry; `outputs` which of the source's outputs it comes from. `side` wires carry no data, `delay` wires
    what came out a step before; `added`, `removed` and `changed` ones show what became of an edge. `weight` from 0 to 1 makes a
    line thicker.

    >>> PictureWire("b0", "b1", label="×0.5", kind="gain", members=(("x", "h"),)).kind
    'gain'
    """

    source: str
    target: str
    label: str = ""
    kind: WireKind = "data"
    label_of_source: bool = False
    members: tuple[Edge, ...] = ()
    outputs: tuple[int, ...] = (0,)
    weight: float = 0.0

    @property
    def stream(self) -> str:
        """What of the source it carries: wires of one stream may be drawn as one line that branches."""
        return f"{self.kind} {self.outputs}" + (f" {self.label}" if self.kind == "gain" else "")


@dataclass(frozen=True)
class Cluster:
    """A named frame around boxes and further frames. Its `mark` says how many likes it stands for.

    >>> inner = Cluster("attention", boxes=("b1",))
    >>> list(Cluster("block", boxes=("b0",), clusters=(inner,)).all_boxes())
    ['b0', 'b1']
    """

    title: str
    boxes: tuple[str, ...] = ()
    clusters: tuple[Cluster, ...] = ()
    repeats: int = 1
    mark: str = ""

    @property
    def name(self) -> str:
        """Its title and its mark in one line.

        >>> Cluster("block0 … 5", repeats=6, mark="×6").name
        'block0 … 5 ×6'
        """
        return " ".join(part for part in (self.title, self.mark) if part)

    def walk(self) -> Iterator[Cluster]:
        """Itself and all frames in it, from the outside in."""
        yield self
        for cluster in self.clusters:
            yield from cluster.walk()

    def all_boxes(self) -> Iterator[str]:
        """The ids of its boxes and of those in its inner frames."""
        yield from self.boxes
        for cluster in self.clusters:
            yield from cluster.all_boxes()

    def holding(self, kept: Set[str]) -> Cluster | None:
        """The same frame with only those boxes in it; None when it has none of them.

        >>> Cluster("block", boxes=("b0", "b1")).holding({"b1", "b2"})
        Cluster(title='block', boxes=('b1',), clusters=(), repeats=1, mark='')
        """
        boxes = tuple(id for id in self.boxes if id in kept)
        inner = tuple(child for cluster in self.clusters if (child := cluster.holding(kept)))
        return replace(self, boxes=boxes, clusters=inner) if boxes or inner else None


@dataclass(frozen=True)
class Picture:
    """All that a drawing says. `boxes` stand in running order; `legend` pairs a family with the word it is read by.

    >>> boxes = (Box("b0", "x", members=("x",)), Box("b1", "h", members=("h",)))
    >>> picture = Picture("net", boxes=boxes, wires=(PictureWire("b0", "b1", members=(("x", "h"),)),))
    >>> picture.box("b1").title
    'h'
    """

    title: str
    caption: str = ""
    boxes: tuple[Box, ...] = ()
    wires: tuple[PictureWire, ...] = ()
    clusters: tuple[Cluster, ...] = ()
    legend: tuple[tuple[str, str], ...] = ()

    def box(self, id: str) -> Box:
        """The box of that id."""
        return next(box for box in self.boxes if box.id == id)

    def all_clusters(self) -> Iterator[Cluster]:
        """Its frames, and the frames in them."""
        for cluster in self.clusters:
            yield from cluster.walk()

    def edges(self) -> Iterator[Edge]:
        """All edges of the net: those that its wires stand for, and those within its boxes."""
        for wire in self.wires:
            yield from wire.members
        for box in self.boxes:
            yield from box.inner

    def part(self, ids: Collection[str]) -> Picture:
        """Only those boxes, and the wires between them; no frames."""
        kept = set(ids)
        return replace(self, boxes=tuple(box for box in self.boxes if box.id in kept), clusters=(),
                       wires=tuple(wire for wire in self.wires if wire.source in kept and wire.target in kept))

    @property
    def faded(self) -> frozenset[str]:
        """The ids of the boxes that stand in the background."""
        return frozenset(box.id for box in self.boxes if box.look.faded)
