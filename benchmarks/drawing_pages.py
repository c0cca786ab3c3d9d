"""PNGs of the works by several tools go in; one page a work comes out, each picture scaled to the same sheet of A4.

    python benchmarks/drawing.py --peers --keep pictures
    python benchmarks/drawing_pages.py pictures docs/peers
"""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent)]
from drawing_works import WORKS  # noqa: E402

import netgraph.drawing  # noqa: E402

FONTS = Path(netgraph.drawing.__file__).parent / "fonts"
TOOLS = ("netgraph", "tensorgami", "torchview")
SHEET = 560, 792     # pixels of the sheet of A4 that each picture is scaled to
MARGIN, HEAD = 24, 64
COLOURS = 96
Image.MAX_IMAGE_PIXELS = None


def page(folder: Path, work: str) -> Image.Image:
    """The pictures of one work beside each other, none enlarged."""
    wide, high = SHEET
    made = Image.new("RGB", (len(TOOLS) * (wide + MARGIN) + MARGIN, high + HEAD + MARGIN), "#e6e9ee")
    draw = ImageDraw.Draw(made)
    title, small = (ImageFont.truetype(FONTS / f"Inter-{face}.ttf", size) for face, size in (("SemiBold", 20), ("Regular", 14)))
    for number, tool in enumerate(TOOLS):
        x = MARGIN + number * (wide + MARGIN)
        draw.text((x, 14), tool, "#1b2430", title)
        draw.rectangle((x, HEAD, x + wide, HEAD + high), "#ffffff")
        path = folder / f"{work}-{tool}.png"
        if not path.exists():
            draw.text((x, 40), "no picture within two minutes", "#5b6675", small)
            continue
        with Image.open(path) as picture:
            draw.text((x, 40), f"{picture.width:,} × {picture.height:,} pixels", "#5b6675", small)
            flat = _flat(picture)
        scale = min(wide / flat.width, high / flat.height, 1)
        size = max(1, round(flat.width * scale)), max(1, round(flat.height * scale))
        made.paste(flat.resize(size, Image.Resampling.LANCZOS), (x + (wide - size[0]) // 2, HEAD + (high - size[1]) // 2))
    return made


def _flat(picture: Image.Image) -> Image.Image:
    """The picture on white."""
    if picture.mode not in ("RGBA", "LA", "P"):
        return picture.convert("RGB")
    whole = picture.convert("RGBA")
    flat = Image.new("RGB", whole.size, "white")
    flat.paste(whole, mask=whole.getchannel("A"))
    return flat


def main() -> None:
    """Write a page for each work."""
    folder, target = map(Path, sys.argv[1:])
    target.mkdir(parents=True, exist_ok=True)
    for work in WORKS:
        page(folder, work).quantize(COLOURS).save(target / f"{work}.png", optimize=True)


if __name__ == "__main__":
    main()
