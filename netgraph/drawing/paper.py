"""The name of a paper size goes in; its width and height in pixels come out, and whether a sheet can be read on it."""

from __future__ import annotations

from collections.abc import Sequence

from netgraph.drawing.sheet import Sheet
from netgraph.errors import DrawError, shorten, suggestion

PX_PER_MM = 96 / 25.4
PT_PER_PX = 72 / 96
SIZES_MM = {"a2": (420, 594), "a3": (297, 420), "a4": (210, 297), "a5": (148, 210),
            "letter": (215.9, 279.4), "legal": (215.9, 355.6), "tabloid": (279.4, 431.8)}
WHOLE = "whole"        # one page, as large as the picture needs
LEAST_MM, MOST_MM = 80, 2000
EDGE_MM = 5.0          # of the paper that stay free, besides the margin of the sheet
LEAST_PT = 7.0         # the height of type that can be read without effort

Size = tuple[float, float]


def paper_size(page: object) -> Size:
    """Width and height of a paper in pixels, upright: "a4", "letter", ... or a pair of millimetres.

    Raises: DrawError for another word, or a pair that is no paper.

    >>> [round(side) for side in paper_size("a4")]
    [794, 1123]
    """
    if isinstance(page, str):
        if page.lower() not in SIZES_MM:
            raise DrawError(f"There is no paper {shorten(page)}. {suggestion(page, [*SIZES_MM, WHOLE])}")
        sides: Sequence[float] = SIZES_MM[page.lower()]
    else:
        sides = _checked(page)
    return PX_PER_MM * sides[0], PX_PER_MM * sides[1]


def _checked(page: object) -> Sequence[float]:
    sides = page if isinstance(page, tuple | list) else ()
    numbers = [side for side in sides if isinstance(side, int | float) and not isinstance(side, bool) and LEAST_MM <= side <= MOST_MM]
    if len(sides) != 2 or len(numbers) != 2:
        raise DrawError(f"page is {shorten(page)}, which is no paper. Write page=\"a4\", or (width, height) in millimetres "
                        f"from {LEAST_MM} to {MOST_MM:,}.")
    return numbers


def zoom_on(paper: Size, width: float, height: float) -> float:
    """How much a sheet of that size shrinks on the paper; 1 where it fits.

    >>> round(zoom_on((794, 1123), 1512.3, 300), 2)
    0.5
    """
    free = 2 * EDGE_MM * PX_PER_MM
    return min(1.0, (paper[0] - free) / width, (paper[1] - free) / height)


def smallest_pt(sheet: Sheet, zoom: float = 1.0) -> float:
    """Points of the smallest type on a sheet."""
    cards = (text.size for card in sheet.cards.values() for text in card.texts)
    beside = (text.size for text in (*sheet.labels, *sheet.frame_titles, *sheet.frame_marks, *sheet.headings) if text)
    return min([*cards, *beside, *(text.size for _, _, text in sheet.legend)], default=LEAST_PT) * PT_PER_PX * zoom


def is_legible(sheet: Sheet, paper: Size) -> bool:
    """Whether the sheet's smallest type has 7 points on the paper."""
    return smallest_pt(sheet, zoom_on(paper, sheet.width, sheet.height)) >= LEAST_PT - 1e-6
