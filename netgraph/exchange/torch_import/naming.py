"""Names: nodes and the modules that made them flow in; ids, groups and labels come out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from netgraph.exchange.torch_import.made import Made
from netgraph.exchange.torch_import.sketch import Sketch


@dataclass(frozen=True)
class Name:
    """What a node is called, the group that it stands in, and the text drawn in place of its id, where that is longer."""

    id: str
    group: str = ""
    label: str = ""


def named(sketch: Sketch, kept: Sequence[int]) -> dict[int, Name]:
    """The name of each node: that of its module, if it is all that the module does; otherwise its op's, within the module's group."""
    sizes = Counter(made.call.visit for i in kept if (made := sketch.nodes[i]).call is not None and made.op != "positions")
    parents = {parent for i in kept if (made := sketch.nodes[i]).call is not None for parent in accumulate(
        made.call.path.split(".")[:-1], "{}.{}".format)}
    taken: Counter[str] = Counter()
    names = {}
    for i in kept:
        path, last = _place(sketch.nodes[i], sizes, parents)
        label = last
        wanted = identifier(".".join(filter(None, (path, last))))
        taken[wanted] += 1
        name = wanted if taken[wanted] == 1 else f"{wanted}_{taken[wanted]}"
        while taken[name] > 1 or (name != wanted and taken[name]):
            taken[wanted] += 1
            name = f"{wanted}_{taken[wanted]}"
        taken[name] = max(taken[name], 1)
        names[i] = Name(name, path.replace(".", "/"), label if label != name else "")
    return names


def _place(made: Made, sizes: Counter[int], parents: set[str]) -> tuple[str, str]:
    """The path of the group that a node stands in, and its own last name."""
    if made.call is None:
        return "", str(made.words.get("name", made.op.rpartition(".")[2]))
    path = made.call.path
    if made.op == "positions":                             # which only counts for the embedding behind it
        return path.rpartition(".")[0], made.op
    if path and sizes[made.call.visit] == 1 and path not in parents:
        group, _, last = path.rpartition(".")
        return group, last
    if made.op == "attention":
        return path, made.op
    owned = next(iter(made.weights.values()), None)
    if owned is not None and owned.name:
        owner, _, field = owned.name.rpartition(".")
        if owner != path and (not path or owner.startswith(f"{path}.")):
            group, _, last = owner.rpartition(".")
            return group, last
        return path, field.removesuffix("_weight") if field.endswith("_weight") or made.op == "parameter" else made.op
    return path, made.op.rpartition(".")[2]


def identifier(path: str) -> str:
    """A path as an id that a torch module can have as it is.

    >>> identifier("layer1.0.conv1"), identifier("0")
    ('layer1_0_conv1', 'layer_0')
    """
    text = re.sub(r"\W", "_", path)
    return text if not text[:1].isdigit() else f"layer_{text}"
