"""A query finds the layers that a filter in Python finds, and says what it cannot read."""

from __future__ import annotations

from fnmatch import fnmatchcase

import pytest

from netgraph.errors import GraphError
from netgraph.inference import infer
from netgraph.query import select
from netgraph.zoo import inception, resnet

PLAN = infer(resnet(18))


@pytest.mark.parametrize(("query", "holds"), [
    ("op=conv2d", lambda layer: layer.op_name == "conv2d"),
    ("op=conv*", lambda layer: fnmatchcase(layer.op_name, "conv*")),
    ("op!=conv2d", lambda layer: layer.op_name != "conv2d"),
    ("op=conv2d,stride=2", lambda layer: layer.op_name == "conv2d" and layer.op.stride == (2, 2)),
    ("kernel_size=1x1", lambda layer: getattr(layer.op, "kernel_size", None) == (1, 1)),
    ("bias=False", lambda layer: getattr(layer.op, "bias", None) is False),
    ("activation=relu", lambda layer: layer.activation is not None and layer.activation.word == "relu"),
    ("activation!=*", lambda layer: layer.activation is None),
    ("family=norm", lambda layer: layer.op.family == "norm"),
    ("within=layer2", lambda layer: "layer2" in layer.group),
    ("within=layer2/block0", lambda layer: layer.group[:2] == ("layer2", "block0")),
    ("within=block1", lambda layer: "block1" in layer.group),
    ("within=layer*/*", lambda layer: len(layer.group) > 1),
    ("shape=512x7x7", lambda layer: layer.shape == (512, 7, 7)),
    ("id=fc", lambda layer: layer.id == "fc"),
    (" op = conv2d , within = layer1 ", lambda layer: layer.op_name == "conv2d" and "layer1" in layer.group),
])
def test_a_query_finds_what_a_filter_finds(query, holds):
    wanted = tuple(layer.id for layer in PLAN if holds(layer))
    assert wanted
    assert select(PLAN, query) == wanted


def test_sides_that_differ_are_written_with_an_x():
    plan = infer(inception())
    assert select(plan, "kernel_size=5x5") == select(plan, "kernel_size=5")


@pytest.mark.parametrize(("query", "message"), [
    ("", "'' is no part of a query. Write 'field=pattern', such as 'op=conv2d', with a comma between two of them."),
    ("conv2d", "'conv2d' is no part of a query. Write 'field=pattern', such as 'op=conv2d', with a comma between two of them."),
    ("op=", "'op=' is no part of a query. Write 'field=pattern', such as 'op=conv2d', with a comma between two of them."),
    ("chanels=64", "No layer has a field 'chanels' to be found by. Did you mean 'channels'?"),
    (None, "A query is text such as 'op=conv2d', but got None. Write 'field=pattern'."),
])
def test_a_query_that_cannot_be_read_is_refused_with_the_cure(query, message):
    with pytest.raises(GraphError) as error:
        select(PLAN, query)
    assert str(error.value) == message


def test_a_constant_of_ops_that_this_net_lacks_finds_nothing():
    assert select(PLAN, "num_embeddings=3") == ()
