"""Pieces of parameters: a weight that a module keeps in one flows in; a part of it comes out, under a name that says where."""

from __future__ import annotations

import re

from netgraph.exchange.torch_import.calls import Thing

ROWS = re.compile(r"\[(\d+):(\d+)\]$")


def piece(thing: Thing, start: int, stop: int, is_turned: bool = False) -> Thing:
    """Rows `start` to `stop` of a parameter, or of its transpose; itself where these are all, as they lie.

    Its name says how to get it: the parameter's, with `.T` behind it for the transpose, then the rows.

    >>> packed = Thing("parameter", (48, 16), True, "in_proj_weight")
    >>> second = piece(packed, 16, 48)
    >>> second.name, second.shape, piece(second, 0, 16).name, piece(packed, 0, 16, is_turned=True).name
    ('in_proj_weight[16:48]', (32, 16), 'in_proj_weight[16:32]', 'in_proj_weight.T')
    """
    shape = thing.shape[::-1] if is_turned else thing.shape
    if (start, stop) == (0, shape[0]) and not is_turned:
        return thing
    value = thing.value if thing.value is None or not is_turned else thing.value.T
    return Thing("parameter", (stop - start, *shape[1:]), thing.is_float, _name(thing.name, shape[0], start, stop, is_turned),
                 None if value is None else value[start:stop], thing.is_trained, thing.whole or thing)


def _name(name: str, rows: int, start: int, stop: int, is_turned: bool) -> str:
    if is_turned:
        name += ".T"
    if (start, stop) == (0, rows):
        return name
    before = ROWS.search(name)
    offset = int(before[1]) if before else 0
    return f"{name[:before.start()] if before else name}[{start + offset}:{stop + offset}]"
