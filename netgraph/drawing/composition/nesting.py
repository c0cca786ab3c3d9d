"""Boxes and the groups that each lies in flow in; frames within frames come out, in the order of their first boxes."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field

from netgraph.picture import Cluster


@dataclass
class _Group:
    title: str = ""
    boxes: list[str] = field(default_factory=list)
    groups: dict[Hashable, _Group] = field(default_factory=dict)

    def cluster(self) -> Cluster:
        return Cluster(self.title, tuple(self.boxes), tuple(group.cluster() for group in self.groups.values()))


def nested(places: Iterable[tuple[str, Sequence[tuple[Hashable, str]]]]) -> tuple[Cluster, ...]:
    """A frame for each group, from (a box's id, the groups around it, outermost first, each by a key of its own and a title).

    >>> frames = nested([("b0", [("encoder", "encoder")]), ("b1", [("encoder", "encoder"), (7, "attention")]), ("b2", [])])
    >>> frames
    (Cluster(title='encoder', boxes=('b0',), clusters=(Cluster(title='attention', boxes=('b1',), clusters=(), repeats=1, mark=''),),
     repeats=1, mark=''),)
    """
    root = _Group()
    for box, path in places:
        group = root
        for key, title in path:
            group = group.groups.setdefault(key, _Group(title))
        group.boxes.append(box)
    return root.cluster().clusters
