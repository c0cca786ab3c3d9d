"""A plan comes in; its blocks go out: layers that give the same feature map together, in running order, and what flows between them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from netgraph.drawing.subject import refuse_loops
from netgraph.errors import DrawError, shorten
from netgraph.picture import Edge
from netgraph.plan import Layer, Plan
from netgraph.shape import Shape, element_count
from netgraph.weights import NodeId

MOST_BLOCKS = 40         # of a row; groups are drawn as one block each where there are more
MOST_ALIKE = 4           # equal blocks behind each other; more are drawn as one, with their number
RESTING = ("activation", "norm", "noise", "slope", "arrange", "gate")      # families that change no size
JOINING = ("add", "mul", "sub", "div", "maximum", "minimum")
SHALLOW = ("conv", "norm", "pool", "activation", "noise")        # families that a shortcut may hold


@dataclass(frozen=True)
class Block:
    """A feature map (channels, height, width) or a vector (units,), and the layers that make it. `title` is that of a whole group."""

    layers: tuple[Layer, ...]
    shape: Shape
    title: str = ""
    repeats: int = 1

    @property
    def op_layer(self) -> Layer:
        """The layer that makes it: the first, or of a group the first with weights."""
        weighted = [layer for layer in self.layers if layer.op.is_weighted] if self.title else []
        return [*weighted, *self.layers][0]

    @property
    def is_joined(self) -> bool:
        """Whether other maps are laid beside the one that its first layer makes."""
        return not self.title and any(layer.op_name == "concat" for layer in self.layers[1:])

    def is_like(self, other: Block) -> bool:
        """Whether the two read alike."""
        return (self.shape == other.shape and self.op_layer.op == other.op_layer.op and bool(self.title) == bool(other.title))


@dataclass(frozen=True)
class Flow:
    """What runs from one block to another: the edges between them, and the layers of a shortcut that stands on no block."""

    source: int
    target: int
    edges: tuple[Edge, ...]
    aside: tuple[Layer, ...] = ()


def blocks_of(plan: Plan) -> tuple[list[Block], list[Flow]]:
    """The blocks of a net in a row, and the flows between them.

    Raises: DrawError for delayed edges, a layer whose output is neither a feature map nor a vector, and for nets of too many blocks.

    >>> import netgraph as ng
    >>> blocks, flows = blocks_of(ng.infer(ng.zoo.lenet()))
    >>> [block.shape for block in blocks][1:4], len(flows)
    ([(6, 28, 28), (6, 14, 14), (16, 10, 10)], 7)
    """
    _require_maps(plan)
    deepest = max((len(layer.group) for layer in plan), default=0)
    for depth in (0, *range(deepest, 0, -1)):
        blocks, flows = _folded(*_line(plan, depth))
        if len(blocks) <= MOST_BLOCKS:
            return blocks, flows
    raise DrawError(f"The net has {len(blocks):,} feature maps of different sizes or kinds, and a row of blocks shows at most "
                    f"{MOST_BLOCKS}. Give its layers groups, such as within='stage1', each of which is one block, or use ng.draw(G).")


def _require_maps(plan: Plan) -> None:
    refuse_loops(plan)
    has_maps = any(layer.op.family in ("conv", "pool") for layer in plan)
    for layer in plan:
        rank = len(layer.shape)
        if any(isinstance(dim, str) for dim in layer.shape) or rank > 3 or (rank == 2 and not has_maps):
            raise DrawError(f"Node {shorten(layer.id)} ({layer.op_name}) gives the shape {layer.shape}, which is neither a feature map "
                            "(channels, height, width) nor a vector. Draw its layers with ng.draw(G).")


@dataclass
class _Draft:
    layers: list[Layer]
    shape: Shape
    depth: int
    title: str = ""
    sources: set[int] = field(default_factory=set)
    is_aside: bool = False


def _line(plan: Plan, depth: int) -> tuple[list[Block], list[Flow]]:
    """Blocks and flows, groups of that depth taken as one block each; none for depth 0."""
    drafts: list[_Draft] = []
    home: dict[NodeId, int] = {}
    of_group: dict[tuple[str, ...], int] = {}
    readers: dict[NodeId, set[NodeId]] = {layer.id: set() for layer in plan}
    for layer in plan:
        for wire in layer.wires:
            readers[wire.source].add(layer.id)
        group = layer.group[:depth] if depth and len(layer.group) >= depth else ()
        place = of_group.get(group) if group else _joined(layer, drafts, home, readers)
        if place is None:
            place = len(drafts)
            drafts.append(_Draft([], layer.shape, 0, "/".join(group)))
        elif group or layer.op_name == "concat":
            drafts[place].shape = layer.shape
        if group:
            of_group[group] = place
        drafts[place].layers.append(layer)
        home[layer.id] = place
        sources = {home[wire.source] for wire in layer.wires} - {place}
        drafts[place].sources |= sources
        drafts[place].depth = max([drafts[place].depth, *(drafts[source].depth + 1 for source in sources)])
    return _frozen(plan, drafts, home)


def _joined(layer: Layer, drafts: list[_Draft], home: Mapping[NodeId, int], readers: Mapping[NodeId, set[NodeId]]) -> int | None:
    """The block that a layer only continues: it keeps the number of elements, or adds up maps of one size."""
    sources = sorted({home[wire.source] for wire in layer.wires})
    if layer.op_name == "concat" and len(layer.shape) > 1 and _is_read_by_one(drafts[sources[-1]], readers):
        return sources[-1]
    if not sources or layer.op.is_weighted or any(element_count(wire.shape) > element_count(layer.shape) for wire in layer.wires):
        return None
    if len(sources) > 1:
        if layer.op_name not in JOINING:
            return None
        deepest = max(sources, key=lambda source: drafts[source].depth)
        for source in sources:
            drafts[source].is_aside = source != deepest and _is_shortcut(drafts[source], drafts[deepest], readers)
        sources = [source for source in sources if not drafts[source].is_aside]
    elif not (layer.parts or layer.op.family in RESTING or layer.op_name in (*JOINING, "identity")):
        return None
    last = sources[-1]
    return last if element_count(drafts[last].shape) == element_count(layer.shape) else None


def _is_read_by_one(draft: _Draft, readers: Mapping[NodeId, set[NodeId]]) -> bool:
    inner = {layer.id for layer in draft.layers}
    return not draft.title and len({reader for layer in draft.layers for reader in readers[layer.id]} - inner) == 1


def _is_shortcut(draft: _Draft, deepest: _Draft, readers: Mapping[NodeId, set[NodeId]]) -> bool:
    """Whether a block is a small step beside a deeper way: one source, one reader, a convolution or so of its own."""
    return (draft.depth < deepest.depth and len(draft.sources) == 1 and _is_read_by_one(draft, readers) and all(
        layer.op.family in SHALLOW for layer in draft.layers))


def _frozen(plan: Plan, drafts: list[_Draft], home: Mapping[NodeId, int]) -> tuple[list[Block], list[Flow]]:
    kept = [place for place, draft in enumerate(drafts) if not draft.is_aside]
    number = {place: at for at, place in enumerate(kept)}
    edges: dict[tuple[int, int], list[Edge]] = {}
    aside: dict[tuple[int, int], list[int]] = {}
    for layer in plan:
        for wire in layer.wires:
            ends = home[wire.source], home[layer.id]
            if drafts[ends[0]].is_aside and ends[0] != ends[1]:
                beyond = (next(iter(drafts[ends[0]].sources)), ends[1])
                aside.setdefault(beyond, []).append(ends[0])
                edges.setdefault(beyond, []).append((wire.source, layer.id))
            elif ends[0] != ends[1] and not drafts[ends[1]].is_aside:
                edges.setdefault(ends, []).append((wire.source, layer.id))
    flows = [Flow(number[source], number[target], tuple(dict.fromkeys(pairs)),
                  tuple(layer for place in aside.get((source, target), ()) for layer in drafts[place].layers))
             for (source, target), pairs in edges.items()]
    return [Block(tuple(drafts[place].layers), drafts[place].shape, drafts[place].title) for place in kept], flows


def _folded(blocks: list[Block], flows: list[Flow]) -> tuple[list[Block], list[Flow]]:
    """The same with long runs of equal blocks made one."""
    runs: list[list[int]] = []
    for at, block in enumerate(blocks):
        if runs and block.is_like(blocks[at - 1]):
            runs[-1].append(at)
        else:
            runs.append([at])
    parts = [part for run in runs for part in ([run] if len(run) > MOST_ALIKE else [[at] for at in run])]
    number = {at: place for place, part in enumerate(parts) for at in part}
    merged: dict[tuple[int, int], Flow] = {}
    for flow in flows:
        ends = number[flow.source], number[flow.target]
        if ends[0] != ends[1]:
            known = merged.get(ends, Flow(*ends, ()))
            merged[ends] = Flow(*ends, (*known.edges, *flow.edges), (*known.aside, *flow.aside))
    return [_one(blocks[at] for at in part) for part in parts], list(merged.values())


def _one(run: Iterable[Block]) -> Block:
    first, *rest = run
    return replace(first, layers=(*first.layers, *(layer for block in rest for layer in block.layers)), repeats=1 + len(rest))
