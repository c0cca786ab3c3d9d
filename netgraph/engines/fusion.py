"""Fusion: a program flows in; the same comes out, with one op in place of two where that is sooner done or more exact."""

from __future__ import annotations

from dataclasses import replace

from netgraph.ops import LOSSES, OPS
from netgraph.program import Program, Step

SIGMOID, OF_PROBABILITIES, OF_LOGITS = OPS["sigmoid"], LOSSES["bce"], LOSSES["bce_with_logits"]


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
    return replace(program, steps=tuple(_of_logits(step, makers.get(step.inputs[0])) for step in program.steps))


def _of_logits(step: Step, maker: Step | None) -> Step:
    if type(step.op) is not OF_PROBABILITIES or maker is None or type(maker.op) is not SIGMOID:
        return step
    return replace(step, op=OF_LOGITS(**step.op.constants()), inputs=(*maker.inputs, *step.inputs[1:]))
