"""SVG text goes in; PNG or PDF bytes come out, set in the shipped font on every machine."""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from io import BytesIO
from math import sqrt

from netgraph.drawing.fallback import fonts_for
from netgraph.drawing.text import FONTS
from netgraph.errors import DrawError, DrawWarning

FACES = tuple(str(FONTS / f"Inter-{weight}.ttf") for weight in ("Regular", "Medium", "SemiBold"))
CSS_DPI = 96
PT_PER_PX = 72 / CSS_DPI
SIDES = re.compile(r'width="([\d.]+)" height="([\d.]+)" viewBox')
PIXELS = 40_000_000
SIDE = 16_000


def png(svg: str, width: float, height: float, dpi: float) -> bytes:
    """The PNG at `dpi` dots an inch, of 96 SVG pixels.

    Raises: DrawError when dpi is no positive number.
    """
    import resvg_py

    zoom = capped_zoom(width, height, dpi)
    return bytes(resvg_py.svg_to_bytes(
        svg_string=svg, width=max(1, round(width * zoom)), height=max(1, round(height * zoom)), skip_system_fonts=True,
        font_files=[*FACES, *fonts_for(svg)],
        # Without all of these, text of an unknown family vanishes.
        font_family="Inter", sans_serif_family="Inter", serif_family="Inter", monospace_family="Inter"))


def pdf(svg: str) -> bytes:
    """The PDF, its page as large as the SVG at 96 pixels to the inch; its text selectable, unless a font is in it that no PDF holds."""
    import svg2pdf_py

    fonts = svg2pdf_py.FontDatabase()
    for face in (*FACES, *fonts_for(svg)):
        fonts.load_font_file(face)
    sized = SIDES.sub(_in_points, svg, count=1)
    try:
        return bytes(svg2pdf_py.svg_to_pdf(sized, fonts))
    except RuntimeError:     # a font of coloured emoji cannot be embedded: all text is drawn then
        return bytes(svg2pdf_py.svg_to_pdf(sized, fonts, svg2pdf_py.ConversionOptions(embed_text=False)))


def _in_points(sides: re.Match[str]) -> str:
    # The converter takes a pixel for a point.
    width, height = (float(side) * PT_PER_PX for side in sides.groups())
    return f'width="{width:.2f}" height="{height:.2f}" viewBox'


def bound(pages: Sequence[bytes]) -> bytes:
    """One PDF of several; its own where there is one."""
    if len(pages) == 1:
        return pages[0]
    from pypdf import PdfWriter

    writer, content = PdfWriter(), BytesIO()
    for page in pages:
        writer.append(BytesIO(page))
    writer.compress_identical_objects()
    writer.write(content)
    return content.getvalue()


def capped_zoom(width: float, height: float, dpi: float) -> float:
    """Pixels for each SVG pixel, held to 40 million pixels and 16,000 a side; a warning says so.

    >>> capped_zoom(400, 300, dpi=192)
    2.0
    """
    if isinstance(dpi, bool) or not isinstance(dpi, int | float) or not 1 <= dpi <= 10_000:
        raise DrawError(f"dpi is a number from 1 to 10,000, but got {str(dpi)[:40]}. Leave it out for 192.")
    zoom = dpi / CSS_DPI
    most = min(sqrt(PIXELS / (width * height)), SIDE / max(width, height))
    if zoom <= most:
        return zoom
    warnings.warn(f"At {dpi:g} dpi this picture would have {width * zoom:,.0f} × {height * zoom:,.0f} pixels; it was drawn at "
                  f"{most * CSS_DPI:.0f} dpi. Save it as .svg or .pdf to keep every detail, or give a lower dpi.",
                  DrawWarning, stacklevel=4)
    return most
