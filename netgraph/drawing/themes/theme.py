"""The name of a theme, or of a TOML file that describes one, goes in; its colours come out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from netgraph.drawing.themes.colours import colour
from netgraph.drawing.themes.hatching import HATCHES
from netgraph.drawing.themes.paint import Paint, Theme
from netgraph.drawing.themes.palettes import LIGHT, THEMES
from netgraph.errors import DrawError, shorten, suggestion
from netgraph.files import read_bytes

__all__ = ["THEMES", "Paint", "Theme", "theme"]

MOST_BYTES = 1 << 20
THICKEST = 10.0


def theme(name: str) -> Theme:
    """The theme of that name: "light", "dark", "print" or "colour-blind"; or that of a TOML file, whose path ends in .toml.

    The file overrides any of the roles of its `base`, which is "light" unless it says another:

        base = "dark"
        paper = "#101418"
        wire_width = 1
        [families.conv]
        fill = "navy"

    Raises: DrawError when there is no such theme, or a role or colour in the file is not one; FileError when it cannot be read.

    >>> theme("light").paper
    '#ffffff'
    """
    if isinstance(name, str | Path) and str(name).lower().endswith(".toml"):
        return _from_file(Path(name))
    if not isinstance(name, str) or name not in THEMES:
        raise DrawError(f"There is no theme {shorten(name)}. {suggestion(name, THEMES)}")
    return THEMES[name]


def _from_file(path: Path) -> Theme:
    given = _read(path)
    base = _base(given.pop("base", "light"), path)
    _check(given, [field.name for field in fields(Theme) if field.name != "name"], f"{path.name}:")
    plain = _paint(base.plain, given.pop("plain", {}), f"{path.name}: [plain]")
    families = _families(base, given.pop("families", {}), path)
    roles: dict[str, Any] = {role: _role(base, role, value, f"{path.name}: {role}") for role, value in given.items()}
    return replace(base, name=path.stem, plain=plain, families=families, **roles)


def _base(name: object, path: Path) -> Theme:
    if not isinstance(name, str) or name not in THEMES:
        raise DrawError(f"{path.name}: base is {shorten(name)}, but there is no such theme. {suggestion(name, THEMES)}")
    return THEMES[name]


def _read(path: Path) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(read_bytes(path, MOST_BYTES).decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DrawError(f"'{path}' is no file of TOML: {str(error)[:120]}. Write lines such as paper = \"#ffffff\".") from error


def _families(base: Theme, given: object, path: Path) -> dict[str, Paint]:
    tables = _check(given, LIGHT.families, f"{path.name}: [families]")
    return base.families | {family: _paint(base.paint(family), value, f"{path.name}: [families.{family}]")
                            for family, value in tables.items()}


def _paint(base: Paint, given: object, where: str) -> Paint:
    table = _check(given, [field.name for field in fields(Paint)], where)
    hatch = table.get("hatch", base.hatch)
    if hatch not in ("", *HATCHES):
        raise DrawError(f"{where} hatch is {shorten(hatch)}. Choose one of: {' '.join(HATCHES)}, or \"\" for none.")
    return replace(base, **{role: colour(value, f"{where} {role}") for role, value in table.items() if role != "hatch"}, hatch=hatch)


def _role(base: Theme, role: str, value: object, where: str) -> object:
    if role == "frames":
        if not isinstance(value, list) or len(value) != 2:
            raise DrawError(f"{where} takes the colours of frames and of frames in them, but got {shorten(value)}. Write a list of two.")
        return tuple(colour(part, where) for part in value)
    if isinstance(getattr(base, role), float):
        return width(value, where)
    return colour(value, where)


def width(value: object, where: str) -> float:
    """The width of a line in pixels, from 0 to 10.

    Raises: DrawError for anything else.

    >>> width(2, "wire_width")
    2.0
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= THICKEST:
        raise DrawError(f"{where} is {shorten(value)}. Give pixels from 0 to {THICKEST:g}.")
    return float(value)


def _check(given: object, known: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(given, Mapping):
        raise DrawError(f"{where} is {shorten(given)}, but takes roles with their values. Write a table of TOML.")
    for role in given:
        if role not in known:
            raise DrawError(f"{where} there is no role {shorten(role)} in a theme. {suggestion(role, known)}")
    return given
