"""What a layout is: places for boxes, curves for wires and frames for clusters, in pixels from the top left. Data only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

Point = tuple[float, float]


@dataclass(frozen=True)
class Place:
    """An upright rectangle.

    >>> Place(0, 0, 10, 4).centre
    (5.0, 2.0)
    """

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height

    @property
    def centre(self) -> Point:
        return self.x + self.width / 2, self.y + self.height / 2

    def moved(self, dx: float, dy: float) -> Place:
        """The same rectangle elsewhere."""
        return Place(self.x + dx, self.y + dy, self.width, self.height)

    def turned(self) -> Place:
        """Rows become columns: x and y change places."""
        return Place(self.y, self.x, self.height, self.width)

    def overlaps(self, other: Place, gap: float = 0) -> bool:
        """Whether the two come nearer than `gap`.

        >>> Place(0, 0, 10, 10).overlaps(Place(12, 0, 10, 10)), Place(0, 0, 10, 10).overlaps(Place(12, 0, 10, 10), gap=4)
        (False, True)
        """
        return (self.x < other.right + gap and other.x < self.right + gap
                and self.y < other.bottom + gap and other.y < self.bottom + gap)


@dataclass(frozen=True)
class Route:
    """The way of a wire: cubic Bézier curves one after the other (1 + 3n points), and the place of its label."""

    points: tuple[Point, ...]
    label: Place | None = None

    def moved(self, dx: float, dy: float) -> Route:
        """The same curve elsewhere."""
        return Route(tuple((x + dx, y + dy) for x, y in self.points), self.label and self.label.moved(dx, dy))

    def turned(self) -> Route:
        """Rows become columns."""
        return Route(tuple((y, x) for x, y in self.points), self.label and self.label.turned())


@dataclass(frozen=True)
class Frame:
    """The frame of a cluster: its title, its place, how many frames are around it, and the mark that says how many it stands for."""

    title: str
    place: Place
    depth: int = 0
    mark: str = ""

    @property
    def name(self) -> str:
        """Its title and its mark in one line."""
        return " ".join(part for part in (self.title, self.mark) if part)

    def moved(self, dx: float, dy: float) -> Frame:
        """The same frame elsewhere."""
        return replace(self, place=self.place.moved(dx, dy))

    def turned(self) -> Frame:
        """Rows become columns."""
        return replace(self, place=self.place.turned())


@dataclass(frozen=True)
class Layout:
    """A picture's geometry: a place for each box id, a route for each wire in order, frames from the outside in."""

    width: float
    height: float
    boxes: Mapping[str, Place] = field(default_factory=dict)
    routes: tuple[Route, ...] = ()
    frames: tuple[Frame, ...] = ()

    @property
    def bounds(self) -> Place:
        """The least rectangle around all that is placed."""
        places = [*self.boxes.values(), *(frame.place for frame in self.frames), *(route.label for route in self.routes if route.label)]
        points = [point for route in self.routes for point in route.points]
        points += [corner for place in places for corner in ((place.x, place.y), (place.right, place.bottom))]
        xs, ys = [x for x, _ in points] or [0.0], [y for _, y in points] or [0.0]
        return Place(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))

    def moved(self, dx: float, dy: float) -> Layout:
        """The same geometry elsewhere, on a sheet of the same size."""
        return Layout(self.width, self.height, {id: place.moved(dx, dy) for id, place in self.boxes.items()},
                      tuple(route.moved(dx, dy) for route in self.routes), tuple(frame.moved(dx, dy) for frame in self.frames))

    def turned(self) -> Layout:
        """Rows become columns."""
        return Layout(self.height, self.width, {id: place.turned() for id, place in self.boxes.items()},
                      tuple(route.turned() for route in self.routes), tuple(frame.turned() for frame in self.frames))
