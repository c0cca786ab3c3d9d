"""Closing: a Plan with blocks flows in; the same comes out with each block as one layer, or with its parts alone."""

from __future__ import annotations

from dataclasses import replace

from netgraph.plan import Layer, Plan
from netgraph.weights import NodeId


def closed(plan: Plan) -> Plan:
    """The plan as it was declared: a block is one layer, fed from outside, that holds all its parts' arrays and costs.

    >>> import netgraph as ng
    >>> plan = closed(ng.infer(ng.chain((4, 8, 8), {"op": "squeeze_excite", "reduction": 2})))
    >>> [(layer.id, layer.parameter_count) for layer in plan]
    [('x', 0), ('squeeze_excite1', 22)]
    """
    inside = _parts(plan)
    if not inside:
        return plan
    return replace(plan, layers={layer.id: closed_layer(plan, layer) for layer in plan if layer.id not in inside})


def opened(plan: Plan) -> Plan:
    """The plan without the blocks themselves: what their last part gives goes on at once, unless it has to pass an activation first.

    >>> import netgraph as ng
    >>> plan = opened(ng.infer(ng.chain((4, 8, 8), {"op": "squeeze_excite", "reduction": 2}, "flatten")))
    >>> plan["flatten1"].wires[0].source
    'squeeze_excite1/excite'
    """
    if not _parts(plan):
        return plan
    passed_on: dict[NodeId, NodeId] = {}
    layers: dict[NodeId, Layer] = {}
    for layer in plan:
        wires = tuple(replace(wire, source=passed_on.get(wire.source, wire.source)) for wire in layer.wires)
        if layer.parts and layer.activation is None:
            passed_on[layer.id] = wires[0].source
        else:
            layers[layer.id] = replace(layer, wires=wires)
    late = {name: replace(layer, wires=tuple(replace(wire, source=passed_on.get(wire.source, wire.source)) for wire in layer.wires))
            for name, layer in layers.items()}           # by now those of delayed edges are known too
    return replace(plan, layers=late, outputs=tuple(passed_on.get(name, name) for name in plan.outputs))


def _parts(plan: Plan) -> set[NodeId]:
    return {part for layer in plan for part in layer.parts}


def closed_layer(plan: Plan, block: Layer) -> Layer:
    """A block as one layer, fed from outside; any other layer as it is.

    >>> import netgraph as ng
    >>> plan = ng.infer(ng.chain((4, 8, 8), {"op": "squeeze_excite", "reduction": 2}))
    >>> closed_layer(plan, plan["squeeze_excite1"]).flops
    32
    """
    if not block.parts:
        return block
    parts = [plan[part] for part in block.parts]
    owned = {p.name: p for part in parts if part.shared_with is None for p in part.parameters}
    is_shared = bool(any(part.parameters for part in parts) and not owned)
    return replace(block, wires=block.inlets, owned=tuple(owned.values()), flops=sum(part.flops for part in parts),
                   inner_bytes=sum(part.activation_bytes for part in parts),
                   shared_with=block.shared_with if not is_shared else next(part.shared_with for part in parts if part.shared_with))
