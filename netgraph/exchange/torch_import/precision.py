"""A module that computes in 16 bits flows in, or one that does so in part; what it computes in 32 comes out, as its graph does."""

from __future__ import annotations

from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

HALVES = (torch.float16, torch.bfloat16)


class InFull(TorchDispatchMode):  # type: ignore[no-untyped-call]  # torch's own has no types
    """A mode of torch under which nothing is rounded to 16 bits, neither by the code nor by autocast.

    >>> with InFull():
    ...     torch.ones(2).half().dtype
    torch.float32
    """

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        return func(*args, **(kwargs | {"dtype": torch.float32} if kwargs.get("dtype") in HALVES else kwargs))
