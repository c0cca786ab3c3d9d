"""scikit-learn: a Work that its multi-layer perceptron can do flows in; one step of it, a partial fit of one batch, comes out."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from works import Work

HIDDEN: dict[str, tuple[str, tuple[int, ...], str]] = {      # kind, hidden units, activation
    "W1": ("MLPRegressor", (100,), "relu"), "W2": ("MLPClassifier", (4,), "tanh"), "W3": ("MLPClassifier", (256, 128), "relu")}


def sklearn_step(work: Work) -> Callable[[], Any] | None:
    """A step from a start of its own. Its squared error is half the mean: the same work, another scale."""
    if work.name not in HIDDEN:
        return None
    from sklearn import neural_network
    kind, hidden, activation = HIDDEN[work.name]
    rule = {"sgd": {"solver": "sgd", "momentum": 0.0}, "adam": {"solver": "adam"}}[work.optimizer]
    net = getattr(neural_network, kind)(hidden_layer_sizes=hidden, activation=activation, alpha=0.0, batch_size=len(work.x),
                                        learning_rate_init=work.lr, shuffle=False, random_state=0, **rule)
    y = work.y.ravel() if kind == "MLPClassifier" else work.y
    more = {"classes": np.unique(y)} if kind == "MLPClassifier" else {}

    def step() -> None:
        net.partial_fit(work.x, y, **more)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        step()
    return step
