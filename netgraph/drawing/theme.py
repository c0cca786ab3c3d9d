"""The name of a theme goes in, its colours come out: paper, ink, and a tint, an edge and an ink for each family of ops."""

from __future__ import annotations

from dataclasses import dataclass

from netgraph.errors import DrawError, suggestion


@dataclass(frozen=True)
class Paint:
    """The colours of one family: the card's fill, its edge, and the small print on it."""

    fill: str
    edge: str
    ink: str


@dataclass(frozen=True)
class Theme:
    """The colours of a picture.

    >>> theme("light").paint("conv").edge
    '#c2621b'
    """

    name: str
    paper: str
    ink: str
    quiet: str
    wire: str
    gain: str
    frames: tuple[str, str]
    frame_edge: str
    plain: Paint
    families: dict[str, Paint]

    def paint(self, family: str) -> Paint:
        """The colours of a family; the plain ones for a family it does not know."""
        return self.families.get(family, self.plain)

    def stroke(self, kind: str) -> str:
        """The colour of a wire of that kind."""
        return self.families[kind].edge if kind in MARKS else self.gain if kind == "gain" else self.wire


MARKS = ("added", "removed", "changed")      # kinds of wires that have the colour of the family of that name

# Hues of Okabe & Ito 2008, told apart with every kind of colour vision; the ink keeps a contrast of 4.5 on its fill.
LIGHT = Theme(
    name="light", paper="#ffffff", ink="#1b2430", quiet="#5b6675", wire="#6b7788", gain="#9a3d7a",
    frames=("#f7f8fa", "#eef1f5"), frame_edge="#d5dae2",
    plain=Paint("#f1f3f6", "#8a95a5", "#4a5565"),
    families={
        "input": Paint("#eef1f5", "#55617a", "#4a5568"),
        "dense": Paint("#e3eefa", "#2a6fb5", "#1f5a96"),
        "conv": Paint("#fdeee1", "#c2621b", "#9a4a0e"),
        "pool": Paint("#fbf4d5", "#a98600", "#755c00"),
        "norm": Paint("#e0f4ec", "#0d8a64", "#08684b"),
        "activation": Paint("#f9e9f2", "#b3578f", "#913c70"),
        "merge": Paint("#ffffff", "#3c4657", "#3c4657"),
        "reduce": Paint("#e1f3f8", "#2788a6", "#17657d"),
        "embedding": Paint("#ebe9fb", "#6857c0", "#5343a8"),
        "attention": Paint("#ebe9fb", "#6857c0", "#5343a8"),
        "recurrent": Paint("#e9f2da", "#65881f", "#4c6a10"),
        "arrange": Paint("#f1f3f6", "#8a95a5", "#4a5565"),
        "noise": Paint("#f6f0ea", "#7a5d42", "#6f5740"),
        "resize": Paint("#e9f2da", "#47630f", "#415a0e"),
        "gate": Paint("#fce8e5", "#d43a2a", "#98271b"),
        "slope": Paint("#f4e3f7", "#7d3596", "#6a2782"),
        "source": Paint("#e2e6f4", "#2b3a7a", "#2b3a7a"),
        "parameter": Paint("#e3eefa", "#2a6fb5", "#1f5a96"),
        "saved": Paint("#fdeee1", "#c2621b", "#9a4a0e"),
        "result": Paint("#e0f4ec", "#0d8a64", "#08684b"),
        "added": Paint("#e0f4ec", "#0d8a64", "#08684b"),
        "removed": Paint("#fce8e5", "#d43a2a", "#98271b"),
        "changed": Paint("#fbf0c8", "#b07d00", "#755200"),
        "same": Paint("#f4f5f7", "#a9b2bf", "#5b6675"),
    },
)

DARK = Theme(
    name="dark", paper="#12161d", ink="#eef2f7", quiet="#9aa7b8", wire="#8593a6", gain="#e29ac6",
    frames=("#181d26", "#1f2631"), frame_edge="#333d4c",
    plain=Paint("#232a35", "#738094", "#b7c2d0"),
    families={
        "input": Paint("#262e3a", "#9aa7b8", "#c3cdd9"),
        "dense": Paint("#15304b", "#5aa2e6", "#9cc9f5"),
        "conv": Paint("#43260f", "#ee9350", "#f7bd90"),
        "pool": Paint("#393005", "#d6b02c", "#ebd27c"),
        "norm": Paint("#0b3528", "#3dc196", "#88dfc3"),
        "activation": Paint("#3d2033", "#df86bb", "#eeb4d5"),
        "merge": Paint("#12161d", "#c3cdd9", "#c3cdd9"),
        "reduce": Paint("#0e3440", "#4cb6d6", "#95d6ea"),
        "embedding": Paint("#2a2450", "#9a8af0", "#c0b6f8"),
        "attention": Paint("#2a2450", "#9a8af0", "#c0b6f8"),
        "recurrent": Paint("#29350f", "#9cc044", "#c4dd88"),
        "arrange": Paint("#232a35", "#738094", "#b7c2d0"),
        "noise": Paint("#332a20", "#b59a7c", "#d8c4ad"),
        "resize": Paint("#29350f", "#cdf07a", "#c4dd88"),
        "gate": Paint("#461a15", "#ef7466", "#f8aba2"),
        "slope": Paint("#341640", "#b76fd0", "#d9a8ea"),
        "source": Paint("#1b2348", "#b9c5ff", "#b4c0f5"),
        "parameter": Paint("#15304b", "#5aa2e6", "#9cc9f5"),
        "saved": Paint("#43260f", "#ee9350", "#f7bd90"),
        "result": Paint("#0b3528", "#3dc196", "#88dfc3"),
        "added": Paint("#0b3528", "#3dc196", "#88dfc3"),
        "removed": Paint("#461a15", "#ef7466", "#f8aba2"),
        "changed": Paint("#3d3108", "#e0b32c", "#ebd27c"),
        "same": Paint("#1c222b", "#566173", "#9aa7b8"),
    },
)

THEMES = {"light": LIGHT, "dark": DARK}


def theme(name: str) -> Theme:
    """The theme of that name.

    Raises: DrawError when there is none.

    >>> theme("light").paper
    '#ffffff'
    """
    if not isinstance(name, str) or name not in THEMES:
        raise DrawError(f"There is no theme '{str(name)[:60]}'. {suggestion(name, THEMES)}")
    return THEMES[name]
