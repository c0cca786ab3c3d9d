"""Measures ng.profile beside torch's own profiler, layer by layer and in turns, and prints how far their figures lie apart.

    python benchmarks/profiles.py [W2 W4 resnet18 transformer] [--rounds 15] [--layers]

torch.profiler runs the whole module: a layer's time forward is that of the ops in its calls, and its time back that of the functions
that autograd recorded in them, told by their sequence numbers. All is on one thread. A ratio is ours to torch's, each the least of so
many turns, since both read the clock on the wall and other work only adds to it. Of single layers those are told that take 1 % of the
work or more: a microsecond of bookkeeping is much of a smaller one.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent)]

Seconds = dict[Any, float]
LEAST = 0.01             # share of the work from which a layer is told by itself


def works() -> dict[str, Callable[[], tuple[Any, tuple[int, ...]]]]:
    """The nets, and the shapes of their batches."""
    from works import work_named

    import netgraph as ng

    return {
        "W2": lambda: (work_named("W2").graph, (5, 3)), "W4": lambda: (work_named("W4").graph, (64, 256)),
        "resnet18": lambda: (ng.zoo.resnet(18), (2, 3, 224, 224)),
        "transformer": lambda: (ng.zoo.transformer_encoder(1, length=64), (4, 64, 512)),
    }


def torchs(module: Any, x: Any, y: Any) -> tuple[Seconds, Seconds]:
    """Seconds forward and back of each layer in one pass under torch.profiler."""
    import torch
    from torch import fx
    from torch.profiler import ProfilerActivity, profile, record_function

    from netgraph.engines.profiling.torch_steps import layers_of

    layer_of = layers_of(module)

    class Marked(fx.Interpreter):
        def run_node(self, n: fx.Node) -> Any:
            if n not in layer_of:
                return super().run_node(n)
            with record_function(f"layer {layer_of[n]}"):
                return super().run_node(n)

    with profile(activities=[ProfilerActivity.CPU]) as profiler:
        loss = torch.nn.functional.mse_loss(Marked(module).run(x), y, reduction="sum")
        loss.backward()
    module.zero_grad(set_to_none=True)
    return read(profiler.events())


def read(events: Any) -> tuple[Seconds, Seconds]:
    """The time of each layer's calls, and of the functions that go back through them."""
    forward: Seconds = defaultdict(float)
    backward: Seconds = defaultdict(float)
    owner: dict[int, str] = {}
    for event in sorted(events, key=lambda event: event.time_range.start):
        around = event.cpu_parent
        if is_layer(around):
            forward[around.name[6:]] += event.time_range.elapsed_us() / 1e6
        while around is not None and not is_layer(around):
            around = around.cpu_parent
        if around is not None and event.sequence_nr >= 0:
            owner[event.sequence_nr] = around.name[6:]        # the last op with a number is the one that recorded a function
    for event in events:
        if event.name.startswith("autograd::engine::evaluate_function") and event.sequence_nr in owner:
            backward[owner[event.sequence_nr]] += event.time_range.elapsed_us() / 1e6
    return forward, backward


def is_layer(event: Any) -> bool:
    """Whether an event is one that Marked has made."""
    return event is not None and event.name.startswith("layer ")


def ours(module: Any, x: Any, y: Any, rounds: int) -> tuple[Seconds, Seconds]:
    """Seconds forward and back of each layer by ng.profile."""
    import netgraph as ng

    profile = ng.profile(module, x, y, loss="sse", repeats=rounds)
    return ({str(layer): told.forward for layer, told in profile.layers.items()},
            {str(layer): told.backward for layer, told in profile.layers.items()})


def least(turns: list[Seconds]) -> Seconds:
    """Of each layer the least."""
    return {layer: min(turn.get(layer, 0.0) for turn in turns) for layer in turns[0]}


def compared(name: str, rounds: int, is_each: bool) -> None:
    """Measure one net and print its rows."""
    import torch

    import netgraph as ng

    graph, shape = works()[name]()
    torch.manual_seed(0)
    module, x = ng.compile(graph, "torch").eval(), torch.randn(shape)
    y = torch.randn_like(module(x))
    torchs(module, x, y)
    turns = [(ours(module, x, y, 1), torchs(module, x, y)) for _ in range(rounds)]
    for way, word in enumerate(("forward", "back")):
        mine, theirs = (least([turn[who][way] for turn in turns]) for who in (0, 1))
        shared = [layer for layer in mine if theirs.get(layer)]
        whole, other = sum(mine[layer] for layer in shared), sum(theirs[layer] for layer in shared)
        large = [layer for layer in shared if theirs[layer] >= LEAST * other]
        ratios = sorted(mine[layer] / theirs[layer] for layer in large)
        within = sum(0.9 <= ratio <= 1.1 for ratio in ratios)
        print(f"| {name} | {word} | {whole * 1e3:.3g} ms | {other * 1e3:.3g} ms | {whole / other:.2f} | {within} of {len(large)} | "
              f"{ratios[0]:.2f} to {ratios[-1]:.2f} |", flush=True)
        if is_each:
            for layer in large:
                print(f"    {layer}: {mine[layer] * 1e6:.0f} µs, {theirs[layer] * 1e6:.0f} µs, {mine[layer] / theirs[layer]:.2f}")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("works", nargs="*", help=f"of {', '.join(works())}; all without any")
    parser.add_argument("--rounds", type=int, default=15, help="turns, of which the least is told")
    parser.add_argument("--layers", action="store_true", help="tell each layer too")
    options = parser.parse_args()
    import torch

    torch.set_num_threads(1)
    print("| net | way | ng.profile | torch.profiler | ratio | layers within 10 % | single layers |\n|---|---|---|---|---|---|---|")
    for name in options.works or works():
        compared(name, options.rounds, options.layers)


if __name__ == "__main__":
    main()
