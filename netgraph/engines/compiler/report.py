"""The report on a routine: what was compiled flows in; a small table that says what runs, and why so little of it, comes out."""

from __future__ import annotations

from typing import Any

from netgraph.engines.compiler.assembly import Routine
from netgraph.engines.losses import loss_name
from netgraph.errors import shorten
from netgraph.weights import NodeId

MOST_ROWS = 40


def routine_table(key: Any, routine: Routine) -> str:
    """One routine: its data, its calls and memory, and a row for each layer. `key` is (loss or None, _, (shape, dtype) of each array)."""
    loss, _, *data = key
    shapes = ", ".join(f"{'×'.join(map(str, shape))} {dtype}" for shape, dtype in data)
    title = f"{'A call' if loss is None else f'Training ({loss_name(loss)})'} on {shapes}: {routine.calls} NumPy calls, " \
            f"{routine.arena_bytes:,} bytes of buffers"
    rows = _rows(routine)
    if len(rows) > MOST_ROWS:
        left_out = len(rows) - MOST_ROWS
        rows = [*rows[:MOST_ROWS - 10], ("...", "", f"{left_out} more layers"), *rows[-10:]]
    width = max([len(name) for name, _, _ in rows] + [5])
    return "\n".join([title, f"{'layer':{width}}  calls  done by", *(f"{name:{width}}  {calls:>5}  {how}" for name, calls, how in rows)])


def _rows(routine: Routine) -> list[tuple[str, str, str]]:
    program, calls = routine.program, dict[NodeId, int]()
    how: dict[NodeId, dict[str, None]] = {}
    for place, step in enumerate(program.steps):
        calls[step.node] = calls.get(step.node, 0) + routine.lines_of.get(place, 0)
        how.setdefault(step.node, {}).update(dict.fromkeys(routine.kernels_of.get(place, ())))
    names = {node: "loss" if node == "loss" and node not in program.plan.layers else shorten(node, 30) for node in calls}
    page = {True: "its page, line by line", False: "nothing: a view, or done with another layer"}
    return [(names[node], str(count), "; ".join(how[node]) or page[count > 0]) for node, count in calls.items()]
