"""The vocabulary: every page of this folder adds its words to OPS (layers) or LOSSES; a new page is found by itself."""

from __future__ import annotations

import importlib
import pkgutil

from netgraph.ops.word import LOSSES, OPS

for _page in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_page.name}")

ACTIVATIONS = {word: op for word, op in OPS.items() if op.family == "activation"}

__all__ = ["ACTIVATIONS", "LOSSES", "OPS"]
