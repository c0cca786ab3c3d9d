"""The history of a training run: losses and metrics flow in epoch by epoch; a curve comes out."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(repr=False)
class History:
    """What `net.fit` gives: a number for each epoch.

    `loss[i]` is what epoch i's steps saw before their updates, `lr[i]` their learning rate; `validation[i]` is the validation loss after
    epoch i and `metrics[name][i]` a metric after it, where asked for.

    >>> import netgraph as ng, numpy as np
    >>> net = ng.compile(ng.chain(3, 1))
    >>> history = net.fit(np.ones((4, 3)), np.ones((4, 1)), loss="mse", lr=0.1, epochs=3, metrics=["mae"])
    >>> len(history.loss), history.lr, list(history.metrics)
    (3, [0.1, 0.1, 0.1], ['mae'])
    """

    loss: list[float] = field(default_factory=list)
    validation: list[float] = field(default_factory=list)
    metrics: dict[str, list[float]] = field(default_factory=dict)
    lr: list[float] = field(default_factory=list)

    def __repr__(self) -> str:
        last = f", loss {self.loss[0]:.4g} -> {self.loss[-1]:.4g}" if self.loss else ""
        return f"<History of {len(self.loss)} epochs{last}>"

    def to_dict(self) -> dict[str, Any]:
        """The same as plain data.

        >>> History(loss=[2.0, 1.0]).to_dict()["loss"]
        [2.0, 1.0]
        """
        return asdict(self)

    def plot(self, *, logarithmic: bool | None = None) -> Figure:
        """The curves as a matplotlib figure: `history.plot().savefig("loss.png")`.

        The loss is on a logarithmic scale when it falls to less than a hundredth, unless told otherwise.

        >>> [axes.get_ylabel() for axes in History(loss=[2.0, 1.0], metrics={"accuracy": [0.5, 1.0]}).plot().axes]
        ['training loss', 'accuracy']
        """
        from matplotlib.figure import Figure
        figure = Figure(figsize=(6.4, 4.0 if not self.metrics else 6.4), layout="constrained", dpi=160)
        axes = figure.subplots(2 if self.metrics else 1, sharex=True, squeeze=False)[:, 0]
        curves = {"training": self.loss, "validation": self.validation}
        _draw(axes[0], {name: values for name, values in curves.items() if values}, "loss")
        positive = [value for values in curves.values() for value in values if value > 0]
        if logarithmic if logarithmic is not None else len(positive) > 1 and min(positive) < 0.01 * max(positive):
            axes[0].set_yscale("log")
        if self.metrics:
            _draw(axes[1], self.metrics, "")
        axes[-1].set_xlabel("epoch")
        axes[-1].xaxis.get_major_locator().set_params(integer=True)
        return figure


def _draw(axes: Any, curves: dict[str, list[float]], what: str) -> None:
    for (name, values), colour in zip(curves.items(), ("#0b6bcb", "#c2410c", "#15803d", "#7c3aed") * len(curves), strict=False):
        axes.plot(range(len(values)), values, label=name, color=colour, linewidth=1.8, marker="o" if len(values) == 1 else None)
    axes.set_ylabel(what if len(curves) > 1 else f"{next(iter(curves), '')} {what}".strip())
    axes.grid(color="#e5e7eb", linewidth=0.8)
    axes.spines[["top", "right"]].set_visible(False)
    if len(curves) > 1:
        axes.legend(frameon=False)
