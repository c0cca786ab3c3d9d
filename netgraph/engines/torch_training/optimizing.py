"""A rule of training flows in, as the NumPy engine has it; torch's own optimiser of that rule comes out."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from torch import nn, optim

from netgraph.engines.training.optimizers import Adam, AdamW, Optimizer, RmsProp, Sgd
from netgraph.errors import OpError, TrainingError, shorten

TORCH: dict[type[Optimizer], type[optim.Optimizer]] = {Sgd: optim.SGD, Adam: optim.Adam, AdamW: optim.AdamW, RmsProp: optim.RMSprop}


def torch_optimizer(rule: Optimizer, module: nn.Module) -> optim.Optimizer:
    """torch's optimiser for the parameters of the module that are to move. The constants are spelled alike.

    Raises: OpError for a rule of one's own, TrainingError where there is nothing to train.

    >>> from netgraph.engines.training.optimizers import optimizer
    >>> type(torch_optimizer(optimizer("adamw"), nn.Linear(2, 1))).__name__
    'AdamW'
    """
    if type(rule) not in TORCH:
        raise OpError(f"{shorten(type(rule).__name__)} is a rule that torch does not have. Use {', '.join(k.__name__ for k in TORCH)}, or "
                      "train with the NumPy engine.")
    moving = [p for p in module.parameters() if p.requires_grad]
    if not moving:
        raise TrainingError("The module has no parameter to train. Give it layers with weights, and set requires_grad where it is off.")
    constants: dict[str, Any] = asdict(rule)
    made: optim.Optimizer = TORCH[type(rule)](moving, **constants)
    return made
