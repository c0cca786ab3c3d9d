"""netgraph: one networkx.DiGraph declares a neural network; it is drawn, runs in NumPy, trains in torch and shows its autograd."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from netgraph import zoo as zoo
    from netgraph.drawing import Drawing as Drawing, draw as draw
    from netgraph.drawing.autograd import draw_autograd as draw_autograd
    from netgraph.drawing.diff import Diff as Diff, diff as diff
    from netgraph.engines.compile import compile as compile
    from netgraph.engines.history import History as History
    from netgraph.engines.losses import loss as loss
    from netgraph.engines.numpy_net import NumpyNet as NumpyNet
    from netgraph.engines.optimizers import optimizer as optimizer
    from netgraph.engines.schedules import schedule as schedule
    from netgraph.engines.source import to_source as to_source
    from netgraph.engines.trainer import Trainer as Trainer
    from netgraph.engines.training import EarlyStopping as EarlyStopping
    from netgraph.errors import (
        ComplaintsError as ComplaintsError,
        DataError as DataError,
        DrawError as DrawError,
        FileError as FileError,
        GraphError as GraphError,
        NetgraphError as NetgraphError,
        OpError as OpError,
        ShapeError as ShapeError,
        TrainingError as TrainingError,
        WeightError as WeightError,
    )
    from netgraph.exchange import load as load, save as save
    from netgraph.inference import check as check, infer as infer
    from netgraph.stack import chain as chain
    from netgraph.table import summarize as summarize

__version__ = "0.1.0"

# Public names and the rooms they live in. A room is entered when its name is first used, so `import netgraph` costs nothing.
_ROOMS = {
    "netgraph.stack": ("chain",),
    "netgraph.drawing": ("Drawing", "draw"),
    "netgraph.drawing.autograd": ("draw_autograd",),
    "netgraph.drawing.diff": ("Diff", "diff"),
    "netgraph.engines.compile": ("compile",),
    "netgraph.engines.history": ("History",),
    "netgraph.engines.losses": ("loss",),
    "netgraph.engines.numpy_net": ("NumpyNet",),
    "netgraph.engines.optimizers": ("optimizer",),
    "netgraph.engines.schedules": ("schedule",),
    "netgraph.engines.source": ("to_source",),
    "netgraph.engines.trainer": ("Trainer",),
    "netgraph.engines.training": ("EarlyStopping",),
    "netgraph.errors": ("ComplaintsError", "DataError", "DrawError", "FileError", "GraphError", "NetgraphError", "OpError", "ShapeError",
                        "TrainingError", "WeightError"),
    "netgraph.exchange": ("load", "save"),
    "netgraph.inference": ("check", "infer"),
    "netgraph.table": ("summarize",),
}
_ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names} | {"zoo": "netgraph.zoo"}

__all__ = ["__version__", *sorted(_ROOM_OF)]


def __getattr__(name: str) -> Any:
    if name not in _ROOM_OF:
        raise AttributeError(f"module 'netgraph' has no attribute '{name}'")
    room = importlib.import_module(_ROOM_OF[name])
    value = room if room.__name__ == f"{__name__}.{name}" else getattr(room, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
