"""Blocks and their labels come in; where each stands goes out: equal ones close together, the labels of different ones clear."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from netgraph.drawing.placement import Point
from netgraph.drawing.text import clean, fit, width_of
from netgraph.drawing.volumes.blocks import Block
from netgraph.drawing.volumes.labels import is_pooling, label_of
from netgraph.drawing.volumes.scale import Scale, Solid

NEAR = 6.0               # between the fronts of equal blocks
FAR = 34.0               # between a block and the next of another size
BETWEEN_LABELS = 14.0
SIZE = 10.5
WIDEST_NAME = 92.0
ROOMY = 12               # labels that a row has room for; in longer ones a pooling shares the label of what it pools


@dataclass(frozen=True)
class Standing:
    """A block in its place: the left end of its front, and how far it is sunk below the line of the others, in pixels."""

    block: Block
    solid: Solid
    x: float
    sunk: float = 0.0

    @property
    def rise(self) -> float:
        """How far its back stands above its front."""
        return self.solid.away

    @property
    def top(self) -> float:
        """The middle of all blocks that are not sunk is at 0."""
        return self.sunk - (self.solid.height + self.rise) / 2

    @property
    def bottom(self) -> float:
        return self.sunk + (self.solid.height + self.rise) / 2

    @property
    def front(self) -> tuple[Point, Point, Point, Point]:
        """Corners from the top left, clockwise."""
        left, right, top = self.x, self.x + self.solid.width, self.top + self.rise
        return (left, top), (right, top), (right, self.bottom), (left, self.bottom)

    def on_right(self, across: float, down: float) -> Point:
        """A point of its right face: `across` from the front to the back and `down` from the top to the bottom, both from 0 to 1."""
        return (self.x + self.solid.width + across * self.solid.away,
                self.top + self.rise * (1 - across) + down * self.solid.height)

    @property
    def entry(self) -> Point:
        """Where flows come in: the middle of its front's left edge."""
        return self.x, self.top + self.rise + self.solid.height / 2


@dataclass(frozen=True)
class Run:
    """Equal blocks behind each other, the lines of their label, and its middle."""

    members: tuple[Standing, ...]
    label: tuple[str, ...]
    middle: float


def runs_of(blocks: Sequence[Block], scale: Scale, sunk: Sequence[float]) -> list[Run]:
    """All blocks in one row, from left to right, each sunk as far as is said."""
    runs: list[Run] = []
    x = 0.0
    for _, group in groupby(enumerate(_kinds(blocks)), key=lambda pair: pair[1]):
        numbers = [at for at, _ in group]
        members = [blocks[at] for at in numbers]
        label = [fit(clean(line), WIDEST_NAME, SIZE, "SemiBold") for line in label_of(members)]
        half = max(width_of(line, SIZE, "SemiBold") for line in label) / 2
        solids = [scale.solid(block.shape) for block in members]
        reach = sum(solid.width + NEAR for solid in solids[:-1]) + solids[-1].reach
        if runs:
            before = runs[-1]
            half_before = max(width_of(line, SIZE, "SemiBold") for line in before.label) / 2
            x = max(x, before.middle + half_before + BETWEEN_LABELS + half - reach / 2)
        runs.append(Run(tuple(_placed(members, solids, [sunk[at] for at in numbers], x)), tuple(label), x + reach / 2))
        x += reach + FAR
    return runs


def _kinds(blocks: Sequence[Block]) -> list[int]:
    """A number for each block, the same for those that share a label."""
    kinds = _numbered(blocks, shares_poolings=False)
    return kinds if kinds[-1] < ROOMY else _numbered(blocks, shares_poolings=True)


def _numbered(blocks: Sequence[Block], shares_poolings: bool) -> list[int]:
    kinds = [0]
    for before, block in pairwise(blocks):
        shares = block.is_like(before) or (shares_poolings and is_pooling(block) and len(block.shape) > 1)
        kinds.append(kinds[-1] + (not shares))
    return kinds


def _placed(blocks: Sequence[Block], solids: Sequence[Solid], sunk: Sequence[float], x: float) -> list[Standing]:
    placed = []
    for block, solid, down in zip(blocks, solids, sunk, strict=True):
        placed.append(Standing(block, solid, x, down))
        x += solid.width + NEAR
    return placed


