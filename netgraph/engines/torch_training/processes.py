"""The processes that train together: what torchrun wrote into the environment flows in; who shares what comes out."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import distributed

from netgraph.errors import OpError, TrainingError, shorten


@dataclass(frozen=True)
class Processes:
    """The `count` processes of a run, of which this one is number `rank`. Number 0 alone writes files and speaks."""

    rank: int = 0
    count: int = 1

    @property
    def is_first(self) -> bool:
        """Whether this is the one that writes."""
        return self.rank == 0

    def total(self, value: torch.Tensor) -> torch.Tensor:
        """The sum of the value over all processes."""
        if self.count > 1:
            distributed.all_reduce(value)
        return value

    def told(self, value: Any) -> Any:
        """What the first process has, told to all."""
        if self.count == 1:
            return value
        box = [value]
        distributed.broadcast_object_list(box, src=0)
        return box[0]

    def gathered(self, value: Any) -> list[Any]:
        """What each process has, in their order."""
        if self.count == 1:
            return [value]
        values = [None] * self.count
        distributed.all_gather_object(values, value)
        return values


@contextmanager
def processes(device: torch.device) -> Iterator[Processes]:
    """The processes that torchrun started, joined for as long as the block lasts; a single one where nobody started several.

    A process group that is there already is used and left as it is. One that has to be made speaks NCCL on CUDA and Gloo elsewhere.

    >>> with processes(torch.device("cpu")) as together:
    ...     together
    Processes(rank=0, count=1)
    """
    if distributed.is_available() and distributed.is_initialized():
        yield Processes(distributed.get_rank(), distributed.get_world_size())
        return
    if not is_started_by_torchrun():
        yield Processes()
        return
    if device.type == "cuda":
        torch.cuda.set_device(device)
    is_cuda = device.type == "cuda"
    distributed.init_process_group("nccl" if is_cuda else "gloo", device_id=device if is_cuda else None)      # or NCCL guesses which is its
    try:
        yield Processes(distributed.get_rank(), distributed.get_world_size())
        distributed.barrier()                              # who left first would cut the others off in their last exchange
    finally:
        distributed.destroy_process_group()


def is_started_by_torchrun() -> bool:
    """Whether the environment says that this process is one of several, as torchrun writes it: RANK and WORLD_SIZE."""
    return "RANK" in os.environ and os.environ.get("WORLD_SIZE", "1") != "1"


def is_first() -> bool:
    """Whether this process is the one that writes files, before or after they are joined."""
    return not is_started_by_torchrun() or os.environ["RANK"] == "0"


def chosen_device(name: str | torch.device | None, like: torch.nn.Module) -> torch.device:
    """The device of that name; without one, where the module is. Of several CUDA devices each process takes its own.

    Raises: OpError for a device that there is not.

    >>> chosen_device(None, torch.nn.Linear(1, 1)), chosen_device("cpu", torch.nn.Linear(1, 1))
    (device(type='cpu'), device(type='cpu'))
    """
    try:
        device = torch.device(name) if name is not None else next((p.device for p in like.parameters()), torch.device("cpu"))
    except (RuntimeError, TypeError):
        raise OpError(f"device={shorten(name)} is no device. Write 'cpu' or 'cuda'.") from None
    if device.type == "cuda" and not torch.cuda.is_available():
        raise OpError("There is no CUDA device here that torch can use. Train with device='cpu', or install a torch that is built for "
                      "this machine's GPU.")
    if device.type == "meta":
        raise TrainingError("A module on the meta device holds no numbers to train. Move it with module.to_empty(device='cpu'), and load "
                            "its weights.")
    return _own_cuda(device) if device.type == "cuda" else device


def _own_cuda(device: torch.device) -> torch.device:
    """The CUDA device with its number: that which was named, or else the one of this process.

    Raises: OpError for a number that no device here has.
    """
    own = int(os.environ.get("LOCAL_RANK", "0")) if device.index is None else device.index
    count = torch.cuda.device_count()
    if own >= count:
        raise OpError(f"There is no device 'cuda:{own}' here: CUDA devices are numbered from 0 to {count - 1}. "
                      "Name one of these, or start no more processes than there are devices.")
    return torch.device("cuda", own)
