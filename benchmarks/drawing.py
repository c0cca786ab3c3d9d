"""Measures netgraph's drawings, and its peers' where they are installed, on six works, and prints a table.

    python benchmarks/drawing.py [mlp resnet18 ...] [--peers] [--rounds 3] [--keep folder]

Every picture is made by a process of its own, from its start to the PNG on the disk. torchview and torchviz need a `dot` on the PATH:
graphviz-pure's program under that name will do.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent)]
from drawing_works import WORKS, declared  # noqa: E402

PEERS = ("tensorgami", "torchview", "torchviz")
SECONDS = 120        # after which a process is ended
A4 = 1123, 794       # pixels of 1/96 inch
HEAD = f"import sys; sys.path[:0] = {sys.path[:2]!r}\nfrom drawing_works import declared, module\n"
SCRIPTS = {
    "netgraph": "import netgraph as ng\nng.draw(declared({work!r})).save({path!r})",
    "tensorgami": "import tensorgami\nm, x = module({work!r})\ntensorgami.draw(m, x).save({path!r})",
    "torchview": "import torchview\nm, x = module({work!r})\ntorchview.draw_graph(m, x, graph_dir='TB').visual_graph.render("
                 "outfile={path!r}, format='png')",
    "torchviz": "import torchviz\nm, x = module({work!r})\ntorchviz.make_dot(m(x), dict(m.named_parameters())).render("
                "outfile={path!r}, format='png')",
}


@dataclass(frozen=True)
class Made:
    """What one process did: seconds from start to end, CPU seconds, peak memory in MB, pixels of its PNG, or why there is none."""

    seconds: float
    cpu_seconds: float
    megabytes: float
    pixels: tuple[int, int] | None
    fault: str = ""


def make(tool: str, work: str, path: Path) -> Made:
    """Let a process of its own draw a work."""
    code = HEAD + SCRIPTS[tool].format(work=work, path=str(path))
    path.unlink(missing_ok=True)
    with tempfile.TemporaryFile() as said:
        start = time.perf_counter()
        process = subprocess.Popen([sys.executable, "-W", "ignore", "-c", code], stdout=subprocess.DEVNULL, stderr=said)
        guard = threading.Timer(SECONDS, process.kill)
        guard.start()
        _, _, used = os.wait4(process.pid, 0)
        guard.cancel()
        seconds = time.perf_counter() - start
        said.seek(0)
        lines = said.read().decode(errors="replace").strip().splitlines()
    late = f"not done in {SECONDS} s" if seconds >= SECONDS else ""
    fault = late or ("" if path.exists() else (lines[-1][:80] if lines else "no file"))
    megabytes = used.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
    return Made(seconds, used.ru_utime + used.ru_stime, megabytes, None if fault else size_of(path), fault)


def size_of(path: Path) -> tuple[int, int]:
    """Width and height, from the header of a PNG."""
    header = path.read_bytes()[16:24]
    return int.from_bytes(header[:4]), int.from_bytes(header[4:])


def overlaps(sheet: object) -> int:
    """Pairs of boxes that touch, wires through boxes, and labels on boxes."""
    from itertools import combinations

    from netgraph.drawing.layout.bends import sampled
    from netgraph.drawing.placement import Place

    places = list(sheet.layout.boxes.values())
    inner = [Place(place.x + 1, place.y + 1, place.width - 2, place.height - 2) for place in places]
    labels = [Place(text.x, text.y - 8, text.width, 8) for text in sheet.labels if text]
    crossed = {(number, at) for number, route in enumerate(sheet.layout.routes) for x, y in sampled(route.points)
               for at, place in enumerate(inner) if place.overlaps(Place(x, y, 0, 0))}
    return (sum(a.overlaps(b) for a, b in combinations(places, 2)) + len(crossed)
            + sum(label.overlaps(place) for label in labels for place in places))


def points_on_a4(sheet: object) -> float:
    """The size of the smallest text in points, where the sheet is printed on one page of A4 but not enlarged."""
    smallest = min(text.size for text in (*sheet.headings, *(text for card in sheet.cards.values() for text in card.texts),
                                          *(text for text in (*sheet.labels, *sheet.frame_titles) if text)))
    long, short = max(sheet.width, sheet.height), min(sheet.width, sheet.height)
    return smallest * 0.75 * min(1.0, A4[0] / long, A4[1] / short)


def geometry(work: str) -> str:
    """What is counted and measured on our picture."""
    import netgraph as ng

    drawing = ng.draw(declared(work))
    picture, sheet = drawing.picture, drawing.sheet
    repeats = [thing.repeats for thing in (*picture.boxes, *picture.all_clusters()) if thing.repeats > 1]
    marks = " ".join(f"×{count}" for count in repeats) or "none"
    ratio = max(sheet.width, sheet.height) / min(sheet.width, sheet.height)
    return f"{len(picture.boxes)} | {marks} | {ratio:.2f} | {points_on_a4(sheet):.1f} pt | {overlaps(sheet)}"


def main() -> None:
    """Draw each work with each tool, and print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("works", nargs="*", help=f"of {', '.join(WORKS)}; all without any")
    parser.add_argument("--peers", action="store_true", help="the peers too, as far as they are installed")
    parser.add_argument("--rounds", type=int, default=3, help="pictures of which the median time is told")
    parser.add_argument("--keep", type=Path, help="a folder for the PNGs")
    options = parser.parse_args()
    tools = ["netgraph", *(peer for peer in PEERS if options.peers and importlib.util.find_spec(peer))]
    folder = options.keep or Path(tempfile.mkdtemp())
    folder.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("MPLBACKEND", "Agg")
    print("| work | tool | time | CPU time | PNG | peak memory | boxes | marks | long : short | smallest text on A4 | overlaps |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for work in options.works or WORKS:
        for tool in tools:
            path = folder / f"{work}-{tool}.png"
            made = [make(tool, work, path) for _ in range(options.rounds)]
            seconds, cpu = (statistics.median(getattr(one, what) for one in made) for what in ("seconds", "cpu_seconds"))
            pixels = "×".join(map(str, made[-1].pixels)) if made[-1].pixels else made[-1].fault
            memory = f"{max(one.megabytes for one in made):.0f} MB"
            more = geometry(work) if tool == "netgraph" else ratio_of(made[-1].pixels)
            print(f"| {work} | {tool} | {seconds:.2f} s | {cpu:.2f} s | {pixels} | {memory} | {more} |", flush=True)


def ratio_of(pixels: tuple[int, int] | None) -> str:
    """The table's cells of a peer, of which only the proportions are known."""
    return f"| | {max(pixels) / min(pixels):.2f} | | " if pixels else "| | | | "


if __name__ == "__main__":
    main()
