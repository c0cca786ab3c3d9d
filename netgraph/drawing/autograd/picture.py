"""A tape goes in; its picture comes out in as much detail as is read well: one box a layer or group, gradients as wires."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from netgraph.drawing.autograd.cards import flag_box, is_loss, result_box, unit_box, without_saved
from netgraph.drawing.autograd.repeats import with_calls_folded, with_frames_folded
from netgraph.drawing.autograd.tape import Function, Gradient, Saved, Tape
from netgraph.drawing.autograd.units import Unit, depth_of, units_of
from netgraph.drawing.autograd.words import bytes_text
from netgraph.drawing.composition.detail import MOST_BOXES, MOST_LAYERS, Depth, Fold
from netgraph.drawing.composition.folding import folded
from netgraph.drawing.composition.nesting import nested
from netgraph.drawing.composition.words import FAMILY_WORDS
from netgraph.drawing.text import clean, count_text
from netgraph.picture import WIRES, Box, Cluster, Picture, PictureWire
from netgraph.shape import Shape, shape_text
from netgraph.wording import SEPARATOR

SHOWN = ("shapes", "saved", "legend")
WORDS = {**FAMILY_WORDS, "source": "where gradients begin", "input": "gets a gradient, no parameter", "removed": "no gradient arrives",
         "same": "not trained", "saved": "saved from the forward pass"}
GRADIENTS = "gradients, from the loss back"


def detailed(tape: Tape, show: Collection[str] = ("shapes", "legend"), fold: Fold = "auto", depth: Depth = "auto") -> Picture:
    """The picture with groups deeper than `depth` shut and runs of equal pieces folded, or as many as are needed."""
    whole = picture_of(tape, show, None if depth == "auto" else depth)
    if depth != "auto" or fold != "auto" or len(whole.boxes) <= MOST_LAYERS:
        if fold is True or (fold == "auto" and len(whole.boxes) > MOST_LAYERS):
            return folded(with_frames_folded(whole))
        return with_calls_folded(whole) if fold else whole
    tried = []
    for picture in _attempts(tape, show, whole):
        if len(picture.boxes) <= MOST_BOXES:
            return picture
        tried.append(picture)
    return min(tried, key=lambda picture: len(picture.boxes))


def _attempts(tape: Tape, show: Collection[str], whole: Picture) -> Iterator[Picture]:
    """Pictures with less and less in them: equal frames and pieces folded, then those that differ in sizes only, then a depth less."""
    deepest = depth_of(tape)
    for depth in range(deepest, -1, -1):
        picture = with_frames_folded(whole if depth == deepest else picture_of(tape, show, depth))
        yield picture
        yield folded(picture)
        yield folded(picture, by_kind=True)


def picture_of(tape: Tape, show: Collection[str] = ("shapes", "legend"), depth: int | None = None) -> Picture:
    """The picture of a tape, groups deeper than `depth` as one card each."""
    units = units_of(tape, depth)
    losses = {number for unit in units if is_loss(unit) for number in unit.functions}
    results = [result_box(result, f"r{number}") for number, result in enumerate(tape.results) if result.function not in losses]
    boxes = [unit_box(tape, unit, f"b{number}") for number, unit in enumerate(units)]
    flags = [flag_box(flag, f"f{number}") for number, flag in enumerate(tape.flags)]
    wires = _wires(tape, units, "shapes" in show)
    everything = [*results, *boxes, *flags]
    legend = _legend(everything) if "legend" in show else ()
    clusters = nested((box.id, [(call.serial, clean(call.word)) for call in unit.around]) for unit, box in zip(units, boxes, strict=True))
    picture = Picture(clean(tape.title) or "net", caption(tape), tuple(everything), tuple(wires), clusters, legend)
    return _with_saved(picture, tape, units) if "saved" in show else picture


def caption(tape: Tape) -> str:
    """The totals: functions, parameters, and what is saved."""
    functions = sum(not function.is_leaf for function in tape.functions)
    count, saved = sum(tape.parameters.values()), tape.saved_bytes
    return SEPARATOR.join(part for part in (
        f"backward: {_counted(functions, 'function')}", f"{count_text(count)} parameter{'s' * (count != 1)}" if count else "",
        f"saves {bytes_text(saved)}" if saved else "") if part)


def _counted(count: int, word: str) -> str:
    return f"{count:,} {word}{'s' * (count != 1)}"


def _wires(tape: Tape, units: Sequence[Unit], with_shapes: bool) -> list[PictureWire]:
    """A wire for all gradients that one box hands another, the shape beside it where it changes."""
    home = {number: place for place, unit in enumerate(units) for number in unit.functions}
    wires = []
    arriving: dict[int, set[Shape | None]] = defaultdict(set)
    for number, result in enumerate(tape.results):
        arriving[home[result.function]].add(result.shape)
        if not is_loss(units[home[result.function]]):
            wires.append(PictureWire(f"r{number}", f"b{home[result.function]}"))
    for place, unit in enumerate(units):
        bundles: dict[int, list[tuple[Function, Gradient]]] = defaultdict(list)
        for number in unit.functions:
            function = tape.functions[number]
            for gradient in function.gradients:
                if home[gradient.target] != place:
                    bundles[home[gradient.target]].append((function, gradient))
        said: set[Shape | None] = set(arriving[place])
        streams: dict[str, int] = {}
        for target, bundle in sorted(bundles.items()):
            shapes = dict.fromkeys(gradient.shape for _, gradient in bundle)
            arriving[target] |= set(shapes)
            new = [shape for shape in shapes if shape is not None and shape not in said]
            said |= set(shapes)
            label = ", ".join(map(shape_text, new)) if with_shapes else ""
            stream = streams.setdefault(repr(list(shapes)), len(streams))
            wires.append(PictureWire(f"b{place}", f"b{target}", label, label_of_source=bool(label), outputs=(stream,), members=tuple(
                dict.fromkeys((function.member, tape.functions[gradient.target].member) for function, gradient in bundle))))
    return wires


def _with_saved(picture: Picture, tape: Tape, units: Sequence[Unit]) -> Picture:
    """Before each box a pill of what it keeps from the forward pass, and a dotted wire with its bytes."""
    kept = {f"b{place}": [saved for number in unit.functions for saved in tape.functions[number].saved if saved.bytes]
            for place, unit in enumerate(units)}
    pills, boxes, wires = dict[str, str](), list[Box](), list(picture.wires)
    for box in picture.boxes:
        if found := kept.get(box.id):
            pills[box.id] = f"{box.id}s"
            boxes.append(_saved_box(found, pills[box.id], box.title))
            wires.append(PictureWire(pills[box.id], box.id, bytes_text(sum(saved.bytes for saved in found)), "side"))
            box = replace(box, lines=without_saved(box.lines))
        boxes.append(box)
    legend = _legend(boxes) if picture.legend else ()
    return replace(picture, boxes=tuple(boxes), wires=tuple(wires), legend=legend,
                   clusters=tuple(_holding(cluster, pills) for cluster in picture.clusters))


def _saved_box(found: Sequence[Saved], id: str, reader: str) -> Box:
    one = found[0]
    title, lines = (clean(one.name), (shape_text(one.shape),)) if len(found) == 1 else (f"{len(found)} values", ())
    return Box(id, title, lines, "saved", "pill", tip=f"saved for {reader}", alike=f"saved {title} {lines}")


def _holding(cluster: Cluster, pills: Mapping[str, str]) -> Cluster:
    """The frame with the pills of the boxes in it."""
    boxes = tuple(id for box in cluster.boxes for id in (*((pills[box],) if box in pills else ()), box))
    return replace(cluster, boxes=boxes, clusters=tuple(_holding(inner, pills) for inner in cluster.clusters))


def _legend(boxes: Sequence[Box]) -> tuple[tuple[str, str], ...]:
    """The families in order of their coming, and what the arrows are."""
    families = dict.fromkeys(box.family for box in boxes if box.family)
    return ((WIRES, GRADIENTS), *((family, WORDS.get(family, family)) for family in families))
