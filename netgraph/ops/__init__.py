"""The vocabulary: every page of this folder adds its words to OPS (layers) or LOSSES; a new page is found by itself."""

from __future__ import annotations

import pkgutil

from netgraph.ops.word import LOSSES, OPS, Register, announce_page

for _page in pkgutil.iter_modules(__path__):
    announce_page(f"{__name__}.{_page.name}", (pkgutil.get_data(__name__, f"{_page.name}.py") or b"").decode("utf-8"))

ACTIVATIONS = frozenset(OPS.family("activation"))

__all__ = ["ACTIVATIONS", "LOSSES", "OPS", "Register"]
