"""SVG text with a title and a size comes in; a notebook's display and files of PNG, SVG or PDF go out."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

from netgraph.drawing.formats import raster
from netgraph.errors import DrawError
from netgraph.files import replacing

LARGEST_IN_NOTEBOOK = 4_000_000   # characters of SVG that a browser still shows without delay


class Figure(ABC):
    """Something drawn, that a notebook shows by itself and that is saved as PNG, SVG or PDF.

    A kind of figure says its `title`, its `width` and `height` in pixels, and its `svg()`. `WRITERS` holds for each suffix what
    writes it, given the figure and the dots an inch; a kind that can be written in more ways extends it.

    >>> import netgraph as ng
    >>> figure = ng.draw(ng.chain(3, 4, "tanh", 1))
    >>> isinstance(figure, Figure), list(Figure.WRITERS)
    (True, ['.png', '.svg', '.pdf'])
    """

    WRITERS: ClassVar[Mapping[str, Callable[[Any, float], bytes]]] = {
        ".png": lambda figure, dpi: figure.png(dpi=dpi),
        ".svg": lambda figure, dpi: figure.svg().encode(),
        ".pdf": lambda figure, dpi: figure.pdf(),
    }

    @property
    @abstractmethod
    def title(self) -> str:
        """What it is called.

        >>> import netgraph as ng
        >>> ng.draw(ng.chain(3, 1, name="small")).title
        'small'
        """

    @property
    @abstractmethod
    def width(self) -> int:
        """Pixels from left to right.

        >>> import netgraph as ng
        >>> ng.draw(ng.chain(3, 1)).width > 100
        True
        """

    @property
    @abstractmethod
    def height(self) -> int:
        """Pixels from top to bottom.

        >>> import netgraph as ng
        >>> ng.draw(ng.chain(3, 1)).height > 100
        True
        """

    @abstractmethod
    def svg(self) -> str:
        """The figure as SVG text.

        >>> import netgraph as ng
        >>> ng.draw(ng.chain(3, 4, 1)).svg().count("<svg")
        1
        """

    def png(self, *, dpi: float = 192) -> bytes:
        """The figure as PNG; 96 dpi is one pixel for each SVG pixel.

        Raises: DrawError unless dpi is a number from 1 to 10,000.

        >>> import netgraph as ng
        >>> ng.draw(ng.chain(3, 4, 1)).png(dpi=96)[1:4]
        b'PNG'
        """
        return raster.png(self.svg(), self.width, self.height, dpi)

    def pdf(self) -> bytes:
        """The figure as a PDF of one page, its text as text.

        >>> import netgraph as ng
        >>> ng.draw(ng.chain(3, 4, 1)).pdf()[:4]
        b'%PDF'
        """
        return raster.pdf(self.svg())

    def save(self, path: str | os.PathLike[str], *, dpi: float = 192) -> list[Path]:
        """Write the figure to a file of one of its suffixes and give the paths written; what stood there stays until the new file is whole.

        Raises: DrawError for another suffix, FileError when the file cannot be written.

        >>> import netgraph as ng
        >>> ng.draw(ng.chain(3, 4, 1)).save("net.jpeg")
        Traceback (most recent call last):
        netgraph.errors.DrawError: 'net.jpeg' does not say what to write. End it in .png, .svg, .pdf, .html, .dot, .mmd or .tex.
        """
        suffix = Path(path).suffix.lower() if isinstance(path, str | os.PathLike) else ""
        if suffix not in self.WRITERS:
            *most, last = self.WRITERS
            raise DrawError(f"'{str(path)[:120]}' does not say what to write. End it in {', '.join(most)} or {last}.")
        with replacing(path) as temporary:
            temporary.write_bytes(self.WRITERS[suffix](self, dpi))
        return [Path(path)]

    def _repr_svg_(self) -> str | None:
        return svg if len(svg := self.svg()) <= LARGEST_IN_NOTEBOOK else None

    def _repr_png_(self) -> bytes | None:
        # A notebook asks for both; pixels are only painted where the SVG would be too much for it.
        return self.png() if len(self.svg()) > LARGEST_IN_NOTEBOOK else None
