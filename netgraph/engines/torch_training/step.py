"""One step of training: a batch flows in; the module's weights move once, and the loss comes out."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import nn, optim
from torch.nn.parallel import DistributedDataParallel

from netgraph.engines.losses import is_summed
from netgraph.engines.torch_training.batches import Batch, Tensors, listed
from netgraph.engines.torch_training.processes import Processes
from netgraph.op import Op


@dataclass
class Step:
    """What moves the weights: the module, a loss, an optimiser, and how gradients are held. With `amp` forward runs in half the bits.

    The gradients of several processes are averaged by torch. Each process weighs its loss by its share of the batch, so that the
    result is the gradient of the loss on the whole batch, whether the loss is averaged or summed and the shares are equal or not.
    """

    module: nn.Module
    loss: Op
    optimizer: optim.Optimizer
    together: Processes
    device: torch.device
    amp: bool = False
    is_recurrent: bool = False
    clip_norm: float | None = None
    clip_value: float | None = None
    run: nn.Module = field(init=False)

    def __post_init__(self) -> None:
        is_wrapped = self.together.count > 1 and not is_sharded(self.module)
        self.run = DistributedDataParallel(self.module) if is_wrapped else self.module
        self.scaler = torch.amp.GradScaler(self.device.type, enabled=self.amp and self.half is torch.float16)

    @property
    def half(self) -> torch.dtype:
        """The numbers of mixed precision: bfloat16, or on a GPU that has none, float16, for which the loss is scaled."""
        has_bfloat16 = self.device.type != "cuda" or torch.cuda.is_bf16_supported(including_emulation=False)
        return torch.bfloat16 if has_bfloat16 else torch.float16

    @property
    def moving(self) -> list[nn.Parameter]:
        """The parameters that the optimiser moves."""
        return [p for group in self.optimizer.param_groups for p in group["params"]]

    def __call__(self, batch: Batch) -> torch.Tensor:
        """Move the weights once; what comes out is this process's part of the loss before, still on the device."""
        self.optimizer.zero_grad(set_to_none=True)
        part = self.loss_of(self.run, batch.x, batch.y) * (1.0 if is_summed(self.loss) and batch.share else batch.share)
        torch.autograd.backward(self.scaler.scale(part * self.together.count))
        self._clip()
        self.scaler.step(self.optimizer)
        self.scaler.update()
        return part.detach()

    def loss_of(self, run: nn.Module, x: Tensors, y: Tensors) -> torch.Tensor:
        """The loss of a module on some samples; that of several outputs is the sum."""
        with torch.autocast(self.device.type, self.half, enabled=self.amp):
            outputs = listed(run(*x))
        pairs = [self._compared(output, target) for output, target in zip(outputs, y, strict=True)]
        return torch.stack([self.loss.torch(torch, output, target) for output, target in pairs]).sum()

    def _compared(self, output: torch.Tensor, target: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Output and target as the loss takes them: in full precision, and each time step as a sample."""
        output = output.float() if output.dtype in (torch.float16, torch.bfloat16) else output
        target = target.to(output.dtype) if target.is_floating_point() else target
        return (output.flatten(0, 1), target.flatten(0, 1)) if self.is_recurrent else (output, target)

    def _clip(self) -> None:
        if self.clip_norm is None and self.clip_value is None:
            return
        self.scaler.unscale_(self.optimizer)
        if self.clip_value is not None:
            nn.utils.clip_grad_value_(self.moving, self.clip_value)
        if self.clip_norm is not None:
            nn.utils.clip_grad_norm_(self.moving, self.clip_norm)


def is_sharded(module: nn.Module) -> bool:
    """Whether each process holds a part of the weights only, as `fully_shard` leaves them; torch then averages gradients by itself."""
    return any(hasattr(p, "full_tensor") for p in module.parameters())
