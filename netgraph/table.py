"""A graph flows in; its summary comes out: a row for each layer and the totals, as a table for terminals and notebooks."""

from __future__ import annotations

import html
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from netgraph.closing import closed, closed_layer
from netgraph.inference import plan_of
from netgraph.plan import Layer, Plan
from netgraph.weights import NodeId, PartId
from netgraph.wording import SEPARATOR, clip, display_width, listed, net_text, op_text, printable, shapes_text, short_name, source_text

HEAD = ("layer", "op", "from", "output", "parameters", "FLOPs", "bytes")
TEXTS = 4                      # the first columns are words, set left; the others are numbers, set right
ROOMY, NARROWEST = (16, 24, 12, 14), (12, 6, 6, 6)     # how far the words of a wide table are cut at first, and at last
LEAST_WIDTH = 80
FIRST, LAST = 30, 10           # rows that are shown of a long table
NOTHING = "–"


@dataclass(frozen=True)
class Row:
    """One layer as plain data. `parameters` are those that the layer owns, `frozen` how many of them are not trained.

    A block's numbers are those of all its parts together.
    """

    layer: NodeId
    op: str
    sources: tuple[str, ...]
    output: str
    parameters: int
    flops: int
    bytes: int
    frozen: int = 0
    tied_to: NodeId | None = None
    group: tuple[str, ...] = ()
    is_block: bool = False


@dataclass(frozen=True, repr=False)
class Summary:
    """The table of a net: `rows` and totals are plain data; it prints itself in a terminal and shows itself in a notebook.

    Counts take tied weights once; FLOPs are those of one sample's forward pass, bytes those of float32.
    """

    title: str
    rows: tuple[Row, ...]
    parameters: int
    frozen: int
    buffers: int
    flops: int
    activation_bytes: int

    @property
    def trainable(self) -> int:
        """Numbers that training moves."""
        return self.parameters - self.frozen

    @property
    def weight_bytes(self) -> int:
        """Bytes of all parameters and buffers in float32."""
        return 4 * (self.parameters + self.buffers)

    def text(self, *, width: int | None = None, complete: bool = False) -> str:
        """The table as text, at most `width` columns wide (by default the terminal's, at least 80), all rows if `complete`.

        >>> import netgraph as ng
        >>> print(ng.summarize(ng.chain(3, 4, "tanh", 1, name="3-4-1")).text(width=80))
        3-4-1: 3 layers, x (3) → dense2 (1)
        layer   op              from    output  parameters  FLOPs  bytes
        ────────────────────────────────────────────────────────────────
        x       input           –       3                –      –     12
        dense1  dense 4 · tanh  x       4               16     24     16
        dense2  dense 1         dense1  1                5      8      4
        ────────────────────────────────────────────────────────────────
        total                                           21     32     32
        parameters: 21 trainable, 0 frozen, 84 bytes
        activations: 32 bytes for one sample · FLOPs: 2 for each multiply-add
        """
        room = max(width or shutil.get_terminal_size().columns, LEAST_WIDTH)
        total = self._total_cells()
        for is_short in (False, True):                     # where it is too wide, names leave out the groups that stand above them
            body = list(self._cells(complete, is_short))
            widths = _widest([HEAD, total, *(cells for cells in body if len(cells) > 1)])
            if _line_width(widths) <= room:
                break
        widths = _cut(widths, room)
        rule = "─" * _line_width(widths)
        lines = [clip(cells[0], room) if len(cells) == 1 else _line(cells, widths) for cells in body]
        return "\n".join([clip(self.title, room), _line(HEAD, widths), rule, *lines, rule, _line(total, widths), *self._notes()])

    def __str__(self) -> str:
        return self.text()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        rows = [_html_row(HEAD, "th"), *(_html_row(cells, "td") for cells in self._cells()), _html_row(self._total_cells(), "th")]
        notes = "<br>".join(html.escape(note) for note in self._notes())
        return f"<table><caption>{html.escape(self.title)}</caption>{''.join(rows)}</table><p>{notes}</p>"

    def _cells(self, complete: bool = False, is_short: bool = False) -> Iterator[tuple[str, ...]]:
        """The cells of each line; a line of one cell, the name of a group or what was left out, runs over all columns."""
        groups: tuple[str, ...] = ()
        opened: set[tuple[str, ...]] = set()               # the groups of blocks, whose rows are their headings
        hidden = 0 if complete else max(len(self.rows) - FIRST - LAST, 0)
        for place, row in enumerate(self.rows):
            if hidden > 1 and FIRST <= place < FIRST + hidden:
                if place == FIRST:
                    yield (f"… {hidden:,} more layers …",)
                continue
            for depth, word in enumerate(row.group):
                if groups[:depth + 1] != row.group[:depth + 1] and row.group[:depth + 1] not in opened:
                    yield (f"{'  ' * depth}{printable(word)}/",)
            groups = row.group
            if row.is_block:
                opened.add((*row.group, _last_word(row.layer)))
            yield _row_cells(row, is_short)

    def _total_cells(self) -> tuple[str, ...]:
        return "total", "", "", "", f"{self.parameters:,}", f"{self.flops:,}", f"{self.activation_bytes:,}"

    def _notes(self) -> list[str]:
        kept = f", {self.buffers:,} kept in buffers" if self.buffers else ""
        return [f"parameters: {self.trainable:,} trainable, {self.frozen:,} frozen{kept}, {self.weight_bytes:,} bytes",
                f"activations: {self.activation_bytes:,} bytes for one sample{SEPARATOR}FLOPs: 2 for each multiply-add"]


def summarize(graph: Any, *, unfold: bool = False) -> Summary:
    """The summary of a graph, plan or NumPy net: layer, op, sources, output shape, parameters, FLOPs and bytes in rows, and the totals.

    A block has one row; with `unfold` its parts have theirs below.

    Raises: whatever `infer` finds wrong with the graph.

    >>> import netgraph as ng
    >>> summary = ng.summarize(ng.chain(784, 100, "relu", 10))
    >>> summary.parameters, summary.flops, summary.rows[1].op
    (79510, 158800, 'dense 100 · relu')
    """
    plan = plan_of(graph)
    learned = [p for p in plan.parameters.values() if not p.is_buffer]
    return Summary(net_text(plan), _rows(plan, unfold), plan.parameter_count,
                   sum(p.count for p in learned if not p.trainable), sum(p.count for p in plan.parameters.values() if p.is_buffer),
                   plan.flops, plan.activation_bytes)


def _rows(plan: Plan, unfold: bool) -> tuple[Row, ...]:
    """A row for each node, and behind a block's, if they are wanted, those of its parts."""
    if not unfold:
        return tuple(map(_row, closed(plan)))
    rows: list[Row] = []
    begins: dict[NodeId, int] = {}                         # of each layer, the place of its first row
    for layer in plan:
        begins[layer.id] = begins[layer.parts[0]] if layer.parts else len(rows)
        rows.insert(begins[layer.id], _row(closed_layer(plan, layer)))
    return tuple(rows)


def _row(layer: Layer) -> Row:
    owned = [] if layer.shared_with is not None else [p for p in layer.parameters if not p.is_buffer]
    return Row(layer.id, op_text(layer), tuple(map(source_text, layer.wires)), shapes_text(layer), layer.parameter_count, layer.flops,
               layer.activation_bytes, sum(p.count for p in owned if not p.trainable), layer.shared_with, layer.group, bool(layer.parts))


def _last_word(node: NodeId) -> str:
    return str(node[-1] if isinstance(node, PartId) else node)


def _row_cells(row: Row, is_short: bool) -> tuple[str, ...]:
    groups = tuple(map(printable, row.group))

    def called(name: str) -> str:
        return short_name(name, groups) if is_short else name.removeprefix("".join(f"{word}/" for word in groups))

    op = row.op if row.tied_to is None else f"{row.op}{SEPARATOR}weights of {printable(row.tied_to)}"
    sources = listed([called(source) for source in row.sources], 9) or NOTHING
    return ("  " * len(row.group) + called(printable(row.layer)), op, sources, row.output, _parameters_text(row),
            _number(row.flops), _number(row.bytes))


def _parameters_text(row: Row) -> str:
    if row.tied_to is not None:
        return "tied"
    frozen = "frozen " if row.frozen == row.parameters else f"{row.frozen:,} frozen of "
    return frozen * (row.frozen > 0) + _number(row.parameters)


def _number(count: int) -> str:
    return f"{count:,}" if count else NOTHING


def _widest(lines: Sequence[Sequence[str]]) -> list[int]:
    return [max(map(display_width, column)) for column in zip(*lines, strict=True)]


def _line_width(widths: Sequence[int]) -> int:
    return sum(widths) + 2 * len(widths) - 2


def _cut(widths: list[int], room: int) -> list[int]:
    """The columns' widths, those of the widest words less where the line would be wider than the room."""
    excess = _line_width(widths) - room
    for floors in (ROOMY, NARROWEST):
        spare = [max(width - floor, 0) for width, floor in zip(widths, floors, strict=False)]
        while excess > 0 and any(spare):
            widest = spare.index(max(spare))
            widths[widest], spare[widest], excess = widths[widest] - 1, spare[widest] - 1, excess - 1
    return widths


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    shown = []
    for place, (cell, width) in enumerate(zip(cells, widths, strict=True)):
        text = clip(cell, width)
        gap = " " * (width - display_width(text))
        shown.append(text + gap if place < TEXTS else gap + text)
    return "  ".join(shown).rstrip()


def _html_row(cells: Sequence[str], tag: str) -> str:
    if len(cells) == 1:
        return f'<tr><td colspan="{len(HEAD)}" style="text-align:left">{html.escape(cells[0])}</td></tr>'
    sides = ["left" if i < TEXTS else "right" for i in range(len(cells))]
    return "<tr>" + "".join(f'<{tag} style="text-align:{side}">{html.escape(cell).replace("  ", "&emsp;")}</{tag}>'
                            for cell, side in zip(cells, sides, strict=True)) + "</tr>"
