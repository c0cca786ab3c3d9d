"""The vocabulary: every page of this folder and of the blocks' adds its words to OPS or LOSSES; a new one is found by itself."""

from __future__ import annotations

import pkgutil

from netgraph.ops.word import LOSSES, OPS, Register, announce_page

for _room in ("ops", "blocks"):
    for _page in pkgutil.iter_modules([f"{__path__[0]}/../{_room}"]):
        _text = pkgutil.get_data("netgraph", f"{_room}/{_page.name}.py") or b""
        announce_page(f"netgraph.{_room}.{_page.name}", _text.decode("utf-8"))

ACTIVATIONS = frozenset(OPS.family("activation"))

__all__ = ["ACTIVATIONS", "LOSSES", "OPS", "Register"]
