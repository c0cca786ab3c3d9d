"""A unit of a tape goes in; its card comes out: the layer, its functions, the parameters that get a gradient, what it saves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from netgraph.drawing.autograd.flags import FROZEN
from netgraph.drawing.autograd.tape import Flag, Function, Grown, Result, Tape
from netgraph.drawing.autograd.units import Unit
from netgraph.drawing.autograd.words import GLYPHS, bytes_text, family_of
from netgraph.drawing.text import clean, count_text
from netgraph.picture import Box
from netgraph.shape import shape_text
from netgraph.wording import SEPARATOR

LOSS = "loss"
MOST_NAMES = 4       # of parameters that are listed on a card
MOST_FULL = 16       # parameters of a net that are called by their full names
MOST_FUNCTIONS = 3   # of a layer that are named
MOST_FLAGGED = 8     # names of what no gradient reaches
LONGEST = 38         # characters of the line that tells what a group holds
SAVES = "saves "
QUIET = ("arrange", "noise", "activation", "")      # families that say little of what a group does


def unit_box(tape: Tape, unit: Unit, id: str) -> Box:
    """The box of a unit; that of a loss says the shape of what it begins with."""
    functions = [tape.functions[number] for number in unit.functions]
    if functions[0].is_leaf:
        return _leaf_box(functions[0], id)
    grown = _grown(functions)
    saved = sum(saved.bytes for function in functions for saved in function.saved)
    title, family, said = _title(unit, functions)
    is_plain = unit.call is None or (unit.is_layer and unit.call.kind == functions[0].name)
    glyph = GLYPHS.get(functions[0].name, "") if is_plain and len(functions) == 1 and not grown else ""
    count = sum(parameter.count for parameter in grown)
    lines = _with_saved([*([] if glyph else said), *_parameter_lines(tape, unit, grown)], saved)
    places = {number: place for place, number in enumerate(unit.functions)}
    shape = [(function.name, tuple(places.get(gradient.target, -1) for gradient in function.gradients), len(function.parameters))
             for function in functions]
    members = [*(function.member for function in functions), *(parameter.node for parameter in grown if parameter.is_first)]
    inner = [(function.member, tape.functions[gradient.target].member) for function in functions for gradient in function.gradients
             if gradient.target in places]
    inner += [(function.member, parameter.node) for function in functions for parameter in function.parameters]
    begun = [shape_text(result.shape) for result in tape.results if is_loss(unit) and result.function in places]
    lines = (SEPARATOR.join((*lines, *begun)),) if len(lines) == 1 else (*lines, *begun)
    return Box(id, glyph or title, lines, family, "glyph" if glyph else "card", count_text(count) if count else "",
               _tip(unit, functions, grown, saved), tuple(members), is_output=bool(begun), alike=repr((said, shape, count, saved)),
               inner=tuple(dict.fromkeys(inner)), kind=repr((unit.call.kind if unit.call else title, shape)))


def _with_saved(lines: list[str], saved: int) -> tuple[str, ...]:
    """The lines, and the bytes that are saved, at the end of the last line where there is room."""
    if not saved:
        return tuple(lines)
    *before, last = lines or [""]
    told = f"{SAVES}{bytes_text(saved)}"
    joined = f"{last}{SEPARATOR}{told}" if last else told
    return (*before, joined) if len(joined) <= LONGEST else (*lines, told)


def without_saved(lines: tuple[str, ...]) -> tuple[str, ...]:
    """The lines of a card without the bytes that are saved.

    >>> without_saved(("Linear: addmm, t", "∂ weight · bias · saves 524 kB")), without_saved(("saves 20 B",))
    (('Linear: addmm, t', '∂ weight · bias'), ())
    """
    *before, last = lines or ("",)
    kept = last.partition(SAVES)[0].removesuffix(SEPARATOR)
    return (*before, *([kept] if kept else []))


def is_loss(unit: Unit) -> bool:
    """Whether a unit is what the loss function did, which needs no other box to begin at."""
    return unit.call is not None and not unit.around and unit.call.word == LOSS


def result_box(result: Result, id: str) -> Box:
    """The box of what the backward pass begins with."""
    return Box(id, clean(result.name), (shape_text(result.shape),), "source", "pill",
               tip=f"{clean(result.name)}: here the gradients begin", is_output=True)


def flag_box(flag: Flag, id: str) -> Box:
    """The box of what no gradient reaches."""
    names = [clean(name) for name in flag.names]
    more = [f"and {len(names) - MOST_FLAGGED:,} more"] if len(names) > MOST_FLAGGED + 1 else []
    return Box(id, flag.title, (*(names[:MOST_FLAGGED] if more else names), *more), "same" if flag.title == FROZEN else "removed",
               tip=f"{flag.title}, which no gradient reaches: {', '.join(names)}")


def _leaf_box(leaf: Function, id: str) -> Box:
    return Box(id, clean(leaf.name), (f"∂ {shape_text(leaf.shape)}",), "input", "pill",
               tip=f"{clean(leaf.name)}: a tensor that gets a gradient", members=(leaf.member,))


def _grown(functions: Iterable[Function]) -> list[Grown]:
    """The parameters that they give a gradient, each once."""
    found: dict[str, Grown] = {}
    for function in functions:
        for parameter in function.parameters:
            if parameter.is_first or parameter.name not in found:
                found[parameter.name] = parameter
    return sorted(found.values(), key=lambda parameter: parameter.rank)


def _title(unit: Unit, functions: list[Function]) -> tuple[str, str, list[str]]:
    """The title of a box, its family, and the line that says what it is."""
    names = list(dict.fromkeys(function.name for function in functions))
    if unit.call is None:
        family = family_of(names[0])
        return names[0], family, [SEPARATOR.join(names[1:])] if names[1:] else []
    kind = clean(unit.call.kind)
    if unit.is_layer:
        done = ", ".join(names) if len(names) <= MOST_FUNCTIONS else f"{len(functions)} functions"
        said = [f"{kind}: {done}" if kind.replace("_", " ") not in ("", done) else done]
        return clean(unit.call.word), unit.call.family or family_of(kind) or family_of(names[-1]), said
    count = len(_grown(functions))
    return clean(unit.call.word), _main_family(functions), [
        _contents(functions), f"{len(functions):,} functions{f'{SEPARATOR}∂ {count} parameters' if count else ''}"]


def _layers(functions: Iterable[Function]) -> list[tuple[str, str, int]]:
    """The kind, family and parameter count of each layer in a group; of functions that stand by themselves, theirs."""
    found: dict[object, tuple[str, str, int]] = {}
    for number, function in enumerate(functions):
        call = function.scope[-1] if function.is_layer else None
        kind = call.kind if call else function.name
        family = (call.family if call else "") or family_of(kind)
        key = call.serial if call else ("function", number)
        found[key] = kind, family, found.get(key, ("", "", 0))[2] + sum(parameter.count for parameter in function.parameters)
    return list(found.values())


def _main_family(functions: Iterable[Function]) -> str:
    weights: Counter[str] = Counter()
    for _, family, count in _layers(functions):
        weights[family] += 1 + 1000 * count
    return weights.most_common(1)[0][0]


def _contents(functions: Iterable[Function]) -> str:
    """What a group holds, most of all first: the layers with weights and those that join, counted."""
    layers = _layers(functions)
    loud = [layer for layer in layers if layer[1] not in QUIET or layer[2]] or layers
    counts = Counter(kind for kind, _, _ in loud)
    weights = {kind: sum(layer[2] for layer in loud if layer[0] == kind) for kind in counts}
    words = [f"{counts[kind]} {kind}" if counts[kind] > 1 else kind for kind in sorted(counts, key=lambda kind: -weights[kind])]
    shown = next(count for count in range(len(words), 0, -1) if count == 1 or len(SEPARATOR.join(words[:count])) <= LONGEST)
    return SEPARATOR.join([*words[:shown], *(["…"] if shown < len(words) else [])])


def _parameter_lines(tape: Tape, unit: Unit, grown: list[Grown]) -> list[str]:
    """Which parameters get their gradient here, by name where they are few; and to which something is added."""
    if unit.call is not None and not unit.is_layer:
        return []
    alone = [parameter.name for parameter in grown if parameter.name not in tape.shared]
    shared = [parameter.name for parameter in grown if parameter.name in tape.shared]
    is_full = len(tape.parameters) <= MOST_FULL
    return [f"{sign} {_listed(unit, names, is_full)}" for sign, names in (("∂", alone), ("adds to ∂", shared)) if names]


def _listed(unit: Unit, names: list[str], is_full: bool) -> str:
    """The names of a few parameters: without the groups that are framed around, and in a large net without the layer's own."""
    if len(names) > MOST_NAMES:
        return f"{len(names)} parameters"
    prefix = "".join(f"{call.word}." for call in unit.around)
    short = [name.removeprefix(prefix) for name in names]
    if unit.call is not None and not is_full:
        short = [name.removeprefix(f"{unit.call.word}.") for name in short]
        short = [field if owner.endswith(unit.call.word) else name for name in short for owner, _, field in [name.rpartition(".")]]
    return SEPARATOR.join(map(clean, short))


def _tip(unit: Unit, functions: list[Function], grown: list[Grown], saved: int) -> str:
    counts = Counter(function.name for function in functions)
    path = "/".join(call.word for call in (*unit.around, *([unit.call] if unit.call else [])))
    said = ", ".join(f"{count} {name}" if count > 1 else name for name, count in counts.most_common(12))
    kept = ", ".join(f"{saved.name} {shape_text(saved.shape)}" for function in functions for saved in function.saved[:4] if saved.bytes)
    return SEPARATOR.join(part for part in (
        f"{clean(path)}: {said}" if path else said,
        f"gradients of {', '.join(clean(parameter.name) for parameter in grown[:12])}" if grown else "",
        f"saves {saved:,} bytes: {kept[:200]}" if saved else "") if part)
