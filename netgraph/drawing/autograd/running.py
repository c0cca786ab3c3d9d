"""A torch module and its inputs come in; they are run, and what autograd recorded goes out with the names that it is told by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from inspect import signature
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from netgraph.drawing.autograd.flags import flags_of
from netgraph.drawing.autograd.recording import Named, recorded
from netgraph.drawing.autograd.tape import Tape
from netgraph.drawing.autograd.watch import Watch
from netgraph.errors import DrawError, shorten


@dataclass(frozen=True)
class Run:
    """A module that was run, its results by name, and who made what, where the run was watched."""

    module: Any
    named_results: tuple[tuple[str, Tensor], ...]
    parameters: Mapping[str, Tensor]
    leaves: Mapping[str, Tensor]
    buffers: tuple[Tensor, ...]
    watch: Watch | None

    @property
    def title(self) -> str:
        """The name of the net where it has one, or else of the module's class."""
        if isinstance(self.module, Tensor):
            return "tensor"
        name = getattr(self.module, "netgraph_name", "")
        return name if isinstance(name, str) and name else type(self.module).__name__

    @property
    def results(self) -> tuple[Tensor, ...]:
        """The tensors that the way back begins at."""
        return tuple(tensor for _, tensor in self.named_results)

    @property
    def names(self) -> dict[str, Tensor]:
        """All tensors that are called by name."""
        return {**self.parameters, **self.leaves}

    def tape(self) -> Tape:
        """All that was recorded."""
        tape = recorded(self.title, self.named_results, Named(self.parameters, self.leaves, self.buffers), self.watch)
        return replace(tape, flags=flags_of(tape, self.parameters, self.watch))


def run(module: Any, inputs: Sequence[Any], loss: Any, parameters: Mapping[str, Tensor] | None, is_watched: bool) -> Run:
    """The module called on the inputs, and the loss on its output, unless the one or the other is a tensor already.

    The module is left as it was: what batch norm counts in this call is not kept.

    Raises: DrawError where nothing requires a gradient, or what is to be called cannot be.
    """
    _check_loss(loss)
    is_whole = isinstance(module, Tensor) or not (loss is None or callable(loss)) or isinstance(loss, Tensor)
    watch = Watch.of(module) if is_watched and not is_whole and isinstance(module, nn.Module) else None
    with torch.enable_grad(), _lent_buffers(module) as buffers:
        output = _called(module, inputs, watch) if not is_whole else module if loss is None or _is_function(loss) else loss
        if _is_function(loss):
            with watch.within((watch.call("loss", _word(loss), "source"),)) if watch else nullcontext():
                output = loss(output)
    results = tuple(named for named in _tensors(output, "output" if loss is None else "loss") if named[1].grad_fn is not None)
    if not results:
        raise DrawError("Autograd recorded nothing: no tensor that this computation used requires a gradient. "
                        "Hand in a module whose parameters have requires_grad=True, outside of torch.no_grad().")
    own = dict(module.named_parameters()) if isinstance(module, nn.Module) else {}
    names = (own, _inputs(module, inputs)) if parameters is None else ({}, parameters)
    return Run(module, results, *names, buffers, watch)


@contextmanager
def _lent_buffers(module: Any) -> Iterator[tuple[Tensor, ...]]:
    """While it lasts, the module has copies of its buffers, which it may write to."""
    parts = module.modules() if isinstance(module, nn.Module) else ()
    held = [(part, name, buffer) for part in parts if not isinstance(part, torch.jit.ScriptModule)
            for name, buffer in part._buffers.items() if buffer is not None]
    copies = {id(buffer): buffer.detach().clone() for _, _, buffer in held}
    for part, name, buffer in held:
        part._buffers[name] = copies[id(buffer)]
    try:
        yield tuple(module.buffers()) if isinstance(module, nn.Module) else ()
    finally:
        for part, name, buffer in held:
            part._buffers[name] = buffer


def _check_loss(loss: Any) -> None:
    parts = loss if isinstance(loss, tuple | list) else (loss,)
    if loss is not None and not _is_function(loss) and not all(isinstance(part, Tensor) for part in parts):
        raise DrawError(f"The loss of a torch module is a function of its output, a tensor or several tensors, but got {shorten(loss)}. "
                        "Write loss=lambda y: torch.nn.functional.mse_loss(y, target).")


def _is_function(loss: Any) -> bool:
    return callable(loss) and not isinstance(loss, Tensor)


def _word(loss: Any) -> str:
    """What a loss function is called; nothing, where it has no name."""
    name = getattr(loss, "__name__", type(loss).__name__)
    return name if name.isidentifier() and name != "function" else ""


def _called(module: Any, inputs: Sequence[Any], watch: Watch | None) -> Any:
    if not callable(module):
        raise DrawError(f"draw_autograd takes a torch module, a tensor or a graph, but got {type(module).__name__}. "
                        "Hand in a module and its inputs.")
    for place, value in enumerate(inputs, start=1):
        if isinstance(value, np.ndarray):
            raise DrawError(f"Input {place} is a NumPy array, but a torch module takes tensors. Write torch.tensor(x).")
    with watch.watching() if watch else nullcontext():
        return module(*inputs)


def _tensors(output: Any, name: str) -> Iterator[tuple[str, Tensor]]:
    """All tensors in what a module gives, by name: `output`, or `output.1` and so on where there are several."""
    if isinstance(output, Tensor):
        yield name, output
    elif isinstance(output, Mapping):
        for key, part in output.items():
            yield from _tensors(part, f"{name}.{key}")
    elif isinstance(output, tuple | list):
        several = len(output) > 1
        for number, part in enumerate(output, start=1):
            yield from _tensors(part, f"{name}.{number}" if several else name)


def _inputs(module: Any, inputs: Sequence[Any]) -> dict[str, Tensor]:
    """The inputs that require a gradient, by the names of the arguments."""
    words = _arguments(module) if isinstance(module, nn.Module) else []
    return {words[place] if place < len(words) else f"input {place}": tensor for place, tensor in enumerate(inputs)
            if isinstance(tensor, Tensor) and tensor.requires_grad}


def _arguments(module: nn.Module) -> list[str]:
    """What the inputs of a module are called; nothing, where it does not say, as one that was traced."""
    try:
        return list(signature(module.forward).parameters)
    except ValueError:
        return []
