"""Training in torch: a module and samples flow in; trained weights, a history and checkpoints come out."""

from netgraph.engines.torch_training.fitting import fit_torch
from netgraph.engines.torch_training.weights import with_weights

__all__ = ["fit_torch", "with_weights"]
