"""The whole suite in one command: speed on one thread and on two, memory, time to compile; a page and its pictures are written.

    python benchmarks [--write docs] [--threads 1 2] [--seconds 1] [--compile]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from chart import save_chart
from compile_time import compile_table
from engine import results
from memory import memory_table
from tables import full_table, machine, short_table

PAGE = """# Benchmarks

`python benchmarks --write docs` printed this page. All engines of a work run in one process, in turn; a step of each is compared with
netgraph's, so that all do the same work. With one thread medians of CPU time are compared, with several those of wall time; behind a time
stands how many times netgraph's it is. "GEMMs alone" are the matrix products of the step, in the faster layout of the weights, which no
engine on NumPy's BLAS can do without. Nothing is set that a program of one's own would not have: where OpenBLAS runs kernels for AVX2 on a
processor with AVX-512, `OPENBLAS_CORETYPE=SKYLAKEX python benchmarks` tells what the wider ones give.

{machine}

![For each work a bar for each engine, the fastest on top]({picture})

{short}

## Memory

The most memory that the process held, its libraries with it.

{memory}

## Time to compile

CPU seconds for dense layers of 4 with a skip over every two.

{compile}

## All figures

Medians; in brackets the first and third quartile of 15 rounds.

{full}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--write", type=Path, help="folder for benchmarks.md; its pictures go to pictures/ there")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--seconds", type=float, default=1.0, help="measured for each engine and work")
    parser.add_argument("--compile", action="store_true", help="torch.compile too, which needs a C++ compiler and minutes")
    options = parser.parse_args()
    tables = []
    for threads in options.threads:
        rows = []
        for row in results([], threads, options.seconds, options.compile):
            rows.append(row)
            print(f"{row['work']} on {threads} thread{'s' * (threads > 1)}: measured", file=sys.stderr, flush=True)
        tables.append(rows)
    picture = Path("pictures") / "speed.png"
    page = PAGE.format(machine=machine(), picture=picture.as_posix(), memory=memory_table(steps=20), compile=compile_table(repeats=3),
                       short="\n\n".join(map(short_table, tables)), full="\n\n".join(map(full_table, tables)))
    if not options.write:
        print(page)
        return
    (options.write / "pictures").mkdir(parents=True, exist_ok=True)
    (options.write / "benchmarks.md").write_text(page, encoding="utf-8")
    save_chart(tables[0], options.write / picture)


if __name__ == "__main__":
    main()
