"""The measured figures flow in; a picture comes out: for each work a panel, in it a bar for each engine, the fastest on top."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tables import Row, clock, printed

import netgraph
from netgraph.drawing.themes.theme import LIGHT

LONGEST = 4.0                                              # times netgraph's; longer bars are cut, and say so
NAMES, TIMES = 1.75, 1.45                                  # the room left of the bars and right of them, in the same measure
COLUMNS = 3
OURS, OTHERS = LIGHT.paint("dense").edge, "#c9d1dc"
FONTS = Path(netgraph.__file__).parent / "drawing" / "fonts"


def save_chart(rows: list[Row], path: Path) -> None:
    """Write the picture. The dashed line is the time of the matrix products alone, which NumPy cannot do without."""
    import matplotlib
    from matplotlib import font_manager
    from matplotlib.figure import Figure
    for file in FONTS.glob("*.ttf"):
        font_manager.fontManager.addfont(str(file))
    with matplotlib.rc_context({"font.family": "Inter", "text.color": LIGHT.ink, "svg.fonttype": "none"}):
        lines = [rows[start:start + COLUMNS] for start in range(0, len(rows), COLUMNS)]
        heights = [max(len(_bars(row)) for row in line) + 1.6 for line in lines]
        figure = Figure(figsize=(4.2 * len(lines[0]), 0.27 * sum(heights) + 0.5), dpi=160, layout="constrained")
        figure.get_layout_engine().set(w_pad=0.1, h_pad=0.02, hspace=0, wspace=0)
        panels = figure.subplots(len(lines), len(lines[0]), squeeze=False, height_ratios=heights)
        for line, height, places in zip(lines, heights, panels, strict=True):
            for axes, row in zip(places, line, strict=False):
                _draw_panel(axes, row, height)
            for axes in places:
                axes.axis("off")
        figure.suptitle(_title(rows[0]), x=0.008, ha="left", fontsize=10, color=LIGHT.quiet)
        figure.savefig(path)


def _title(row: Row) -> str:
    what = "CPU time, 1 thread" if row["threads"] == 1 else f"wall time, {row['threads']} threads"
    return f"One step, {what}, float32; shorter is faster. The dashed line is the time of the matrix products alone."


def _bars(row: Row) -> list[tuple[str, float]]:
    times = {name: figure[clock(row)][1] for name, figure in row["figures"].items() if name != "GEMMs alone"}
    return sorted(times.items(), key=lambda bar: bar[1])


def _draw_panel(axes: Any, row: Row, height: float) -> None:
    bars = _bars(row)
    ours = dict(bars)["netgraph"]
    for place, (name, time) in enumerate(bars):
        length, is_ours = min(time / ours, LONGEST), name == "netgraph"
        axes.barh(place, length, height=0.72, color=OURS if is_ours else OTHERS)
        if time / ours > LONGEST:
            axes.plot([LONGEST - 0.22, LONGEST - 0.1], [place - 0.5, place + 0.5], color="white", linewidth=3)
        axes.text(-0.08, place, name, ha="right", va="center", fontsize=8.5, color=OURS if is_ours else LIGHT.ink,
                  weight="semibold" if is_ours else "regular")
        ratio = "" if is_ours else f"  ×{time / ours:.3g}" if time / ours >= 10 else f"  ×{time / ours:.2f}"
        axes.text(length + 0.06, place, f"{printed(time)}{ratio}", va="center", fontsize=8, color=OURS if is_ours else LIGHT.quiet)
    if "GEMMs alone" in row["figures"]:
        floor = row["figures"]["GEMMs alone"][clock(row)][1] / ours
        axes.plot([floor, floor], [-0.5, len(bars) - 0.5], color=LIGHT.ink, linewidth=1, linestyle=(0, (3, 2)))
    axes.text(-NAMES, -1.05, f"{row['work']}  {row['what']}", va="center", fontsize=9, weight="semibold")
    axes.set_xlim(-NAMES, LONGEST + TIMES)
    axes.set_ylim(height - 2, -1.6)
