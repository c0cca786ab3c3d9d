"""Text goes in; fonts of this machine that have what the shipped font lacks come out, and a warning where there is none."""

from __future__ import annotations

import os
import struct
import sys
import warnings
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from netgraph.drawing.text import foreign
from netgraph.errors import DrawWarning

FOLDERS = {
    "win32": (Path(os.environ.get("WINDIR", "C:/Windows")) / "Fonts",),
    "darwin": (Path("/System/Library/Fonts"), Path("/Library/Fonts"), Path.home() / "Library/Fonts"),
}.get(sys.platform, (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".local/share/fonts"))
PACKAGES = ("cvttf_NotoSansCJK_Regular",)
MOST_FILES = 2000
# Fonts that are known to hold many scripts are looked at first.
KNOWN = ("cjk", "msyh", "pingfang", "hiragino", "yugoth", "meiryo", "malgun", "simsun", "wqy", "droidsansfallback",
         "unifont", "arialuni", "dejavusans.", "notosans-", "notosansarabic", "notoemoji", "segoeui", "seguiemj", "symbola")


def fonts_for(text: str) -> list[str]:
    """Font files that together have the characters Inter lacks. Warns of those that no font here has."""
    missing = {ord(c) for c in foreign(text) if c not in "\n\t"}
    chosen: list[str] = []
    for path in _font_files() if missing else ():
        found = {code for code in missing if any(low <= code <= high for low, high in _ranges(path))}
        if found:
            chosen.append(path)
            missing -= found
        if not missing:
            break
    if missing:
        sample = " ".join(chr(code) for code in sorted(missing)[:8])
        warnings.warn(f"No font on this machine shows {sample}{' …' if len(missing) > 8 else ''}. Install one that does, such as "
                      "Noto Emoji, for Chinese, Japanese and Korean by pip install 'netgraph-nn[cjk]'; or save the picture as .svg and "
                      "open it where such a font is.", DrawWarning, stacklevel=5)
    return chosen


@cache
def _font_files() -> tuple[str, ...]:
    found: list[str] = []
    for folder in (*FOLDERS, *_packages()):
        for place, _, files in os.walk(folder):
            found += [os.path.join(place, file) for file in sorted(files) if file.lower().endswith((".ttf", ".otf", ".ttc"))]
            if len(found) > MOST_FILES:
                break

    def rank(path: str) -> tuple[int, bool, str]:
        name = os.path.basename(path).lower()
        return next((at for at, word in enumerate(KNOWN) if word in name), len(KNOWN)), "regular" not in name, path

    return tuple(sorted(found, key=rank))


def _packages() -> list[Path]:
    """The folders of fonts that are installed as Python packages: netgraph's extra "cjk"."""
    specs = [find_spec(name) for name in PACKAGES]
    return [Path(folder) for spec in specs if spec for folder in spec.submodule_search_locations or ()]


@cache
def _ranges(path: str) -> tuple[tuple[int, int], ...]:
    """The ranges of characters that a font has, read from its cmap; none for a file that is broken."""
    try:
        with open(path, "rb") as file:
            start = file.read(16)
            offset = struct.unpack_from(">I", start, 12)[0] if start[:4] == b"ttcf" else 0
            file.seek(offset)
            (count,) = struct.unpack(">4xH6x", file.read(12))
            tables = {tag: place for tag, *place in struct.iter_unpack(">4s4xII", file.read(16 * count))}
            at, length = tables.get(b"cmap", (0, 0))
            file.seek(at)
            return tuple(_cmap_ranges(file.read(length)))
    except (OSError, struct.error):
        return ()    # a font that cannot be read, or has no cmap, has nothing to give


def _cmap_ranges(cmap: bytes) -> Iterator[tuple[int, int]]:
    (count,) = struct.unpack_from(">2xH", cmap)
    offsets = {struct.unpack_from(">4xI", cmap, 4 + 8 * number)[0] for number in range(count)}
    for offset in offsets:
        (kind,) = struct.unpack_from(">H", cmap, offset)
        if kind == 4:
            (twice,) = struct.unpack_from(">H", cmap, offset + 6)
            ends = struct.unpack_from(f">{twice // 2}H", cmap, offset + 14)
            starts = struct.unpack_from(f">{twice // 2}H", cmap, offset + 16 + twice)
            yield from ((low, high) for low, high in zip(starts, ends, strict=True) if low != 0xFFFF)
        elif kind == 12:
            (groups,) = struct.unpack_from(">I", cmap, offset + 12)
            yield from ((low, high) for low, high, _ in struct.iter_unpack(">III", cmap[offset + 16:offset + 16 + 12 * groups]))
