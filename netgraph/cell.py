"""The cell of a recurrent net: its Plan flows in; the Plan of one time step, what was before being inputs, comes out."""

from __future__ import annotations

from dataclasses import dataclass, replace

from netgraph.ops.input import Input
from netgraph.plan import Layer, Plan, Wire
from netgraph.shape import sizes
from netgraph.weights import NodeId, PartId


@dataclass(frozen=True)
class State:
    """What a delayed edge brings: the value that `output` of `source` had `delay` steps before, zeros at the start. `node` is its input."""

    source: NodeId
    output: int
    delay: int
    shape: tuple[int, ...]

    @property
    def node(self) -> NodeId:
        """The id of the cell's input for it."""
        words = ("before", *((f"{self.delay}",) if self.delay > 1 else ()), *((f"output{self.output}",) if self.output else ()))
        before = "_".join(words)
        return PartId((*self.source, before) if isinstance(self.source, PartId) else (self.source, before))


@dataclass(frozen=True)
class Cell:
    """One time step. The inputs of `plan` are the net's, then the states; its outputs the net's, then those that states come from."""

    plan: Plan
    states: tuple[State, ...]
    outputs: int

    @property
    def places(self) -> tuple[int, ...]:
        """Of each state, which of the values after the net's own outputs is kept for it."""
        kept = [(node, i) for node in dict.fromkeys(state.source for state in self.states) for i in range(len(self.plan[node].shapes))]
        return tuple(kept.index((state.source, state.output)) for state in self.states)


def cell_of(plan: Plan) -> Cell:
    """The cell of a recurrent plan.

    >>> import netgraph as ng
    >>> G = ng.chain(3, {"id": "h", "units": 4, "activation": "tanh"})
    >>> G.add_edge("h", "h", delay=1)
    >>> cell = cell_of(ng.infer(G))
    >>> cell.plan.inputs, cell.plan.outputs
    (('x', 'h/before'), ('h', 'h'))
    """
    states = {_key(wire): State(*_key(wire), sizes(wire.shape, "what a delayed edge brings"))
              for layer in plan for wire in layer.wires if wire.delay}
    layers: dict[NodeId, Layer] = {state.node: Layer(state.node, Input(state.shape), "input", (), (state.shape,))
                                   for state in states.values()}
    for layer in plan:
        wires = tuple(replace(wire, source=states[_key(wire)].node, output=0, delay=0) if wire.delay else wire for wire in layer.wires)
        layers[layer.id] = replace(layer, wires=wires)
    kept = tuple(dict.fromkeys(state.source for state in states.values()))
    inputs = (*plan.inputs, *(state.node for state in states.values()))
    step = Plan(plan.name, layers, inputs, (*plan.outputs, *kept), plan.parameters)
    return Cell(step, tuple(states.values()), sum(len(plan[name].shapes) for name in plan.outputs))


def _key(wire: Wire) -> tuple[NodeId, int, int]:
    return wire.source, wire.output, wire.delay
