"""A tape and who was at work come in; what no gradient reaches goes out: parameters that are left out, layers that are cut off."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from netgraph.drawing.autograd.tape import Flag, Tape
from netgraph.drawing.autograd.watch import Visit, Watch

UNUSED, DETACHED, FROZEN = "unused parameters", "detached", "frozen"


def flags_of(tape: Tape, parameters: Mapping[str, Any], watch: Watch | None) -> tuple[Flag, ...]:
    """The flags of a tape: parameters that require a gradient and get none; layers that ran, but through which none comes, with all
    of their parameters; and of these the frozen ones, which is no mistake."""
    lost = list(_cut_off(tape, watch)) if watch else []
    frozen = [visit.path for visit in lost if _is_frozen(visit)]
    cut = [visit.path for visit in lost if not _is_frozen(visit)]
    reached = tape.parameters
    unused = [name for name, tensor in parameters.items() if tensor.requires_grad and name not in reached
              and not any(name.startswith(f"{path}.") for path in cut)]
    found = ((UNUSED, unused), (DETACHED, cut), (FROZEN, frozen))
    return tuple(Flag(title, tuple(dict.fromkeys(names))) for title, names in found if names)


def _cut_off(tape: Tape, watch: Watch) -> Iterator[Visit]:
    """The outermost calls with parameters or functions of which nothing is on the tape."""
    reached = {call.serial for function in tape.functions for call in function.scope}
    lost = [visit for visit in watch.visits if visit.scope and visit.scope[-1].serial not in reached and _is_at_work(visit)]
    inside = {visit.scope[-1].serial for visit in lost}
    return (visit for visit in lost if not any(call.serial in inside for call in visit.scope[:-1]))


def _is_at_work(visit: Visit) -> bool:
    """Whether a call computes something that a gradient could come through."""
    return visit.end > visit.first or any(True for _ in visit.module.parameters())


def _is_frozen(visit: Visit) -> bool:
    """Whether nothing in it is to be trained, and nothing was recorded."""
    return visit.end == visit.first and not any(parameter.requires_grad for parameter in visit.module.parameters())
