"""The choice of a loss: a name or a configured loss flows in, the op that computes it comes out."""

from __future__ import annotations

from typing import Any

from netgraph.errors import OpError, shorten, suggestion
from netgraph.fields import read_fields
from netgraph.op import Op
from netgraph.ops import LOSSES


def loss(name: str | Op, **constants: Any) -> Op:
    """A loss by name, with its constants spelled as PyTorch spells them.

    Names: "sse", "mse", "mae", "huber", "bce", "bce_with_logits", "cross_entropy".
    Raises: OpError for an unknown name or constant.

    >>> loss("bce", reduction="sum")
    BinaryCrossEntropy(reduction='sum')
    """
    if isinstance(name, Op) and name.family == "loss":
        return name
    if not isinstance(name, str) or name not in LOSSES:
        raise OpError(f"{shorten(name)} is no loss. {suggestion(name, LOSSES)}")
    return LOSSES[name](**read_fields(LOSSES[name], constants, f"The loss '{name}'"))


def is_summed(op: Op) -> bool:
    """Whether the loss adds up over samples, so that a batch's losses add up to the whole set's."""
    return getattr(op, "reduction", "sum") == "sum"


def loss_name(op: Op) -> str:
    """The name of a loss.

    >>> loss_name(loss("huber", delta=2.0))
    'huber'
    """
    return op.word
