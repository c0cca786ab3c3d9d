"""Change a net in a few places, and have it told and drawn what became of it."""

import sys
from pathlib import Path

import networkx as nx

import netgraph as ng

POOL = {"op": "maxpool2d", "kernel_size": 2}


def conv(channels: int) -> dict[str, object]:
    return {"op": "conv2d", "channels": channels, "kernel_size": 3, "padding": 1, "activation": "relu"}


def main(folder: Path) -> dict[str, object]:
    old = ng.chain((3, 32, 32), conv(16), POOL, conv(32), POOL, "flatten", 128, "relu", {"id": "class", "units": 10}, name="first try")
    new = ng.chain((3, 32, 32), conv(16), {"op": "batchnorm"}, POOL, conv(48), POOL, conv(64), "flatten", 128, "gelu",
                   {"op": "dropout", "p": 0.3}, {"id": "classes", "units": 10}, name="second try")
    d = ng.diff(old, new)
    d.draw().save(folder / "what-changed.png", dpi=144)

    again = nx.relabel_nodes(new, {node: f"layer {number}" for number, node in enumerate(new)})
    renamed = ng.diff(new, again)
    return {"in words": str(d), "added": d.added, "equal to itself": not ng.diff(new, new),
            "renamed only": all(change.keys() == {"id"} for change in renamed.changed.values())}


if __name__ == "__main__":
    folder = Path(sys.argv[1] if sys.argv[1:] else "out")
    folder.mkdir(parents=True, exist_ok=True)
    for name, figure in main(folder).items():
        print(f"{name}: {figure}")
