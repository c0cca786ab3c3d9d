"""Blocks in drawings: one card each, or unfolded into their parts."""

from __future__ import annotations

import networkx as nx
import pytest

import netgraph as ng
from netgraph.block import Block
from netgraph.closing import opened
from netgraph.ops import OPS
from tests.engines.test_blocks import block_net

BLOCKS = [(word, *kind.examples[0]) for word, kind in OPS.items() if issubclass(kind, Block)]
every_block = pytest.mark.parametrize("G", [block_net(*block) for block in BLOCKS], ids=[word for word, *_ in BLOCKS])


@every_block
def test_a_block_is_one_card_with_all_its_parameters(G: nx.DiGraph) -> None:
    picture = ng.draw(G).picture
    assert sorted(box.members for box in picture.boxes) == sorted((node,) for node in G)
    assert sorted(pair for wire in picture.wires for pair in wire.members) == sorted(G.edges)
    card = next(box for box in picture.boxes if box.members == ("h",))
    assert f"{ng.infer(G).parameter_count:,} parameters" in card.tip


@every_block
def test_an_unfolded_block_is_a_frame_around_its_parts(G: nx.DiGraph) -> None:
    picture, plan = ng.draw(G, unfold=True).picture, opened(ng.infer(G))
    assert {member for box in picture.boxes for member in box.members} == {layer.id for layer in plan}
    assert [cluster.title for cluster in picture.clusters] == ["h"]
    assert {pair for wire in picture.wires for pair in wire.members} == {(wire.source, layer.id) for layer in plan for wire in layer.wires}
