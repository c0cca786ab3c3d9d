"""PNG frames come in; an animated GIF goes out."""

from __future__ import annotations

import io
from collections.abc import Sequence

from netgraph.errors import DrawError

COLOURS = 128


def gif(frames: Sequence[bytes], seconds: float) -> bytes:
    """The frames as a GIF that repeats for ever, each shown for some seconds.

    Raises: DrawError where Pillow is not installed.
    """
    try:
        from PIL import Image
    except ImportError:
        raise DrawError("Writing a GIF takes the package Pillow, which is not installed. Write pip install 'netgraph-nn[animation]', "
                        "or save the animation as .svg.") from None
    images = [Image.open(io.BytesIO(frame)).convert("RGB") for frame in frames]
    # One palette for all frames, so that what stands still keeps its colours.
    sheet = Image.new("RGB", (images[0].width, sum(image.height for image in images)))
    for at, image in enumerate(images):
        sheet.paste(image, (0, at * image.height))
    palette = sheet.quantize(COLOURS, dither=Image.Dither.NONE)
    first, *others = [image.quantize(palette=palette, dither=Image.Dither.NONE) for image in images]
    stream = io.BytesIO()
    first.save(stream, "GIF", save_all=True, append_images=others, duration=round(1000 * seconds), loop=0, optimize=False)
    return stream.getvalue()
