"""Functions that autograd recorded come in; what each keeps from the forward pass goes out, memory that several share counted once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

from netgraph.cache import cached
from netgraph.drawing.autograd.tape import Saved

if TYPE_CHECKING:
    from torch import Tensor

PREFIX = "_raw_saved_"       # of the attributes under which torch shows what it keeps, before any hook unpacks it


def savings(functions: Sequence[Any], others: Iterable[Tensor]) -> list[tuple[Saved, ...]]:
    """What each of the functions, the last recorded first, keeps; memory that `others` hold anyway is left out.

    Bytes stand with the first in the forward pass that keeps the memory.

    >>> import torch
    >>> y = torch.ones(5, 3, requires_grad=True).tanh().square()
    >>> [sum(saved.bytes for saved in each) for each in savings([y.grad_fn, y.grad_fn.next_functions[0][0]], [])]
    [0, 60]
    """
    met = {_memory(tensor)[0] for tensor in others}
    held = met.copy()
    found: list[tuple[Saved, ...]] = []
    for function in reversed(functions):
        kept = []
        for name, tensor in _tensors(function):
            key, size = _memory(tensor)
            if key not in held:
                kept.append(Saved(name, tuple(tensor.shape), 0 if key in met else size))
                met.add(key)
        found.append(tuple(kept))
    return found[::-1]


def _tensors(function: Any) -> Iterator[tuple[str, Tensor]]:
    """The tensors that a function keeps, by name; none where they were freed by a backward pass.

    Where a hook packed one, as checkpoints do, what it was packed into counts: it is not unpacked, which may compute it once more.
    """
    import torch

    for attribute in _attributes(type(function)):
        try:
            value = getattr(function, attribute)
            packed = [kept.data for kept in (value if isinstance(value, tuple | list) else (value,)) if kept is not None]
        except RuntimeError:
            continue
        given = chain.from_iterable(data if isinstance(data, tuple | list) else (data,) for data in packed)
        yield from ((attribute.removeprefix(PREFIX), tensor) for tensor in given if isinstance(tensor, torch.Tensor))


@cached
def _attributes(kind: type[Any]) -> tuple[str, ...]:
    return tuple(name for name in dir(kind) if name.startswith(PREFIX))


def _memory(tensor: Tensor) -> tuple[Any, int]:
    """What tells its memory from other tensors', and its bytes."""
    try:
        storage = tensor.untyped_storage()
    except (RuntimeError, NotImplementedError):            # a sparse tensor has several
        return id(tensor), tensor.numel() * tensor.element_size()
    return storage._cdata, storage.nbytes()
