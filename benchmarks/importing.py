"""Measures the way of torch modules into graphs beside torchview's on six works, in one process and taking turns, and prints a table.

    python benchmarks/importing.py [mlp resnet18 ...] [--rounds 5]

The time is that from module and input to the graph, in CPU seconds: of netgraph as `from_torch` gives it, without the run that checks its
numbers and with it, of torchview its graph of nodes and edges, not yet drawn. What the first call imports is paid for beforehand.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent)]
from drawing_works import WORKS, module  # noqa: E402


def ours(net: Any, x: Any) -> int:
    """Import; the number of nodes."""
    import netgraph as ng

    return len(ng.from_torch(net, x, check=False))


def ours_checked(net: Any, x: Any) -> int:
    """Import, and run against the module."""
    import netgraph as ng

    return len(ng.from_torch(net, x))


def torchview(net: Any, x: Any) -> int:
    """The same by torchview; the number of arrows that it draws."""
    import torchview as library

    return len(library.draw_graph(net, input_data=x, device="cpu").edge_list)


def timed(read: Callable[[Any, Any], int], net: Any, x: Any) -> tuple[float | None, int | str]:
    """CPU seconds and what was counted; or no time, and why."""
    start = time.process_time()
    try:
        count = read(net, x)
    except ImportError as error:
        return None, f"{error.name} is not installed"
    return time.process_time() - start, count


TOOLS = (ours, ours_checked, torchview)


def main() -> None:
    """Let each read every work, in turns."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("works", nargs="*", help=f"of {', '.join(WORKS)}; all without any")
    parser.add_argument("--rounds", type=int, default=5, help="turns of which the median time is told")
    options = parser.parse_args()
    print("| work | netgraph | with its check | torchview | netgraph : torchview | nodes | torchview's arrows |")
    print("|---|---|---|---|---|---|---|")
    small, x = module("mlp")
    for read in TOOLS:
        timed(read, small, x)
    for work in options.works or WORKS:
        net, x = module(work)
        turns = [[timed(read, net.eval(), x) for read in TOOLS] for _ in range(options.rounds)]
        times = [[taken for taken, _ in each if taken is not None] for each in zip(*turns, strict=True)]
        medians = [statistics.median(each) if each else None for each in times]
        cells = ["" if seconds is None else f"{1000 * seconds:,.0f} ms" for seconds in medians]
        ratio = f"{medians[0] / medians[2]:.2f}" if medians[0] is not None and medians[2] is not None else ""
        print("|", " | ".join([work, *cells, ratio, str(turns[0][0][1]), str(turns[0][2][1])]), "|")


if __name__ == "__main__":
    main()
