"""The layers of a difference go in; the same come out with each stretch that is far from every change as one box."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from netgraph.picture import Box, PictureWire

NEAR = 1             # edges from a change that are drawn in any case
FEWEST = 3           # layers that are worth a box for them all


@dataclass(frozen=True)
class Piece:
    """A box, the group in which it is framed, and what became of what it stands for."""

    box: Box
    group: tuple[str, ...]
    mark: str


def shortened(pieces: Sequence[Piece], wires: Sequence[PictureWire]) -> tuple[list[Piece], list[PictureWire]]:
    """The parts with each stretch of unchanged layers, far from every change, as one box; inputs and outputs stay.

    >>> pieces = [Piece(Box(f"b{n}", f"h{n}", members=(n,)), (), "same" if n else "added") for n in range(6)]
    >>> wires = [PictureWire(f"b{n}", f"b{n + 1}", members=((n, n + 1),)) for n in range(5)]
    >>> [piece.box.title for piece in shortened(pieces, wires)[0]]
    ['h0', 'h1', '4 layers']
    """
    near = _near({piece.box.id for piece in pieces if piece.mark != "same"}, wires)
    short: list[Piece] = []
    stands_for: dict[str, str] = {}
    row: list[Piece] = []
    for piece in (*pieces, None):
        if piece is not None and piece.box.id not in near and piece.box.form != "pill":
            row.append(piece)
            continue
        if row:
            short += [_joined(row)] if len(row) >= FEWEST else row
            stands_for |= {each.box.id: row[0].box.id if len(row) >= FEWEST else each.box.id for each in row}
            row = []
        if piece is not None:
            short.append(piece)
            stands_for[piece.box.id] = piece.box.id
    return short, _rewired(wires, stands_for)


def _near(marked: set[str], wires: Sequence[PictureWire]) -> set[str]:
    """What is at most so many edges from a box that is marked, or from a wire that is."""
    found = marked | {end for wire in wires if wire.kind in ("added", "removed", "changed") for end in (wire.source, wire.target)}
    for _ in range(NEAR):
        found |= {end for wire in wires if wire.source in found or wire.target in found for end in (wire.source, wire.target)}
    return found


def _joined(row: Sequence[Piece]) -> Piece:
    first, last = row[0], row[-1]
    group = first.group
    for piece in row:
        group = tuple(mine for place, mine in enumerate(group) if piece.group[:place + 1] == group[:place + 1])
    members = tuple(member for piece in row for member in piece.box.members)
    titles = (first.box.title, last.box.title)
    box = Box(first.box.id, f"{len(members):,} layers", ("unchanged",), "same", tip=f"{len(members):,} layers, unchanged: from "
              f"{titles[0]} to {titles[1]}", members=members)
    return Piece(box, group, "same")


def _rewired(wires: Sequence[PictureWire], stands_for: Mapping[str, str]) -> list[PictureWire]:
    found: dict[tuple[str, str, str], PictureWire] = {}
    for wire in wires:
        source, target = stands_for[wire.source], stands_for[wire.target]
        if source == target:
            continue
        known = found.get((source, target, wire.kind))
        members = (*(known.members if known else ()), *wire.members)
        found[source, target, wire.kind] = replace(known or wire, source=source, target=target, members=members)
    return list(found.values())
