"""The command `autograd`: a net flows in, the picture of its way back comes out, as torch records it or as our own program goes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from netgraph.cli.draw import direction_option, dpi_option, fold_option, require_room, theme_option, write_picture
from netgraph.cli.options import NET_HELP, Example, input_option, loss_word, net_argument, read_net
from netgraph.cli.outputs import places
from netgraph.cli.views import VIEWS, explicit

if TYPE_CHECKING:
    import networkx as nx
    import torch

    from netgraph.drawing.composition.detail import Depth, Fold
    from netgraph.drawing.drawing import Direction, Drawing, Paper
    from netgraph.plan import Plan


@click.command(short_help="Draw how gradients come back, by layers.", epilog=NET_HELP)
@net_argument
@click.option("-o", "--output", metavar="FILE", help="The picture: .png, .svg, .pdf, .html, ...  [default: NET's name-autograd.png]")
@click.option("--loss", type=loss_word, help="Record a loss behind the net, such as sse.")
@click.option("--style", type=click.Choice(["layers", "raw"]), default="layers",
              help="A card for each layer, or every node that torch recorded.")
@click.option("--backend", type=click.Choice(["torch", "numpy"]), default="torch", help="Whose way back is drawn.")
@click.option("--batch", type=click.IntRange(min=1), default=2, help="Samples, drawn at random, that the net is run on.")
@click.option("--seed", type=click.IntRange(min=0), default=0, help="The start of the weights and samples.")
@dpi_option
@direction_option
@theme_option
@fold_option
@click.option("--depth", type=click.IntRange(min=0), help="Draw groups nested deeper as one card each.  [default: what can be read]")
@click.option("--page", metavar="PAPER", help="The paper that it is for: a4, letter, ...; several pages where one could not be read.")
@input_option
def autograd(net: str, output: str | None, loss: str | None, batch: int, seed: int, dpi: float, inputs: tuple[Example, ...],
             **options: Any) -> None:
    """Run a net on random samples and draw how gradients come back: a card for each layer, what it saves, where they go.

    \b
      netgraph autograd net.py -o autograd.png --loss sse
      netgraph autograd net.py --style raw
      netgraph autograd net.py --backend numpy --loss mse
      netgraph autograd model.py:Net --input 1x3x224x224
    """
    (path,) = places([net], output, None, VIEWS["autograd"].suffixes, "-autograd")
    require_room([path])
    drawing = recorded(read_net(net, inputs), loss=loss, batch=batch, seed=seed, **explicit(click.get_current_context(), options))
    write_picture(drawing, path, dpi)


def recorded(graph: nx.DiGraph, *, loss: str | None = None, style: str = "layers", backend: str = "torch", batch: int = 2, seed: int = 0,
             direction: Direction = "auto", theme: str = "light", fold: Fold = "auto", depth: Depth = "auto",
             page: Paper | None = None) -> Drawing:
    """The drawing of the way back of a net that runs on random samples."""
    from netgraph.cli.random_samples import random_inputs
    from netgraph.drawing.autograd import draw_autograd
    from netgraph.inference import infer
    plan = infer(graph)
    options: dict[str, Any] = {"style": style, "direction": direction, "theme": theme, "fold": fold, "depth": depth,
                               "page": page}
    if backend == "numpy":
        return draw_autograd(plan, *random_inputs(plan, batch, seed), loss=loss, **options)
    import torch

    from netgraph.engines.torch_module import torch_module
    torch.manual_seed(seed)
    x = map(torch.from_numpy, random_inputs(plan, batch, seed))
    return draw_autograd(torch_module(plan, seed=seed), *x, loss=random_loss(loss, plan) if loss else None, **options)


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
