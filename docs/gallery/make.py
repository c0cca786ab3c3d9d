"""Every net of the zoo in every view: run without arguments, it writes the pages of this folder anew, and their pictures.

    python docs/gallery/make.py
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tqdm import tqdm

import netgraph as ng
from netgraph.cli.views import VIEWS

HERE = Path(__file__).parent
WAYS = {view: way for view, way in VIEWS.items() if not way.needs_weights}      # what a net says without weights
LARGEST_SVG = 64 * 1024      # bytes; larger ones are painted
MOST_RECORDED = 120          # layers of a net whose autograd graph can be read on such a picture
LONGEST_SIDE = 1400          # pixels of a painted picture
MOST_BYTES = 6 * 2**20       # of all pictures together
THUMBNAIL = 150              # pixels


@dataclass(frozen=True)
class Net:
    """A net of the gallery, by the call of the zoo that makes it."""

    name: str
    function: str
    sizes: tuple[Any, ...] = ()
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def call(self) -> str:
        """The call as a person writes it."""
        words = [*map(repr, self.sizes), *(f"{word}={value!r}" for word, value in self.more.items())]
        return f"ng.zoo.{self.function}({', '.join(words)})"

    def build(self) -> Any:
        """The graph."""
        return getattr(ng.zoo, self.function)(*self.sizes, **self.more)


NETS = (
    Net("mlp", "mlp", ((4, 8, 8, 3),)),
    Net("autoencoder", "autoencoder", ((16, 8, 3),)),
    Net("lenet", "lenet"),
    Net("alexnet", "alexnet"),
    Net("vgg", "vgg", (16,)),
    Net("inception", "inception"),
    Net("resnet", "resnet", (18,)),
    Net("densenet", "densenet", (121,)),
    Net("mobilenet_v2", "mobilenet_v2"),
    Net("unet", "unet"),
    Net("rnn_classifier", "rnn_classifier"),
    Net("lstm_classifier", "lstm_classifier"),
    Net("gru_classifier", "gru_classifier"),
    Net("transformer_encoder", "transformer_encoder"),
    Net("transformer", "transformer"),
    Net("vit", "vit", ("ti16",)),
    Net("gpt", "gpt", (4, 64, 4), {"context": 32, "vocabulary": 100}),
    Net("gpt2", "gpt2", ("small",)),
)


def make(folder: Path = HERE, nets: tuple[Net, ...] = NETS) -> int:
    """Write the pages and pictures of the nets to a folder; the bytes of all pictures."""
    pictures = folder / "pictures"
    pictures.mkdir(parents=True, exist_ok=True)
    for old in pictures.iterdir():
        old.unlink()
    rows = []
    for net in tqdm(nets, unit="net", disable=None):
        found = dict(_pictures(net, pictures))
        (folder / f"{net.name}.md").write_text(_page(net, found), encoding="utf-8")
        rows.append((net, found))
    (folder / "README.md").write_text(_index(rows), encoding="utf-8")
    return sum(path.stat().st_size for path in pictures.iterdir())


def _pictures(net: Net, folder: Path) -> Iterator[tuple[str, Path | str]]:
    """For each view the file of its picture, or the sentence that says why there is none."""
    graph = net.build()
    for view, way in WAYS.items():
        if view == "autograd" and len(graph) > MOST_RECORDED:
            yield view, f"the graph that autograd records of {len(graph)} layers is too large to be read here."
            continue
        try:
            yield view, _saved(way.draw(graph), folder / f"{net.name}-{view}.svg")
        except ng.DrawError as refusal:
            yield view, str(refusal)


def _saved(drawing: Any, path: Path) -> Path:
    text = drawing.svg()
    if len(text.encode()) <= LARGEST_SVG:
        path.write_text(text, encoding="utf-8")
        return path
    longest = max(drawing.width, drawing.height)
    painted = path.with_suffix(".png")
    painted.write_bytes(drawing.png(dpi=96 * min(1.0, LONGEST_SIDE / longest)))
    return painted


def _page(net: Net, found: Mapping[str, Path | str]) -> str:
    parts = [f"# {net.name}", f"```python\nimport netgraph as ng\n\nG = {net.call}\n```", "[All nets](README.md)"]
    for view, picture in found.items():
        shown = f"![{net.name}, {view}](pictures/{picture.name})" if isinstance(picture, Path) else f"No picture: {picture}"
        parts += [f"## {view}", shown]
    return "\n\n".join(parts) + "\n"


def _index(rows: list[tuple[Net, dict[str, Path | str]]]) -> str:
    lines = ["# Gallery", "", "Every net of the zoo in every view, drawn by `python docs/gallery/make.py`.", "",
             f"| net | {' | '.join(WAYS)} |", f"|---|{'---|' * len(WAYS)}"]
    for net, found in rows:
        cells = (f'[<img src="pictures/{picture.name}" alt="{net.name}, {view}" width="{THUMBNAIL}">]({net.name}.md#{view})'
                 if isinstance(picture, Path) else "–" for view, picture in found.items())
        lines.append(f"| [{net.name}]({net.name}.md) | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    size = make()
    print(f"{size:,} bytes of pictures")
    if size > MOST_BYTES:
        sys.exit(f"The pictures take more than {MOST_BYTES:,} bytes. Lower LONGEST_SIDE.")
