"""The summary: rows, totals, and how they are printed and shown."""

from __future__ import annotations

import networkx as nx
import pytest

import netgraph as ng
from netgraph.wording import clip, display_width, printable


def tied_net():
    G = nx.DiGraph([("x", "a"), ("a", "b"), ("a", "c"), ("b", "c")], name="tied")
    G.add_node("x", op="input", shape=(4,))
    G.add_node("a", op="dense", units=4, trainable=False)
    G.add_node("b", op="dense", units=4, share="a", activation="tanh")
    G.add_node("c", op="add")
    return G


def test_totals_are_those_of_the_plan():
    plan, summary = ng.infer(tied_net()), ng.summarize(tied_net())
    assert (summary.parameters, summary.flops, summary.activation_bytes) == (plan.parameter_count, plan.flops, plan.activation_bytes)


def test_rows_add_up_to_the_totals():
    summary = ng.summarize(tied_net())
    assert sum(row.parameters for row in summary.rows) == summary.parameters == 20
    assert sum(row.frozen for row in summary.rows) == summary.frozen == 20


def test_tied_weights_are_marked_and_counted_once():
    row = ng.summarize(tied_net()).rows[2]
    assert (row.parameters, row.tied_to, row.sources) == (0, "a", ("a",))


def test_a_row_lists_several_sources_with_their_gains():
    G = nx.DiGraph()
    G.add_node("x", shape=(4,))
    G.add_node("h", units=4)
    G.add_node("y", units=4)
    G.add_edges_from([("x", "h"), ("h", "y"), ("x", "y", {"weight": 0.5})])
    assert ng.summarize(G).rows[2].sources == ("h", "x ×0.5")


def test_the_printed_table_is_this():
    assert ng.summarize(tied_net()).text(width=100) == """\
tied: 4 layers, x (4) → c (4)
layer  op                             from  output  parameters  FLOPs  bytes
────────────────────────────────────────────────────────────────────────────
x      input                          –     4                –      –     16
a      dense 4                        x     4        frozen 20     32     16
b      dense 4 · tanh · weights of a  a     4             tied     32     16
c      add                            a, b  4                –      –     16
────────────────────────────────────────────────────────────────────────────
total                                                       20     64     64
parameters: 0 trainable, 20 frozen, 80 bytes
activations: 64 bytes for one sample · FLOPs: 2 for each multiply-add"""


def test_groups_are_indented_and_their_prefix_is_said_once():
    G = ng.chain(4, {"id": "block/attn/q", "units": 4, "within": "block/attn"}, {"id": "out", "units": 2})
    lines = ng.summarize(G).text().splitlines()
    assert [line.split("  dense")[0].rstrip() for line in lines[4:8]] == ["block/", "  attn/", "    q", "out"]


def test_a_table_too_wide_for_its_lines_leaves_out_the_groups_that_stand_above_a_name():
    G = ng.chain(8, *({"id": f"encoder_{i}_projection", "units": 8, "within": f"encoder/{i}"} for i in range(3)))
    wide, narrow = (ng.summarize(G).text(width=width).splitlines() for width in (140, 80))
    assert wide[8].startswith("    encoder_1_projection  dense 8  encoder_0_projection")
    assert narrow[8].startswith("    projection  dense 8  0_projection  8 ")


def test_batch_norm_tells_what_it_keeps_in_buffers():
    summary = ng.summarize(ng.chain(4, "batchnorm"))
    assert (summary.parameters, summary.buffers, summary.weight_bytes) == (8, 8, 64)
    assert "8 kept in buffers" in str(summary)


def test_a_long_table_is_cut_in_its_middle_unless_all_is_asked_for():
    summary = ng.summarize(ng.chain(4, *[4] * 999))
    assert "… 960 more layers …" in str(summary)
    assert len(summary.text(complete=True).splitlines()) == len(str(summary).splitlines()) + 960 - 1


@pytest.mark.parametrize("name", ["long" * 60, "隐藏层" * 40, "e\u0301" * 90])
def test_no_line_is_wider_than_the_terminal(name):
    G = ng.chain((3, 32, 32), {"id": name, "op": "conv2d", "channels": 4096, "kernel_size": 3, "padding": 1}, "relu", "flatten", 9)
    assert max(map(display_width, ng.summarize(G).text(width=80).splitlines())) <= 80


def test_columns_stand_under_each_other_with_wide_characters():
    lines = ng.summarize(ng.chain(4, {"id": "隐藏层", "units": 4}, 2)).text().splitlines()
    places = [display_width(line[:line.index("dense ")]) for line in lines if "dense " in line]
    assert len(places) == 2 and len(set(places)) == 1


def test_control_characters_and_marks_that_turn_writing_are_escaped():
    text = str(ng.summarize(ng.chain(4, {"id": "a\x1b[2J\u202eb", "units": 4})))
    assert r"a\x1b[2J\u202eb" in text


def test_the_notebook_table_escapes_ids():
    shown = ng.summarize(ng.chain(4, {"id": "<script>alert(1)</script>", "units": 4}))._repr_html_()
    assert "<script>" not in shown
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown


def test_a_wrong_graph_is_refused_as_by_check():
    with pytest.raises(ng.GraphError):
        ng.summarize(nx.DiGraph())


@pytest.mark.parametrize(("text", "width", "clipped"), [("abc", 3, "abc"), ("abcd", 3, "ab…"), ("隐藏层", 5, "隐藏…"), ("隐藏层", 2, "…")])
def test_text_is_clipped_to_columns(text, width, clipped):
    assert clip(text, width) == clipped


def test_a_huge_name_is_read_only_at_its_beginning():
    assert len(printable("x" * 10_000_000)) == 200


def test_a_block_is_one_row_and_its_parts_follow_where_they_are_asked_for() -> None:
    G = ng.chain((4, 8, 8), {"id": "se", "op": "squeeze_excite", "reduction": 2}, "flatten")
    short, long = ng.summarize(G), ng.summarize(G, unfold=True)
    assert [row.layer for row in short.rows] == ["x", "se", "flatten1"]
    parts = ["se/squeeze", "se/reduce", "se/expand", "se/columns", "se/excite"]
    assert [str(row.layer) for row in long.rows] == ["x", "se", *parts, "flatten1"]
    assert [line.split()[0] for line in str(long).split("\n")[4:7]] == ["se", "squeeze", "reduce"]
    assert short.rows[1].parameters == 22 == sum(row.parameters for row in long.rows[2:])
