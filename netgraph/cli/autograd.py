"""The command `autograd`: a net flows in, the picture of what torch records while it runs comes out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from netgraph.cli.draw import direction_option, dpi_option, require_room, theme_option, write_picture
from netgraph.cli.options import NET_HELP, loss_word, net_argument, read_net
from netgraph.cli.outputs import places
from netgraph.cli.views import VIEWS, explicit

if TYPE_CHECKING:
    import networkx as nx
    import torch

    from netgraph.drawing.drawing import Direction, Drawing
    from netgraph.plan import Plan

STEPS = 4     # the size that a named dim, such as "T" or the time of a loop, is given


@click.command(short_help="Draw the graph that torch's autograd records.", epilog=NET_HELP)
@net_argument
@click.option("-o", "--output", metavar="FILE", help="The picture: .png, .svg, .pdf or .dot.  [default: NET's name-autograd.png]")
@click.option("--loss", type=loss_word, help="Record a loss behind the net, such as sse.")
@click.option("--batch", type=click.IntRange(min=1), default=2, help="Samples, drawn at random, that the net is run on.")
@click.option("--seed", type=click.IntRange(min=0), default=0, help="The start of the weights and samples.")
@dpi_option
@direction_option
@theme_option
def autograd(net: str, output: str | None, loss: str | None, batch: int, seed: int, dpi: float, **options: Any) -> None:
    """Run a net in torch on random samples and draw the graph of gradient functions that autograd records.

    \b
      netgraph autograd net.py -o autograd.png --loss sse
    """
    (path,) = places([net], output, None, VIEWS["autograd"].suffixes, "-autograd")
    require_room([path])
    drawing = recorded(read_net(net), loss=loss, batch=batch, seed=seed, **explicit(click.get_current_context(), options))
    write_picture(drawing, path, dpi)


def recorded(graph: nx.DiGraph, *, loss: str | None = None, batch: int = 2, seed: int = 0, direction: Direction = "auto",
             theme: str = "light") -> Drawing:
    """The drawing of what torch records while a net runs on random samples."""
    from netgraph.drawing.autograd import draw_autograd
    from netgraph.engines.torch_module import torch_module
    from netgraph.inference import infer
    plan = infer(graph)
    inputs = random_inputs(plan, batch, seed)
    return draw_autograd(torch_module(plan, seed=seed), *inputs, loss=random_loss(loss, plan) if loss else None, direction=direction,
                         theme=theme)


def random_inputs(plan: Plan, batch: int, seed: int) -> list[torch.Tensor]:
    """Random samples for each input of a net; indices, where an input carries them."""
    import torch
    torch.manual_seed(seed)
    rows = min((layer.op.constants().get("num_embeddings", 1) for layer in plan if layer.op.integer_inputs), default=1)
    shapes = {name: (batch, *(dim if isinstance(dim, int) else STEPS for dim in plan.sample_shapes(name)[0])) for name in plan.inputs}
    return [torch.randint(rows, shape) if plan[name].is_integer else torch.randn(shape) for name, shape in shapes.items()]


def random_loss(name: str, plan: Plan) -> Any:
    """The loss as a function of the net's output or outputs, against random targets: classes, or 0 and 1.

    Of a recurrent net each time step is a sample.
    """
    import torch

    from netgraph.engines.losses import loss as choose_loss
    op = choose_loss(name)

    def against(output: torch.Tensor) -> Any:
        x = output.flatten(0, 1) if plan.is_recurrent else output
        if name == "cross_entropy":
            return op.torch(torch, x, torch.randint(x.shape[1], (x.shape[0], *x.shape[2:])))
        return op.torch(torch, x, torch.randint(2, x.shape).to(x.dtype))

    return lambda output: sum(map(against, output)) if isinstance(output, tuple) else against(output)
