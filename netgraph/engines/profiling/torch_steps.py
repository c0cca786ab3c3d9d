"""The calls of a compiled module, one after the other: values flow in; a clock is told which layer each call is of."""

from __future__ import annotations

from typing import Any

import torch
from torch import fx, nn

from netgraph.engines.profiling.torch_clock import Clock
from netgraph.engines.torch_module import LAYER, calls_of
from netgraph.engines.torch_training.batches import listed
from netgraph.weights import NodeId


def layers_of(module: fx.GraphModule) -> dict[fx.Node, NodeId]:
    """The layer of each call; in a module that was not compiled from a graph, the call's name."""
    calls, layers = calls_of(module.graph), vars(module).get("netgraph_layers", ())
    if len(layers) != len(calls):                          # a copy has them in its calls, what was pickled in the module
        layers = [call.meta.get(LAYER, call.name) for call in calls]
    return dict(zip(calls, layers, strict=True))


class Steps(fx.Interpreter):
    """Runs a graph call by call before a clock. It may run several times, once for each time step of a sequence."""

    def __init__(self, module: fx.GraphModule, clock: Clock) -> None:
        super().__init__(module)
        self.clock, self.layer_of = clock, layers_of(module)
        self.weighed: set[tuple[NodeId, int]] = set()
        clock.step = -1

    def run(self, *values: Any, **more: Any) -> Any:
        self.clock.step += 1
        return super().run(*values, **more)

    def run_node(self, n: fx.Node) -> Any:
        if not n.op.startswith("call"):
            return super().run_node(n)
        args, kwargs = self.fetch_args_kwargs_from_env(n)
        taken: list[torch.Tensor] = []
        fx.node.map_aggregate((args, kwargs), lambda value: taken.append(value) if isinstance(value, torch.Tensor) else None)
        self.clock.start(taken)
        result = getattr(self, n.op)(n.target, args, kwargs)
        given = [value for value in listed(result) if isinstance(value, torch.Tensor)]
        if given:                                          # and not the shape of a tensor, which is a call too
            self.clock.stop(self.layer_of[n], given)
            self._weigh(n, taken)
        return result

    def _weigh(self, n: fx.Node, taken: list[torch.Tensor]) -> None:
        """Count the bytes of the layer's weights, each once, however often it is called."""
        layer, weights = self.layer_of[n], self.clock.measured.weight_bytes
        owned = list(self.fetch_attr(str(n.target)).parameters()) if n.op == "call_module" else []
        fresh = [value for value in (*taken, *owned) if isinstance(value, nn.Parameter) and (layer, id(value)) not in self.weighed]
        self.weighed.update((layer, id(value)) for value in fresh)
        weights[layer] = weights.get(layer, 0) + sum(value.numel() * value.element_size() for value in fresh)
