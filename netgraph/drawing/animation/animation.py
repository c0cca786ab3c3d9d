"""A compiled net, one sample and its target come in; the animation of its forward and backward pass goes out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import ceil
from typing import Any, ClassVar

import numpy as np

from netgraph.drawing.animation.frames import Scene, scene_of
from netgraph.drawing.animation.gif import gif
from netgraph.drawing.composition.cards import caption
from netgraph.drawing.figure import Figure
from netgraph.drawing.formats import raster
from netgraph.drawing.formats.svg import FAMILY
from netgraph.drawing.marks import Mark, Words, around_all, safe
from netgraph.drawing.neurons.links import require_units
from netgraph.drawing.placement import Place
from netgraph.drawing.text import clean
from netgraph.drawing.themes.theme import Theme, theme as theme_named
from netgraph.errors import DrawError, shorten
from netgraph.fields import whole_number
from netgraph.picture import Box, Picture
from netgraph.shape import Shape
from netgraph.trace import Trace

MARGIN = 24
HEAD = 52                # pixels of the title block
ZOOM = 1.5               # so that the numbers in the circles can be read
SECONDS = 2.0            # that a frame is shown
MOST_FRAMES = 60


class Animation(Figure):
    """A pass through a net, step by step. As SVG it plays in a browser, as GIF anywhere; as PNG or PDF it is its first frame.

    `picture` has a box for each frame; `trace` holds the numbers that are shown.

    >>> import netgraph as ng
    >>> animation = ng.animate(ng.compile(ng.chain(2, 2, "tanh", 1)), [1, 0], [1], loss="mse")
    >>> [box.title for box in animation.picture.boxes][:2]
    ['One sample flows in', 'Forward 1 of 2: dense1 = tanh(W x + b)']
    """

    WRITERS: ClassVar = {**Figure.WRITERS, ".gif": lambda animation, dpi: animation.gif(dpi=dpi)}

    def __init__(self, trace: Trace, scene: Scene, theme: Theme, seconds: float) -> None:
        self.trace, self.scene, self.theme, self.seconds = trace, scene, theme, seconds
        boxes = tuple(Box(f"f{at}", one.step.heading, (one.step.worked,), form="panel", members=(at,))
                      for at, one in enumerate(scene.frames))
        self.picture = Picture(clean(trace.plan.name) or "net", caption(trace.plan), boxes)
        moving = (mark for one in scene.frames for mark in (*one.below, *one.above))
        body = around_all(mark.place for mark in (*scene.ground, *scene.circles, *moving))
        self._page = Place(body.x - MARGIN, body.y - MARGIN - HEAD, body.width + 2 * MARGIN, body.height + 2 * MARGIN + HEAD)

    @property
    def title(self) -> str:
        """The name of the net.

        >>> import netgraph as ng
        >>> ng.animate(ng.compile(ng.chain(2, 1, name="small")), [1, 0], [1], loss="mse").title
        'small'
        """
        return self.picture.title

    @property
    def width(self) -> int:
        """Pixels from left to right.

        >>> import netgraph as ng
        >>> ng.animate(ng.compile(ng.chain(2, 1, name="small")), [1, 0], [1], loss="mse").width > 100
        True
        """
        return ceil(self._page.width * ZOOM)

    @property
    def height(self) -> int:
        """Pixels from top to bottom.

        >>> import netgraph as ng
        >>> ng.animate(ng.compile(ng.chain(2, 1, name="small")), [1, 0], [1], loss="mse").height > 100
        True
        """
        return ceil(self._page.height * ZOOM)

    def svg(self) -> str:
        """The animation as SVG that plays by itself; readers who asked for less motion, and viewers that know none, see the first frame.

        >>> import netgraph as ng
        >>> animation = ng.animate(ng.compile(ng.chain(2, 1)), [1, 0], [1], loss="mse")
        >>> animation.svg().count("@keyframes")
        1
        """
        return self._svg(range(len(self.scene.frames)))

    def frame_svg(self, frame: int) -> str:
        """One frame by itself as SVG, counted from 0.

        >>> import netgraph as ng
        >>> animation = ng.animate(ng.compile(ng.chain(2, 1)), [1, 0], [1], loss="mse")
        >>> "Loss: mse" in animation.frame_svg(2)
        True
        """
        return self._svg([frame])

    def png(self, *, dpi: float = 192) -> bytes:
        """The first frame as PNG.

        >>> import netgraph as ng
        >>> ng.animate(ng.compile(ng.chain(2, 1, name="small")), [1, 0], [1], loss="mse").png(dpi=48)[1:4]
        b'PNG'
        """
        return raster.png(self.frame_svg(0), self.width, self.height, dpi)

    def gif(self, *, dpi: float = 192) -> bytes:
        """All frames as an animated GIF.

        Raises: DrawError where Pillow, the extra `animation`, is not installed.

        >>> import netgraph as ng
        >>> ng.animate(ng.compile(ng.chain(2, 1)), [1, 0], [1], loss="mse").gif(dpi=24)[:6]
        b'GIF89a'
        """
        frames = range(len(self.scene.frames))
        return gif([raster.png(self.frame_svg(at), self.width, self.height, dpi) for at in frames], self.seconds)

    def _svg(self, frames: Sequence[int]) -> str:
        page, theme, scene = self._page, self.theme, self.scene
        box = f"{page.x:.2f} {page.y:.2f} {page.width:.2f} {page.height:.2f}"
        told = ". ".join(scene.frames[at].step.heading for at in frames)
        return "\n".join([
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{self.width}" height="{self.height}" viewBox="{box}" role="img" '
            f'font-family="{FAMILY}">',
            f"<title>{safe(self.title)}</title><desc>{safe(told)}</desc>",
            *([self._style(len(frames))] if len(frames) > 1 else []),
            f'<rect x="{page.x:.2f}" y="{page.y:.2f}" width="{page.width:.2f}" height="{page.height:.2f}" fill="{theme.paper}"/>',
            *(mark.svg() for mark in (*self._headings(), *scene.ground)),
            *(line for place, at in enumerate(frames) for line in self._group(scene.frames[at].below, place)),
            *(mark.svg() for mark in scene.circles),
            *(line for place, at in enumerate(frames) for line in self._group(scene.frames[at].above, place)),
            "</svg>", ""])

    def _style(self, count: int) -> str:
        share = 100 / count
        return (f"<style>@keyframes turn {{ 0% {{ visibility: visible }} {share:.4f}%, 100% {{ visibility: hidden }} }} "
                f".frame {{ animation: turn {count * self.seconds:g}s step-end infinite }} "
                "@media (prefers-reduced-motion: reduce) { .frame { animation: none } }</style>")

    def _group(self, marks: Sequence[Mark], place: int) -> Iterator[str]:
        seen = "hidden" if place else "visible"
        yield f'<g class="frame" visibility="{seen}" style="animation-delay: {place * self.seconds:g}s">'
        yield from (mark.svg() for mark in marks)
        yield "</g>"

    def _headings(self) -> list[Mark]:
        x, y = self._page.x + MARGIN, self._page.y + MARGIN
        return [Words(self.title, x, y + 14, 18, self.theme.ink, "SemiBold"), Words(self.picture.caption, x, y + 32, 11, self.theme.quiet)]

    def __repr__(self) -> str:
        return f"<Animation {self.title!r}: {len(self.scene.frames)} frames of {self.seconds:g} s>"


def animate(net: Any, x: Any, y: Any, *, loss: Any, most: int = 8, seconds: float = SECONDS, theme: str = "light") -> Animation:
    """The animation of one forward and backward pass of a small net, with the numbers that it computes.

    `net` is a compiled net, `x` one sample of its input and `y` its target, with or without a first axis of size 1; `loss` as in
    `net.fit`. Of a layer of more than `most` units the first and last are drawn; each frame stands for some `seconds`.

    Raises: DrawError for what is no NumPy net, for more than one sample, and for layers that are not made of single units.

    >>> import netgraph as ng
    >>> animation = ng.animate(ng.compile(ng.chain(3, 4, "tanh", 1, "sigmoid")), [1, 0, 1], [1], loss="bce")
    >>> len(animation.picture.boxes)       # the start, 2 layers forward, the loss, 2 layers backward
    6
    """
    most = whole_number("most", most, 2)
    if not callable(getattr(net, "trace", None)) or not hasattr(net, "layers"):
        raise DrawError(f"animate takes a compiled NumPy net, but got {type(net).__name__}. "
                        "Write ng.animate(ng.compile(G), x, y, loss=...).")
    if not isinstance(seconds, int | float) or isinstance(seconds, bool) or not 0.05 <= seconds <= 60:
        raise DrawError(f"seconds is a number from 0.05 to 60, but got {shorten(seconds)}. Leave it out for 2.")
    require_units(net.layers)
    plan = net.layers
    trace = net.trace(_batch_of_one(x, plan[plan.inputs[0]].shape), _batch_of_one(y, plan[plan.outputs[0]].shape), loss=loss)
    if (count := len(next(iter(trace.values.values())))) != 1:
        raise DrawError(f"An animation follows one sample, but x has {count:,}. Give one, such as x[:1] and y[:1].")
    scene = scene_of(trace, most, theme_named(theme))
    if len(scene.frames) > MOST_FRAMES:
        raise DrawError(f"The pass takes {len(scene.frames):,} steps, and an animation shows at most {MOST_FRAMES}. Animate a smaller net.")
    return Animation(trace, scene, theme_named(theme), float(seconds))


def _batch_of_one(thing: Any, shape: Shape) -> Any:
    """A sample of a shape gets a first axis if it has none yet; several inputs or targets are handed on as they are."""
    if isinstance(thing, Mapping | tuple):
        return thing
    array = np.asarray(thing)
    is_batch = array.ndim > len(shape) or (array.shape == (1,) and tuple(shape) != (1,))     # one class out of several
    return array if is_batch else array[None]
