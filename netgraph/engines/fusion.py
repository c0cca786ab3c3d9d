"""Fusion: a program flows in; the same comes out, with one op in place of two where that is sooner done or more exact."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise

from netgraph.engines.affine import Affine
from netgraph.ops import LOSSES, OPS
from netgraph.plan import Plan
from netgraph.program import Program, Step

DENSE, SIGMOID, OF_PROBABILITIES, OF_LOGITS = OPS["dense"], OPS["sigmoid"], LOSSES["bce"], LOSSES["bce_with_logits"]
LARGEST_BLOCK = 4096                                       # numbers; beyond, adding a bias costs nothing beside the product


def with_losses_of_logits(program: Program) -> Program:
    """The binary cross-entropy of a sigmoid taken from what flows into the sigmoid: ln(1 + eˣ) − x y, of gradient σ(x) − y.

    Where σ(x) rounds to 0 or 1, its logarithm and its slope are lost; x is not.

    >>> import netgraph as ng
    >>> from netgraph.lowering import lower
    >>> program = lower(ng.infer(ng.chain(3, 1, "sigmoid")), training=True, loss=ng.loss("bce"))
    >>> type(with_losses_of_logits(program).steps[-1].op).__name__
    'BinaryCrossEntropyWithLogits'
    """
    makers = {step.result: step for step in program.steps}
    return replace(program, steps=tuple(_of_logits(step, makers) for step in program.steps))


def _of_logits(step: Step, makers: Mapping[int, Step]) -> Step:
    maker = makers.get(step.inputs[0]) if type(step.op) is OF_PROBABILITIES else None
    if maker is None or type(maker.op) is not SIGMOID:
        return step
    return replace(step, op=OF_LOGITS(**step.op.constants()), inputs=(*maker.inputs, *step.inputs[1:]))


def pairs_of_weight_and_bias(plan: Plan) -> dict[str, str]:
    """The bias that each weight of a small dense layer always comes with: {"h.weight": "h.bias"}.

    >>> import netgraph as ng
    >>> pairs_of_weight_and_bias(ng.infer(ng.chain(3, 4, 1000, 1)))
    {'dense1.weight': 'dense1.bias', 'dense3.weight': 'dense3.bias'}
    """
    uses = Counter(parameter.name for layer in plan for parameter in layer.parameters)
    found: Counter[tuple[str, str]] = Counter()
    for layer in plan:
        if type(layer.op) is DENSE and len(layer.wires) == 1 and len(layer.parameters) == 2 and len(layer.wires[0].shape) == 1:
            weight, bias = layer.parameters
            if weight.trainable == bias.trainable and weight.count + bias.count <= LARGEST_BLOCK:
                found[weight.name, bias.name] += 1
    neighbours = set(pairwise(plan.parameters))
    return {weight: bias for (weight, bias), count in found.items()
            if uses[weight] == uses[bias] == count and (weight, bias) in neighbours}


def with_bias_within(program: Program, pairs: Mapping[str, str]) -> Program:
    """The dense layers of these weights and biases as one product each, of an array that stands under the weight's name."""
    products = {step.result: step for step in program.steps if type(step.op) is DENSE and step.arrays[0][1] in pairs}
    affine, steps = Affine(), []
    for step in program.steps:
        product = products.get(step.inputs[0]) if step.inputs else None
        if product is not None:
            step = Step(affine, product.inputs, (("block", product.arrays[0][1]),), step.result, step.node, step.part)
        if step.result not in products:
            steps.append(step)
    return replace(program, steps=tuple(steps))
