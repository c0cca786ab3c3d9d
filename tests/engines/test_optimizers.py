"""Every optimiser, with its options, against torch's own in float64."""

import math

import numpy as np
import pytest
import torch

import netgraph as ng
from netgraph.engines.training.optimizers import OPTIMIZERS

TORCH = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam, "adamw": torch.optim.AdamW, "rmsprop": torch.optim.RMSprop}
CASES = [
    ("sgd", {}), ("sgd", {"momentum": 0.9}), ("sgd", {"momentum": 0.9, "dampening": 0.1}), ("sgd", {"momentum": 0.9, "nesterov": True}),
    ("sgd", {"weight_decay": 0.1}), ("sgd", {"momentum": 0.8, "weight_decay": 0.1}),
    ("adam", {}), ("adam", {"betas": (0.8, 0.95), "eps": 1e-6, "weight_decay": 0.1}),
    ("adamw", {}), ("adamw", {"weight_decay": 0.3}),
    ("rmsprop", {}), ("rmsprop", {"alpha": 0.9, "momentum": 0.9}), ("rmsprop", {"centered": True, "weight_decay": 0.1}),
]


def name_of(case):
    return "-".join([case[0], *case[1]])


def test_every_optimizer_has_a_case():
    assert {name for name, _ in CASES} == set(OPTIMIZERS)


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_ten_steps_agree_with_torch(case):
    name, options = case
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((8, 3)), rng.standard_normal((8, 2))
    net = ng.compile(ng.chain(3, 4, "tanh", 2), dtype="float64")
    module = ng.compile(net.graph, "torch", dtype="float64")
    theirs = TORCH[name](module.parameters(), lr=0.01, **options)
    trainer = net.trainer(loss="mse", optimizer=ng.optimizer(name, **options), lr=0.01)
    for _ in range(10):
        theirs.zero_grad()
        loss = torch.nn.functional.mse_loss(module(torch.tensor(x)), torch.tensor(y))
        loss.backward()
        theirs.step()
        assert trainer(x, y) == pytest.approx(loss.item(), abs=1e-12)
    for parameter, value in module.named_parameters():
        np.testing.assert_allclose(net.parameters[parameter], value.detach().numpy(), rtol=0, atol=1e-12)


@pytest.mark.parametrize("clip", [{"clip_norm": 0.05}, {"clip_value": 0.01}], ids=["norm", "value"])
def test_clipping_agrees_with_torch(clip):
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((8, 3)), rng.standard_normal((8, 2))
    net = ng.compile(ng.chain(3, 2), dtype="float64")
    module = ng.compile(net.graph, "torch", dtype="float64")
    torch.nn.functional.mse_loss(module(torch.tensor(x)), torch.tensor(y)).backward()
    if "clip_norm" in clip:
        torch.nn.utils.clip_grad_norm_(module.parameters(), clip["clip_norm"])
    else:
        torch.nn.utils.clip_grad_value_(module.parameters(), clip["clip_value"])
    torch.optim.SGD(module.parameters(), lr=1.0).step()
    net.trainer(loss="mse", lr=1.0, **clip)(x, y)
    for parameter, value in module.named_parameters():
        np.testing.assert_allclose(net.parameters[parameter], value.detach().numpy(), rtol=0, atol=1e-12)


@pytest.mark.parametrize(("make", "theirs"), [
    (lambda: ng.schedule("step", 0.1, step_size=3, gamma=0.5), lambda o: torch.optim.lr_scheduler.StepLR(o, 3, 0.5)),
    (lambda: ng.schedule("exponential", 0.1, gamma=0.9), lambda o: torch.optim.lr_scheduler.ExponentialLR(o, 0.9)),
    (lambda: ng.schedule("cosine", 0.1, epochs=10, final=0.01), lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, 10, 0.01)),
], ids=["step", "exponential", "cosine"])
def test_schedules_agree_with_torch(make, theirs):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    scheduler, ours = theirs(optimizer), make()
    for epoch in range(10):
        assert ours(epoch) == pytest.approx(optimizer.param_groups[0]["lr"], rel=1e-9)
        optimizer.step()
        scheduler.step()


@pytest.mark.parametrize(("make", "message"), [
    (lambda: ng.optimizer("adma"), "'adma' is no optimiser. Did you mean 'adam'?"),
    (lambda: ng.optimizer("sgd", momentun=0.9), "The optimiser 'sgd' has no constant 'momentun'. Did you mean 'momentum'?"),
    (lambda: ng.optimizer("sgd", momentum=1.5),
     "The optimiser 'sgd' was given momentum=1.5, but wants a probability: at least 0, less than 1. Correct it."),
    (lambda: ng.optimizer("adam", lr=-1), "The optimiser 'adam' was given lr=-1, but wants a number above 0. Correct it."),
    (lambda: ng.schedule("cosin", 0.1), "'cosin' is no schedule. Did you mean 'cosine'?"),
    (lambda: ng.loss("mes"), "'mes' is no loss. Did you mean 'mse'?"),
    (lambda: ng.loss("os.system"), "'os.system' is no loss. Choose one of: bce, bce_with_logits, cross_entropy, huber, mae, mse, sse."),
])
def test_an_unknown_word_is_refused_with_the_cure(make, message):
    with pytest.raises(ng.OpError) as refusal:
        make()
    assert str(refusal.value) == message


@pytest.mark.parametrize("lr", [0, -0.1, math.nan, math.inf, "fast", True])
def test_a_learning_rate_is_a_positive_number(lr):
    with pytest.raises(ng.OpError, match="no positive number"):
        ng.compile(ng.chain(2, 1)).trainer(loss="mse", lr=lr)
