"""Attention recognised: a sketch flows in; where projections, products and a softmax make up what 'attention' does, it is one node."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from netgraph.block import OUT_OF_SIGHT
from netgraph.exchange.torch_import.calls import Call, Thing
from netgraph.exchange.torch_import.made import Made
from netgraph.exchange.torch_import.masking import HIDDEN, Mask, read_masks
from netgraph.exchange.torch_import.pieces import piece
from netgraph.exchange.torch_import.probing import ARRANGING, MOST_NUMBERS, Heads, Probes
from netgraph.exchange.torch_import.rulebook import unlike
from netgraph.exchange.torch_import.sketch import Sketch
from netgraph.exchange.torch_import.tidying import outputs_of, reaching, users_of
from netgraph.exchange.torch_import.values import NoWordError, Value
from netgraph.shape import sizes


@dataclass
class Scores:
    """What stands between a product of queries and keys and its softmax: a factor, what is added with its own, and a causal mask."""

    product: int = -1
    gain: float = 1.0
    causal: bool = False
    masks: list[tuple[Value, float]] = field(default_factory=list)
    inside: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Found:
    """Attention that was found: its last node, the four projections, the heads of queries, keys and values, and what else it does."""

    out: int
    projections: tuple[int, int, int]
    heads: tuple[Heads, Heads, Heads]
    words: dict[str, Any]
    masks: tuple[Mask, ...]
    inside: tuple[int, ...]

    @property
    def layers(self) -> tuple[int, int, int, int]:
        return (*self.projections, self.out)


def recognise_attention(sketch: Sketch) -> None:
    """Put one node in the place of every attention that the block of that name computes exactly, with the weights of its parts."""
    search = Search(sketch)
    found: dict[tuple[int, ...], Found] = {}
    for index in reaching(sketch):
        if sketch.nodes[index].op == "softmax":
            try:
                one = search.found_at(index)
            except NoWordError:
                continue
            found[one.layers] = one
    for one in _replaceable(sketch, found):
        _replace(sketch, one)


class Search:
    """The neighbourhood of nodes: who uses whom, and what stretches of them compute."""

    def __init__(self, sketch: Sketch) -> None:
        self.sketch, self.nodes = sketch, sketch.nodes
        self.users = users_of(sketch)
        self.outputs = outputs_of(sketch)
        self.probes = Probes(sketch)

    def found_at(self, softmax: int) -> Found:
        """The attention around a softmax.

        Raises: NoWordError where the block would compute something else, or something else wants what happens inside.
        """
        if self.nodes[softmax].words.get("dim", -1) != -1:
            raise NoWordError("its shares are not those of a row")
        last, dropout = softmax, 0.0
        if self.nodes[user := self.only_user(last)].op == "dropout":
            last, dropout = user, self.nodes[user].words.get("p", 0.5)
            user = self.only_user(last)
        weighed = self.nodes[user]
        if weighed.op != "matmul" or weighed.edges[0][0].node != last or any(words for _, words in weighed.edges):
            raise NoWordError("its shares weigh no values")
        out, behind = self.projected(user)
        scores = self.scores(softmax)
        sides = [source for source, _ in self.nodes[scores.product].edges] + [weighed.edges[1][0]]
        cut = [self.probes.heads(side, is_turned=part == 1) for part, side in enumerate(sides)]
        heads, projections = (cut[0][0], cut[1][0], cut[2][0]), (cut[0][1], cut[1][1], cut[2][1])
        gain = scores.gain * math.prod(words.get("weight", 1) for _, words in self.nodes[scores.product].edges)
        inside = {softmax, last, user, *behind, *scores.inside, *(index for _, _, between in cut for index in between)}
        words = self._words(heads, gain * heads[0].scale * heads[1].scale, out)
        rows = sizes(self.nodes[scores.product].shapes[0][-2:], "'attention'")
        hides, masks = read_masks(self.sketch, scores.masks, (heads[0].count, *rows))
        words |= unlike(causal=(scores.causal or hides, False), dropout=(dropout, 0.0))
        return Found(out, projections, heads, words, masks, tuple(sorted(inside)))

    def only_user(self, index: int) -> int:
        """The one node that uses another.

        Raises: NoWordError where there are several, or the module gives it out.
        """
        users = self.users.get(index, [])
        if len(users) != 1 or index in self.outputs:
            raise NoWordError("something else wants it too")
        return users[0]

    def projected(self, product: int) -> tuple[int, list[int]]:
        """The projection behind the weighed values, and the nodes that lead there: they lay the heads of a place side by side."""
        behind, index = list[int](), self.only_user(product)
        while self.nodes[index].op != "dense":
            if self.nodes[index].op not in ARRANGING or self.nodes[index].edges[0][1]:
                raise NoWordError("its heads are not projected")
            behind.append(index)
            index = self.only_user(index)
        shape = sizes(self.nodes[product].shapes[0], "'attention'")
        if math.prod(shape) > MOST_NUMBERS or len(shape) not in (2, 3):
            raise NoWordError("its heads are no sequences")
        numbers = np.random.default_rng(0).standard_normal((1, *shape))
        source = self.nodes[index].edges[0][0]
        joined = self.probes.run(source, behind, product, numbers)
        heads = numbers[0] if len(shape) == 3 else numbers
        if not np.array_equal(joined, heads.transpose(1, 0, 2).reshape(shape[-2], -1)):
            raise NoWordError("its heads lie in another order")
        return index, behind

    def scores(self, softmax: int) -> Scores:
        """What stands between the product of queries and keys and the softmax."""
        scores, index = Scores(), self.nodes[softmax].edges[0][0].node
        while self.nodes[index].op != "matmul":
            made = self.nodes[index]
            self.only_user(index)
            scores.inside.append(index)
            edge = made.edges[0]
            if made.op == "causal" and set(made.words) == {"op"}:
                scores.causal = True
            elif made.op == "add" and len(made.edges) == 2 and "activation" not in made.words:
                edge, other = made.edges if self._is_scores(made.edges[0][0]) else made.edges[::-1]
                scores.masks.append((other[0], scores.gain * other[1].get("weight", 1)))
            elif made.op == "where" and not any(words for _, words in made.edges):
                scores.masks.append((made.edges[0][0], scores.gain * self._hiding_number(made.edges[1][0])))
                edge = made.edges[2]
            elif made.op != "mul" or len(made.edges) != 1:
                raise NoWordError(f"'{made.op}' stands before its softmax")
            scores.gain *= edge[1].get("weight", 1)
            index = edge[0].node
        self.only_user(index)
        scores.inside.append(index)
        scores.product = index
        return scores

    def _is_scores(self, value: Value) -> bool:
        index = value.node
        while self.nodes[index].op in ("causal", "mul", "add", "where") and self.nodes[index].edges:
            index = self.nodes[index].edges[2 if self.nodes[index].op == "where" else 0][0].node
        return self.nodes[index].op == "matmul"

    def _hiding_number(self, value: Value) -> float:
        made = self.nodes[value.node]
        number = np.asarray(made.words["value"]) if made.op == "constant" else np.zeros(1)
        if number.size != 1 or number.item() > HIDDEN:
            raise NoWordError("it puts other numbers in the place of scores")
        return OUT_OF_SIGHT

    def _words(self, heads: tuple[Heads, Heads, Heads], scale: float, out: int) -> dict[str, Any]:
        """The constants of the node.

        Raises: NoWordError where queries, keys and values do not fit together as the block has them.
        """
        q, k, v = heads
        count = q.count * q.times
        units = {self.nodes[out].words["units"], count * q.width, self._width(out)}
        fits = (q.times == 1 and (k.count, k.times, k.width) == (v.count, v.times, v.width) and q.width == k.width
                and k.count * k.times == count and len(units) == 1 and q.base == k.base and not v.base and v.scale == 1)
        if not fits:
            raise NoWordError("its queries, keys and values are not cut alike")
        usual = math.isclose(scale, 1 / math.sqrt(q.width), rel_tol=1e-6)
        return {"op": "attention", "num_heads": count,
                **unlike(num_kv_heads=(k.count, count), rotary=(q.base > 0, False), rotary_base=(q.base or 10000.0, 10000.0),
                         scale=(None if usual else scale, None))}

    def _width(self, layer: int) -> int:
        source, _ = self.nodes[layer].edges[0]
        return int(self.nodes[source.node].shapes[source.output][-1])


def _replaceable(sketch: Sketch, found: dict[tuple[int, ...], Found]) -> list[Found]:
    """Those whose inside nobody else wants: whole projections, shared only among their likes."""
    users = users_of(sketch)
    sharers: dict[int, list[int]] = {}
    for index in reaching(sketch):
        if (share := sketch.nodes[index].share) is not None:
            sharers.setdefault(share, []).append(index)
    left = {layers: one for layers, one in found.items() if _is_closed(sketch, one, users)}
    while True:
        at = {(index, place) for layers in left for place, index in enumerate(layers)}
        kept = {layers: one for layers, one in left.items() if _owners(sketch, layers) in (None, *left)
                and all((user, place) in at for place, index in enumerate(layers) for user in sharers.get(index, []))}
        if len(kept) == len(left):
            return list(left.values())
        left = kept


def _owners(sketch: Sketch, layers: tuple[int, ...]) -> tuple[int | None, ...] | None:
    """The layers whose weights these share, None for those that hold their own."""
    owners = tuple(sketch.nodes[index].share for index in layers)
    return None if set(owners) == {None} else owners


def _is_closed(sketch: Sketch, one: Found, users: dict[int, list[int]]) -> bool:
    inside = {*one.inside, *one.layers}
    outputs = outputs_of(sketch)
    hidden = [index for index in (*one.inside, *one.projections) if sketch.nodes[index].op != "constant"]
    if any(index in outputs or not inside.issuperset(users.get(index, [])) for index in hidden):
        return False
    made = [sketch.nodes[index] for index in one.layers]
    is_plain = all(len(layer.edges) == 1 and not layer.edges[0][1] and "activation" not in layer.words for layer in made)
    biased = {layer.words.get("bias", True) for layer in made}
    ranks = {len(sketch.nodes[layer.edges[0][0].node].shapes[layer.edges[0][0].output]) for layer in made}
    return is_plain and len(biased) == 1 and ranks == {2} and _is_all_used(sketch, one)


def _is_all_used(sketch: Sketch, one: Found) -> bool:
    """Whether the heads together are all columns of their projections, each once."""
    for index in set(one.projections):
        cuts = sorted((heads.start, heads.stop) for heads, layer in zip(one.heads, one.projections, strict=True) if layer == index)
        ends = [0, *(stop for _, stop in cuts)]
        if [start for start, _ in cuts] != ends[:-1] or ends[-1] != sketch.nodes[index].words["units"]:
            return False
    return True


def _replace(sketch: Sketch, one: Found) -> None:
    """Put the node in the place of the last projection; what was inside is wanted by nobody then."""
    query, key, value = (sketch.nodes[index].edges[0][0] for index in one.projections)
    edges, slots = [(query, dict[str, Any]())], ["query"]
    if not query.is_of(key) or not key.is_of(value):
        edges.append((key, {}))
        slots.append("key")
    if not key.is_of(value):
        edges.append((value, {}))
        slots.append("value")
    for mask in one.masks:
        edges.append((sketch.placed(mask.value), {} if math.isclose(mask.gain, 1, rel_tol=1e-12) else {"weight": mask.gain}))
        slots.append(mask.slot)
    out = sketch.nodes[one.out]
    words = one.words | unlike(bias=(out.words.get("bias", True), True))
    weights = {f"{part}.{name}": thing for part, layer, heads in zip("qkv", one.projections, one.heads, strict=True)
               for name, thing in _weights_of(sketch.nodes[layer], heads.start, heads.stop).items()}
    weights |= {f"out.{name}": thing for name, thing in _weights_of(out, 0, out.words["units"]).items()}
    sketch.nodes[one.out] = Made(words, edges, {} if out.share is not None else weights, call=_call_of(sketch, one), share=out.share,
                                 shapes=out.shapes, slots=tuple(slots))


def _weights_of(layer: Made, start: int, stop: int) -> dict[str, Thing]:
    return {name: piece(thing, start, stop, is_turned=layer.turned and name == "weight") for name, thing in layer.weights.items()}


def _call_of(sketch: Sketch, one: Found) -> Call:
    """The call that all of it is: that of the innermost module that all of it belongs to."""
    calls = [call for index in (*one.inside, *one.layers) if (call := sketch.nodes[index].call) is not None
             and sketch.nodes[index].op != "constant"]
    return Call("attention", {}, (), _common([call.path for call in calls]), -1 - one.out)


def _common(paths: Sequence[str]) -> str:
    """The path that all paths begin with.

    >>> _common(["h.0.attn.q", "h.0.attn", "h.0.attn.out.dense"])
    'h.0.attn'
    """
    names = [path.split(".") if path else [] for path in paths]
    shared = 0
    while all(len(name) > shared for name in names) and len({name[shared] for name in names}) == 1:
        shared += 1
    return ".".join(names[0][:shared])
