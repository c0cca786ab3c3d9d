"""A picture and an overlay go in; the picture comes out with each box in the colour of its number, and the theme with these colours."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import accumulate

from netgraph.drawing.themes.paint import Paint, Theme
from netgraph.drawing.themes.ramp import Ramp
from netgraph.errors import DrawError, shorten
from netgraph.overlay import Overlay
from netgraph.picture import Box, Picture
from netgraph.plan import Plan
from netgraph.weights import NodeId, PartId
from netgraph.wording import SEPARATOR

CLASSES = 6          # of numbers that have a colour of their own, at most: so many shades of one hue are told apart
ROUND = (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)     # what the width of a class begins with
GAMMA = 1.4
LIGHTEST = 0.1       # where all numbers are 0
UNITS = {"s": ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs")), "B": ((2.0**30, "GiB"), (2.0**20, "MiB"), (2.0**10, "KiB"), (1.0, "bytes")),
         "%": ((0.01, "%"),)}


def require_overlay(given: object, plan: Plan) -> Overlay:
    """What was given as an overlay: one, or a dict from ids of nodes to numbers. That of a torch module goes to the nodes it became.

    Raises: DrawError for what is neither, for a dict with an id that no node has or a value that is no number, and for the overlay of
    another net.

    >>> import netgraph as ng
    >>> require_overlay({"x": 1}, ng.infer(ng.chain(3, 2))).values
    {'x': 1.0}
    """
    if isinstance(given, Overlay):
        return _of_modules(given, plan)
    if not isinstance(given, Mapping):
        raise DrawError(f"overlay is {shorten(given)}, but takes a dict from ids to numbers, or what a profile gives. "
                        "Write overlay={'h': 0.5}, or overlay=ng.profile(net, x).time.")
    for node, value in given.items():
        if node not in plan.layers:
            raise DrawError(f"The overlay has a number for {shorten(node)}, but the net has no such node. Leave it out.")
        if isinstance(value, bool) or (not isinstance(value, int | float) and not hasattr(value, "__float__")):
            raise DrawError(f"The overlay has {shorten(value)} for {shorten(node)}, which is no number. Give one.")
    return Overlay({node: float(value) for node, value in given.items()}, "overlay")


def _of_modules(overlay: Overlay, plan: Plan) -> Overlay:
    """The overlay with ids in place of the paths of modules: a node has what its module has, and all modules in that.

    What a module has that became several nodes is the first one's.
    """
    strange = [node for node in overlay.values if (node[0] if isinstance(node, PartId) else node) not in plan.layers]
    if not strange:
        return overlay
    owners: dict[str, NodeId] = {}
    for layer in plan:
        for path in accumulate((*layer.group, str(layer.id if layer.label is None else layer.label)), "{}.{}".format):
            owners.setdefault(path, layer.id)
    found: dict[NodeId, list[float]] = {}
    for path in map(str, strange):
        places = [place for place in accumulate(path.split("."), "{}.{}".format) if place in owners]
        if places:
            found.setdefault(owners[places[-1]], []).append(overlay.values[path])
    if not found and len(strange) == len(overlay.values):
        raise DrawError(f"The overlay has a number for {shorten(strange[0])}, but no node of the net is called so or was made of such a "
                        "module. Profile the net that is drawn.")
    kept = {node: value for node, value in overlay.values.items() if node not in set(strange)}
    return replace(overlay, values=kept | {node: replace(overlay, values=dict(enumerate(numbers))).of(range(len(numbers))) or 0.0
                                           for node, numbers in found.items() if node not in kept})


@dataclass(frozen=True)
class Scale:
    """Classes of numbers of equal width, and the unit that they are written in. Of `signed` ones half lie below 0.

    >>> scale = Scale(5.3, False, "s")
    >>> scale.count, scale.place(5.3), scale.range_text(0), scale.text(0.5)
    (6, 5, '0 to 1 s', '0.5 s')
    """

    most: float
    signed: bool
    unit: str

    @property
    def step(self) -> float:
        """The width of a class: a round number, of which few enough reach to the largest number."""
        size, _ = self._written
        wanted = self.most / size / (CLASSES // 2 if self.signed else CLASSES)
        if not wanted > 0:
            return size
        power = 10.0 ** math.floor(math.log10(wanted))
        return size * power * next(round for round in ROUND if wanted <= round * power * (1 + 1e-9))

    @property
    def count(self) -> int:
        """The classes."""
        half = max(1, math.ceil(self.most / self.step - 1e-9))
        return 2 * half if self.signed else half

    @property
    def least(self) -> float:
        """Where the first class begins."""
        return -self.step * self.count / 2 if self.signed else 0.0

    def place(self, value: float) -> int:
        """The class of a number; the last one for what is none."""
        if not math.isfinite(value):
            return self.count - 1
        return max(0, min(int((value - self.least) / self.step), self.count - 1))

    def text(self, value: float) -> str:
        """A number as it is read."""
        size, word = self._written
        return f"{_digits(value / size)} {word}".strip()

    def range_text(self, place: int) -> str:
        """The bounds of a class as they are read."""
        size, word = self._written
        low, high = (_digits((self.least + self.step * at) / size) for at in (place, place + 1))
        return f"{low} to {high} {word}".strip()

    def depth(self, place: int) -> float:
        """How deep the colour of a class is, from -1 to 1; those in the middle are light, so that text on them is read."""
        if not self.most:
            return LIGHTEST
        half = self.count // 2 if self.signed else 0
        steps = place - half + 1 if place >= half else place - half
        return math.copysign((abs(steps) / (half or self.count))**GAMMA, steps)

    @property
    def _written(self) -> tuple[float, str]:
        """The size and the name of the unit that suits the largest number."""
        units = UNITS.get(self.unit, ((1.0, self.unit),))
        return next((unit for unit in units if self.most >= unit[0]), units[-1])


def _digits(value: float) -> str:
    """Three digits, and no power of ten where a number can do without.

    >>> _digits(1234.5), _digits(0.12345), _digits(-1.2e-7)
    ('1,234', '0.123', '−1.2e−07')
    """
    text = f"{value:,.0f}" if 1000 <= abs(value) < 1e6 else f"{value:.3g}"
    return text.replace("-", "−")


def overlaid(picture: Picture, overlay: Overlay, theme: Theme) -> tuple[Picture, Theme]:
    """The picture with the numbers on its cards, a legend of the colours, and the theme that has them. Boxes without a number are plain.

    >>> import netgraph as ng
    >>> drawing = ng.draw(ng.chain(3, 4, 2), overlay=ng.Overlay({"dense1": 0.002, "dense2": 0.001}, "time", "s"))
    >>> drawing.picture.caption, [box.lines[-1] for box in drawing.picture.boxes]
    ('time: 3 ms in all', ['input 3', '2 ms', '1 ms'])
    """
    numbers = {box.id: value for box in picture.boxes if (value := overlay.of(box.members)) is not None}
    finite = [value for value in numbers.values() if math.isfinite(value)]
    scale = Scale(max(map(abs, finite), default=0.0), min(finite, default=0.0) < 0, overlay.unit)
    boxes = tuple(_painted(box, numbers.get(box.id), scale, overlay) for box in picture.boxes)
    legend = tuple((_family(place), scale.range_text(place)) for place in range(scale.count)) if numbers else ()
    caption = f"{overlay.title}: {scale.text(math.fsum(finite))} in all" if overlay.together == "sum" and finite else overlay.title
    return replace(picture, boxes=boxes, legend=legend, caption=caption), _with_scale(theme, scale)


def _family(place: int) -> str:
    return f"scale {place}"


def _painted(box: Box, value: float | None, scale: Scale, overlay: Overlay) -> Box:
    if value is None:
        return replace(box, family="")
    said = scale.text(value) + (" in all" if len(box.members) > 1 and overlay.together == "sum" else "")
    lines = (SEPARATOR.join((*box.lines, said)),) if box.form == "glyph" else (*box.lines, said)
    return replace(box, family=_family(scale.place(value)), lines=lines, tip=f"{box.tip}; {overlay.title}: {said}")


def _with_scale(theme: Theme, scale: Scale) -> Theme:
    """The theme with a family for each class: from the paper to one full hue, or to two where there are numbers below 0."""
    ramp = Ramp(theme, 1.0)
    fills = [ramp.shade(scale.depth(place)) if scale.signed else ramp.colour(scale.depth(place)) for place in range(scale.count)]
    paints = {_family(place): Paint(fill, theme.plain.edge, theme.title_on(fill)) for place, fill in enumerate(fills)}
    return replace(theme, name=f"{theme.name} overlay", families={**theme.families, **paints})
