"""Measures the drawings of autograd by layers beside torchviz on six works, in turns, and prints a table.

    python benchmarks/autograd.py [mlp resnet18 ...] [--rounds 3] [--keep folder] [--processes]

The time is that from module and input to the PNG on the disk, in CPU seconds, those of the layout program included, all in one process;
with --processes each picture has a process of its own, and the time is that of all of it, importing torch included. Ours is drawn at 96
dots an inch too, as torchviz's PNG is: a quarter of the pixels. torchviz needs a `dot` on the PATH, that of Graphviz; graphviz-pure's
program under that name is quicker.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent)]
from drawing_works import WORKS, module  # noqa: E402


def ours(net: Any, x: Any, path: Path) -> str:
    """Draw by layers; the number of boxes and the proportions."""
    import netgraph as ng

    drawing = ng.draw_autograd(net, x)
    drawing.save(path)
    long, short = max(drawing.width, drawing.height), min(drawing.width, drawing.height)
    return f"{len(drawing.picture.boxes)} boxes, {long / short:.2f} : 1"


def ours_coarse(net: Any, x: Any, path: Path) -> str:
    """Draw by layers with as few pixels as torchviz."""
    import netgraph as ng

    ng.draw_autograd(net, x).save(path, dpi=96)
    return ""


def torchviz(net: Any, x: Any, path: Path) -> str:
    """Draw by torchviz."""
    import torchviz

    dot = torchviz.make_dot(net(x), dict(net.named_parameters()))
    dot.render(outfile=str(path), format="png")
    return f"{dot.source.count('->'):,} arrows"


TOOLS = (ours, ours_coarse, torchviz)


def timed(draw: Callable[[Any, Any, Path], str], net: Any, x: Any, path: Path) -> tuple[float | None, str]:
    """Seconds, and what came of it; or no time, and why."""
    start = cpu_seconds()
    try:
        said = draw(net, x, path)
    except (RecursionError, OSError) as error:
        return None, type(error).__name__
    return cpu_seconds() - start, said


def cpu_seconds() -> float:
    """CPU time of this process and of those that it has started."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def timed_alone(draw: Callable[[Any, Any, Path], str], work: str, path: Path) -> tuple[float | None, str]:
    """The same of a process that does nothing else."""
    start = cpu_seconds()
    done = subprocess.run([sys.executable, __file__, work, "--only", draw.__name__, str(path)], capture_output=True, text=True)
    return (None, "RecursionError") if done.returncode else (cpu_seconds() - start, done.stdout.strip())


def main() -> None:
    """Let both draw each work, in turns."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("works", nargs="*", help=f"of {', '.join(WORKS)}; all without any")
    parser.add_argument("--rounds", type=int, default=3, help="pictures of which the median time is told")
    parser.add_argument("--keep", type=Path, help="a folder for the PNGs")
    parser.add_argument("--processes", action="store_true", help="each picture in a process of its own")
    parser.add_argument("--only", nargs=2, metavar=("TOOL", "FILE"), help="let one tool draw one work, and say what came of it")
    options = parser.parse_args()
    if options.only:
        tool, file = options.only
        print(next(draw for draw in TOOLS if draw.__name__ == tool)(*module(options.works[0]), Path(file)))
        return
    folder = options.keep or Path(tempfile.mkdtemp())
    folder.mkdir(parents=True, exist_ok=True)
    print("| work | netgraph | at 96 dpi | torchviz | netgraph's picture | torchviz's |\n|---|---|---|---|---|---|")
    small, x = module("mlp")
    for draw in TOOLS:                                     # what the first call imports is paid for beforehand
        timed(draw, small, x, folder / "first.png")
    for work in options.works or WORKS:
        net, x = module(work)
        paths = {draw: folder / f"{work}-{draw.__name__}.png" for draw in TOOLS}
        turns = [[timed_alone(draw, work, path) if options.processes else timed(draw, net, x, path) for draw, path in paths.items()]
                 for _ in range(options.rounds)]
        cells = []
        for each in zip(*turns, strict=True):
            seconds = [taken for taken, _ in each if taken is not None]
            cells.append(f"{statistics.median(seconds):.3f} s" if seconds else each[0][1])
        print(f"| {work} | {' | '.join(cells)} | {turns[-1][0][1]} | {turns[-1][-1][1]} |", flush=True)


if __name__ == "__main__":
    main()
