"""Losses: the net's output and the target become one number to make small."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from netgraph.fields import Positive, Probability
from netgraph.op import Op
from netgraph.ops.word import LOSSES, word

Reduction = Literal["mean", "sum"]


@word("sse", LOSSES)
@dataclass(frozen=True)
class SumOfSquaredErrors(Op):
    """Σ (x − y)²."""

    def forward(self, x: Any, y: Any) -> Any:
        d = x - y
        loss = (d * d).sum()
        return loss

    def backward(self, gloss: Any, d: Any) -> Any:
        gx = 2 * d
        return gx

    def torch(self, torch: Any, x: Any, y: Any) -> Any:
        return torch.nn.functional.mse_loss(x, y, reduction="sum")


@word("mse", LOSSES)
@dataclass(frozen=True)
class MeanSquaredError(Op):
    """(x − y)², averaged or summed. Source: torch.nn.MSELoss."""

    reduction: Reduction = "mean"

    def forward(self, x: Any, y: Any) -> Any:
        d = x - y
        loss = (d * d).mean() if self.reduction == "mean" else (d * d).sum()
        return loss

    def backward(self, gloss: Any, d: Any) -> Any:
        gx = 2 * d / d.size if self.reduction == "mean" else 2 * d
        return gx

    def torch(self, torch: Any, x: Any, y: Any) -> Any:
        return torch.nn.functional.mse_loss(x, y, reduction=self.reduction)


@word("mae", LOSSES)
@dataclass(frozen=True)
class MeanAbsoluteError(Op):
    """|x − y|, averaged or summed. Source: torch.nn.L1Loss."""

    reduction: Reduction = "mean"

    def forward(self, x: Any, y: Any) -> Any:
        d = x - y
        loss = np.abs(d).mean() if self.reduction == "mean" else np.abs(d).sum()
        return loss

    def backward(self, gloss: Any, d: Any) -> Any:
        gx = np.sign(d) / d.size if self.reduction == "mean" else np.sign(d)
        return gx

    def torch(self, torch: Any, x: Any, y: Any) -> Any:
        return torch.nn.functional.l1_loss(x, y, reduction=self.reduction)


@word("huber", LOSSES)
@dataclass(frozen=True)
class Huber(Op):
    """(x − y)²/2 near 0, delta (|x − y| − delta/2) beyond delta (Huber 1964). Source: torch.nn.HuberLoss."""

    delta: Positive = 1.0
    reduction: Reduction = "mean"

    def forward(self, x: Any, y: Any) -> Any:
        d = x - y
        c = np.clip(d, -self.delta, self.delta)
        e = c * (d - 0.5 * c)
        loss = e.mean() if self.reduction == "mean" else e.sum()
        return loss

    def backward(self, gloss: Any, c: Any) -> Any:
        gx = c / c.size if self.reduction == "mean" else c
        return gx

    def torch(self, torch: Any, x: Any, y: Any) -> Any:
        return torch.nn.functional.huber_loss(x, y, reduction=self.reduction, delta=self.delta)


@word("bce", LOSSES)
@dataclass(frozen=True)
class BinaryCrossEntropy(Op):
    """−y ln x − (1 − y) ln(1 − x) of probabilities x; logarithms are held at −100 or above. Source: torch.nn.BCELoss."""

    reduction: Reduction = "mean"

    domain = (0.0, 1.0)

    def forward(self, x: Any, y: Any) -> Any:
        tiny = np.finfo(x.dtype).smallest_subnormal        # whose logarithm is below −100, so that zero is held there too
        log_x = np.maximum(np.log(np.maximum(x, tiny)), -100)
        log_rest = np.maximum(np.log(np.maximum(1 - x, tiny)), -100)
        e = (y - 1) * log_rest - y * log_x
        loss = e.mean() if self.reduction == "mean" else e.sum()
        return loss

    def backward(self, gloss: Any, x: Any, y: Any) -> Any:
        g = (x - y) / np.maximum(x * (1 - x), 1e-12)
        gx = g / g.size if self.reduction == "mean" else g
        return gx

    def refuse(self, x: Any, y: Any) -> str | None:
        if x.size == 0 or (x.min() >= 0 and x.max() <= 1):
            return None
        return "takes probabilities, but the net's output leaves [0, 1]. End the net in a sigmoid, or use loss='bce_with_logits'."

    def torch(self, torch: Any, x: Any, y: Any) -> Any:
        return torch.nn.functional.binary_cross_entropy(x, y, reduction=self.reduction)


@word("bce_with_logits", LOSSES)
@dataclass(frozen=True)
class BinaryCrossEntropyWithLogits(Op):
    """The binary cross-entropy of σ(x), from x itself: s − x y, s = ln(1 + eˣ). Source: torch.nn.BCEWithLogitsLoss."""

    reduction: Reduction = "mean"

    def forward(self, x: Any, y: Any) -> Any:
        s = np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))     # ln(1 + eˣ), whose exponential cannot overflow
        e = s - x * y
        loss = e.mean() if self.reduction == "mean" else e.sum()
        return loss

    def backward(self, gloss: Any, x: Any, y: Any, s: Any) -> Any:
        g = np.exp(x - s) - y                              # σ(x) = eˣ / (1 + eˣ)
        gx = g / g.size if self.reduction == "mean" else g
        return gx

    def torch(self, torch: Any, x: Any, y: Any) -> Any:
        return torch.nn.functional.binary_cross_entropy_with_logits(x, y, reduction=self.reduction)


@word("cross_entropy", LOSSES)
@dataclass(frozen=True)
class CrossEntropy(Op):
    """−Σ y ln softmax(x), classes along dim 1; y holds class indices, or probabilities in x's shape; the mean is over samples.

    Source: torch.nn.CrossEntropyLoss; label smoothing from Szegedy et al. 2016, section 7.
    """

    reduction: Reduction = "mean"
    label_smoothing: Probability = 0.0

    def forward(self, x: Any, y: Any) -> Any:
        s = x - x.max(axis=1, keepdims=True)
        logp = s - np.log(np.exp(s).sum(axis=1, keepdims=True))
        t = class_probabilities(y, x) * (1 - self.label_smoothing) + self.label_smoothing / x.shape[1]
        e = -(t * logp).sum()
        loss = e / (x.size // x.shape[1]) if self.reduction == "mean" else e
        return loss

    def backward(self, gloss: Any, x: Any, logp: Any, t: Any) -> Any:
        g = np.exp(logp) * t.sum(axis=1, keepdims=True) - t
        gx = g / (x.size // x.shape[1]) if self.reduction == "mean" else g
        return gx

    def refuse(self, x: Any, y: Any) -> str | None:
        if y.shape == x.shape or y.size == 0 or (y.min() >= 0 and y.max() < x.shape[1]):
            return None
        return (f"has classes 0 to {x.shape[1] - 1}, but the target holds {y.min() if y.min() < 0 else y.max()}. "
                f"Number the classes from 0, or give the net as many outputs as there are classes.")

    def torch(self, torch: Any, x: Any, y: Any) -> Any:
        return torch.nn.functional.cross_entropy(x, y, reduction=self.reduction, label_smoothing=self.label_smoothing)


def class_probabilities(y: Any, x: Any) -> Any:
    """y as probabilities in x's shape: a class index becomes 1 at its class and 0 elsewhere."""
    if y.shape == x.shape:
        return y
    return np.moveaxis(np.eye(x.shape[1], dtype=x.dtype)[y], -1, 1)
