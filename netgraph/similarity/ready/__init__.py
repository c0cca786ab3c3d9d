"""Nothing goes in; the index that comes with netgraph goes out: the nets of the zoo, and a corpus of published architectures."""

from __future__ import annotations

from pathlib import Path

from netgraph.similarity.library import Index

FILE = Path(__file__).parent / "architectures.idx"


def ready_index() -> Index:
    """The index that comes with netgraph; card.md beside it tells what it holds.

    >>> import netgraph as ng
    >>> "resnet34" in ready_index()
    True
    """
    return Index.load(FILE)
