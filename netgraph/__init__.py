"""netgraph: one networkx.DiGraph declares a neural network; it is drawn, runs in NumPy, trains in torch and shows its autograd."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from netgraph import zoo as zoo
    from netgraph.atlas import draw_map as draw_map, draw_neighbours as draw_neighbours, draw_similarity as draw_similarity
    from netgraph.drawing import Drawing as Drawing, Figure as Figure, draw as draw
    from netgraph.drawing.animation import Animation as Animation, animate as animate
    from netgraph.drawing.autograd import draw_autograd as draw_autograd
    from netgraph.drawing.charts import draw_histograms as draw_histograms, draw_history as draw_history
    from netgraph.drawing.diff import Diff as Diff, diff as diff
    from netgraph.drawing.matrix import draw_matrix as draw_matrix, draw_weights as draw_weights
    from netgraph.drawing.neurons import draw_neurons as draw_neurons
    from netgraph.drawing.view import View as View
    from netgraph.drawing.volumes import draw_volumes as draw_volumes
    from netgraph.engines.compile import compile as compile
    from netgraph.engines.losses import loss as loss
    from netgraph.engines.numpy_net import NumpyNet as NumpyNet
    from netgraph.engines.profiling.measuring import profile as profile
    from netgraph.engines.profiling.profiles import Profile as Profile
    from netgraph.engines.torch_export import Export as Export, export as export
    from netgraph.engines.torch_training import fit_torch as fit_torch, with_weights as with_weights
    from netgraph.engines.training.fitting import EarlyStopping as EarlyStopping
    from netgraph.engines.training.optimizers import optimizer as optimizer
    from netgraph.engines.training.schedules import schedule as schedule
    from netgraph.engines.training.trainer import Trainer as Trainer
    from netgraph.engines.writing.source import to_source as to_source
    from netgraph.errors import (
        ComplaintsError as ComplaintsError,
        DataError as DataError,
        DrawError as DrawError,
        DrawWarning as DrawWarning,
        ExportError as ExportError,
        FileError as FileError,
        GraphError as GraphError,
        InstallError as InstallError,
        NetgraphError as NetgraphError,
        OpError as OpError,
        ShapeError as ShapeError,
        TrainingError as TrainingError,
        WeightError as WeightError,
    )
    from netgraph.exchange import load as load, save as save
    from netgraph.history import History as History
    from netgraph.importing import from_torch as from_torch, load_torch as load_torch
    from netgraph.inference import check as check, infer as infer
    from netgraph.neurons import from_neurons as from_neurons, to_neurons as to_neurons
    from netgraph.overlay import Overlay as Overlay
    from netgraph.similarity.distance import distance as distance, distance_matrix as distance_matrix
    from netgraph.similarity.embedding import embed as embed
    from netgraph.similarity.encoder import GraphEncoder as GraphEncoder
    from netgraph.similarity.family import similarity as similarity
    from netgraph.similarity.library import Index as Index, Match as Match
    from netgraph.stack import chain as chain
    from netgraph.table import summarize as summarize

__version__ = "0.1.0"

# Public names and the rooms they live in. A room is entered when its name is first used, so `import netgraph` costs nothing.
_ROOMS = {
    "netgraph.stack": ("chain",),
    "netgraph.atlas": ("draw_map", "draw_neighbours", "draw_similarity"),
    "netgraph.drawing": ("Drawing", "Figure", "draw"),
    "netgraph.drawing.autograd": ("draw_autograd",),
    "netgraph.drawing.animation": ("Animation", "animate"),
    "netgraph.drawing.charts": ("draw_histograms", "draw_history"),
    "netgraph.drawing.matrix": ("draw_matrix", "draw_weights"),
    "netgraph.drawing.neurons": ("draw_neurons",),
    "netgraph.drawing.view": ("View",),
    "netgraph.drawing.volumes": ("draw_volumes",),
    "netgraph.drawing.diff": ("Diff", "diff"),
    "netgraph.engines.compile": ("compile",),
    "netgraph.history": ("History",),
    "netgraph.engines.losses": ("loss",),
    "netgraph.engines.numpy_net": ("NumpyNet",),
    "netgraph.engines.profiling.measuring": ("profile",),
    "netgraph.engines.profiling.profiles": ("Profile",),
    "netgraph.engines.torch_export": ("Export", "export"),
    "netgraph.engines.torch_training": ("fit_torch", "with_weights"),
    "netgraph.engines.training.fitting": ("EarlyStopping",),
    "netgraph.engines.training.optimizers": ("optimizer",),
    "netgraph.engines.training.schedules": ("schedule",),
    "netgraph.engines.training.trainer": ("Trainer",),
    "netgraph.engines.writing.source": ("to_source",),
    "netgraph.errors": ("ComplaintsError", "DataError", "DrawError", "DrawWarning", "ExportError", "FileError", "GraphError",
                        "InstallError", "NetgraphError", "OpError", "ShapeError", "TrainingError", "WeightError"),
    "netgraph.exchange": ("load", "save"),
    "netgraph.importing": ("from_torch", "load_torch"),
    "netgraph.inference": ("check", "infer"),
    "netgraph.neurons": ("from_neurons", "to_neurons"),
    "netgraph.overlay": ("Overlay",),
    "netgraph.similarity.distance": ("distance", "distance_matrix"),
    "netgraph.similarity.embedding": ("embed",),
    "netgraph.similarity.encoder": ("GraphEncoder",),
    "netgraph.similarity.library": ("Index", "Match"),
    "netgraph.table": ("summarize",),
}
_ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names} | {"zoo": "netgraph.zoo", "similarity": "netgraph.similarity"}

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
