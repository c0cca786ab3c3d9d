"""A torch module with inputs, a tensor, or a graph of ours comes in; the drawing of its backward pass goes out."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

import networkx as nx

from netgraph.drawing.autograd.picture import SHOWN, detailed
from netgraph.drawing.composition.detail import Depth, Fold
from netgraph.drawing.drawing import Direction, Drawing, Paper
from netgraph.errors import DrawError, shorten, suggestion
from netgraph.plan import Plan

if TYPE_CHECKING:
    from torch import Tensor

STYLES = ("layers", "raw")
SHOWS = ("shapes", "legend")


def draw_autograd(module: Any, *inputs: Any, loss: Any = None, style: str = "layers", parameters: Mapping[str, Tensor] | None = None,
                  show: Collection[str] = SHOWS, fold: Fold = "auto", depth: Depth = "auto", direction: Direction = "auto",
                  theme: str = "light", page: Paper | None = None) -> Drawing:
    """The drawing of the way back: a card for each layer with the functions that autograd recorded in it, from the loss on.

    `module` is a torch module, which is called on the inputs, or a tensor that was computed already; `loss` is a function of the
    module's output, a tensor, or several. A card tells which parameters get their gradient there and how many bytes are saved for
    it; wires carry gradients, their shapes where they change; what no gradient reaches has a box of its own. Or `module` is a graph,
    plan or compiled NumPy net of ours: then our own reverse program is drawn, `loss` is the name of a loss, and inputs are arrays.

    `style` is "layers", or "raw" for every node that autograd recorded by itself, as torchviz draws it. `parameters` are the tensors
    to call by name: by default the module's own, and those inputs that require a gradient. `show` names what is written, of "shapes",
    "saved" (what is kept for each card, on dotted wires) and "legend"; `fold`, `depth`, `direction`, `theme` and `page` are those of
    `draw`, but that calls of one layer, such as the steps of a recurrent net, are always drawn once unless fold is False.

    Raises: DrawError when nothing in the computation requires a gradient, the first argument is none of these, or for an unknown word.

    >>> import torch
    >>> drawing = draw_autograd(torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.Tanh()), torch.ones(1, 3))
    >>> [box.title for box in drawing.picture.boxes]
    ['output', '1', '0']
    >>> drawing.picture.caption
    'backward: 3 functions · 8 parameters · saves 20 B'
    """
    if style not in STYLES:
        raise DrawError(f"There is no style {shorten(style)} of autograd drawings. {suggestion(style, STYLES)}")
    if style == "raw" and (fold, depth) != ("auto", "auto"):
        raise DrawError('style="raw" shows every node by itself, so it takes neither fold nor depth. Leave them out.')
    shown = (show,) if isinstance(show, str) else tuple(show)
    for word in shown:
        if word not in SHOWN:
            raise DrawError(f"An autograd drawing cannot show {shorten(word)}. {suggestion(word, SHOWN)}")
    if isinstance(module, nx.Graph | Plan) or isinstance(getattr(module, "layers", None), Plan):
        if style == "raw":
            raise DrawError('style="raw" draws what torch recorded. Compile the graph first: ng.compile(G, "torch").')
        from netgraph.drawing.autograd.reverse import reverse_tape

        return Drawing(detailed(reverse_tape(module, inputs, loss), shown, fold, depth), direction=direction, theme=theme, page=page)
    from netgraph.drawing.autograd.running import run

    done = run(module, inputs, loss, parameters, is_watched=style != "raw")
    if style == "raw":
        from netgraph.drawing.autograd.raw import raw_picture

        return Drawing(raw_picture(done.title, done.results, done.names), direction=direction, theme=theme, page=page)
    return Drawing(detailed(done.tape(), shown, fold, depth), direction=direction, theme=theme, page=page)
