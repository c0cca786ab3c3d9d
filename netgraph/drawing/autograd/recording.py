"""What a torch module recorded comes in; its tape goes out: every function of autograd with its layer and parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING, Any

from netgraph.drawing.autograd.savings import savings
from netgraph.drawing.autograd.tape import Call, Function, Gradient, Grown, Result, Tape
from netgraph.drawing.autograd.watch import Scope, Watch
from netgraph.drawing.autograd.words import function_words
from netgraph.shape import Shape

if TYPE_CHECKING:
    from torch import Tensor

LEAF = "AccumulateGrad"


@dataclass(frozen=True)
class Named:
    """Tensors by name: the parameters of layers, leaves that stand by themselves, such as inputs, and buffers, which autograd leaves be."""

    parameters: Mapping[str, Tensor] = field(default_factory=dict)
    leaves: Mapping[str, Tensor] = field(default_factory=dict)
    buffers: Sequence[Tensor] = ()


def recorded(title: str, results: Sequence[tuple[str, Tensor]], named: Named, watch: Watch | None = None) -> Tape:
    """The tape of all that autograd recorded behind the results.

    Without a watch, which says who made what, functions are put to the layers whose parameters they use.
    """
    nodes = ordered([tensor.grad_fn for _, tensor in results])
    writer = _Writer(named, watch)
    functions = [node for node in nodes if not writer.is_parameter(node)]
    writer.places = {node: number for number, node in enumerate(functions)}
    scopes = [writer.scope_of(node) for node in functions]
    groups = {call.serial for scope in scopes for call in scope[:-1]}
    written = [writer.function(node, scope, bool(scope) and scope[-1].serial not in groups)
               for node, scope in zip(functions, scopes, strict=True)]
    unsaved = [*named.parameters.values(), *named.buffers, *(node.variable for node in nodes if writer.is_parameter(node))]
    tape = [replace(function, saved=saved) if saved else function
            for function, saved in zip(written, savings(functions, unsaved), strict=True)]
    return Tape(title, tuple(tape), tuple(Result(name, tuple(tensor.shape), writer.places[tensor.grad_fn]) for name, tensor in results))


def ordered(starts: Sequence[Any]) -> list[Any]:
    """Every function behind those, each before those that it hands gradients to; as torch would run them, the last recorded first."""
    heard: dict[Any, int] = dict.fromkeys(starts, 0)
    waiting = list(heard)
    while waiting:
        for target in {target for target, _ in waiting.pop().next_functions if target is not None}:
            if target not in heard:
                heard[target] = 0
                waiting.append(target)
            heard[target] += 1
    age = {node: -node._sequence_nr() if type(node).__name__ != LEAF else 1 for node in heard}
    nodes = list(heard)
    place = {node: number for number, node in enumerate(nodes)}
    ready = [(age[node], place[node]) for node in nodes if not heard[node]]
    heapify(ready)
    order = []
    while ready:
        node = nodes[heappop(ready)[1]]
        order.append(node)
        for target in {target for target, _ in node.next_functions if target is not None}:
            heard[target] -= 1
            if not heard[target]:
                heappush(ready, (age[target], place[target]))
    return order


class _Writer:
    """Writes functions of autograd down, one after the other in running order."""

    def __init__(self, named: Named, watch: Watch | None) -> None:
        self.watch, self.places = watch, dict[Any, int]()
        every = [pair for tensors in (named.leaves, named.parameters) for pair in reversed(list(tensors.items()))]
        self.names = {id(tensor): name for name, tensor in every}
        self.ranks = {name: number for number, name in enumerate({**named.parameters, **named.leaves})}
        self.owned = {id(tensor) for tensor in named.parameters.values()}
        self.met: set[Any] = set()

    def is_parameter(self, node: Any) -> bool:
        from torch.nn import Parameter

        return type(node).__name__ == LEAF and (id(node.variable) in self.owned or isinstance(node.variable, Parameter))

    def scope_of(self, node: Any) -> Scope:
        """The calls that a function was made in, or else the layer that its one parameter belongs to."""
        if type(node).__name__ == LEAF:
            return ()
        if self.watch is not None:
            return self.watch.scope_of(node._sequence_nr())
        leaves = [target.variable for target, _ in node.next_functions if target is not None and self.is_parameter(target)]
        layers = {self.names.get(id(tensor), "").rpartition(".")[0] for tensor in leaves}
        layer = layers.pop() if len(layers) == 1 else ""
        return (Call(("of", layer), layer),) if layer else ()

    def function(self, node: Any, scope: Scope, is_layer: bool) -> Function:
        if type(node).__name__ == LEAF:
            shape = tuple(node.variable.shape)
            return Function(node, self.name_of(node.variable, "tensor"), is_leaf=True, shape=shape)
        gradients: dict[Gradient, None] = {}
        grown: dict[Any, Grown] = {}
        for target, number in node.next_functions:
            if target is None:
                continue
            if target in self.places:
                gradients[Gradient(self.places[target], _shape(target, number))] = None
            elif target not in grown:
                tensor = target.variable
                name = self.name_of(tensor, "parameter")
                grown[target] = Grown(name, tensor.numel(), target, target not in self.met, self.ranks.get(name, len(self.ranks)))
                self.met.add(target)
        return Function(node, function_words(type(node).__name__), scope, is_layer, tuple(gradients), tuple(grown.values()))

    def name_of(self, tensor: Tensor, kind: str) -> str:
        """Its name, or a number where it has none."""
        return self.names.setdefault(id(tensor), f"{kind} {len(self.names) + 1}")


def _shape(node: Any, number: int) -> Shape | None:
    """The shape of what a function is handed, which is that of what it made."""
    known = getattr(node, "_input_metadata", ())
    return tuple(known[number].shape) if number < len(known) and not getattr(known[number], "is_nested_tensor", False) else None
