"""Ways to break a valid declaration: for each, how it is done, the kind of the refusal, and its whole message."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import networkx as nx
import numpy as np

from netgraph.errors import ComplaintsError, GraphError, NetgraphError, OpError, ShapeError, WeightError
from netgraph.ops import ACTIVATIONS, OPS

Break = Callable[[nx.DiGraph], Any]
Table = dict[str, tuple[Break, type[NetgraphError], str]]
OPS_LIST = f"Choose one of: {', '.join(sorted(OPS))}."
ACTIVATIONS_LIST = f"Choose one of: {', '.join(sorted(ACTIVATIONS))}."


def valid_graph() -> nx.DiGraph:
    """x -> h, x -> k, h − k = m, m -> y."""
    graph = nx.DiGraph(name="valid")
    graph.add_node("x", op="input", shape=(3,))
    graph.add_node("h", op="dense", units=4, activation="relu")
    graph.add_node("k", op="dense", units=4, bias=np.zeros(4))
    graph.add_node("m", op="sub")
    graph.add_node("y", op="dense", units=2)
    graph.add_edges_from([("x", "h"), ("x", "k"), ("m", "y")])
    graph.add_edge("h", "m", slot=0)
    graph.add_edge("k", "m", slot=1, weight=0.5)
    return graph


def node(name: Any, *without: str, **attributes: Any) -> Break:
    """Give a node other attributes, and take some away."""
    def change(graph: nx.DiGraph) -> None:
        graph.add_node(name, **attributes)
        for word in without:
            del graph.nodes[name][word]
    return change


def edge(start: Any, end: Any, **attributes: Any) -> Break:
    """Add an edge, or give it other attributes."""
    return lambda graph: graph.add_edge(start, end, **attributes)


def outputs(value: Any) -> Break:
    return lambda graph: graph.graph.update(outputs=value)


def one(*shapes: Any, **attributes: Any) -> Break:
    """Only inputs of these shapes, feeding one node 'a'; the edges have slots if there are several."""
    def change(graph: nx.DiGraph) -> None:
        graph.clear()
        graph.add_node("a", **attributes)
        for i, shape in enumerate(shapes):
            graph.add_node(f"x{i}", op="input", shape=shape)
            graph.add_edge(f"x{i}", "a", **({"slot": i} if len(shapes) > 1 and attributes["op"] != "dense" else {}))
    return change


def several(*changes: Break) -> Break:
    def change(graph: nx.DiGraph) -> None:
        for each in changes:
            each(graph)
    return change


def renamed(old: str, new: Any) -> Break:
    return lambda graph: nx.relabel_nodes(graph, {old: new}, copy=False) and None


def without_slots(op: str, *left: str) -> Break:
    def change(graph: nx.DiGraph) -> None:
        graph.nodes["m"]["op"] = op
        for source in ("h", "k"):
            graph.edges[source, "m"].clear()
            if source in left:
                graph.remove_edge(source, "m")
    return change


STRUCTURE: Table = {
    "a Graph": (nx.Graph, GraphError,
        "A net is a networkx.DiGraph, but got a Graph, whose edges have no direction. "
        "Write nx.DiGraph() and add each edge from its source to its target."),
    "a MultiGraph": (nx.MultiGraph, GraphError,
        "A net is a networkx.DiGraph, but got a MultiGraph, whose edges have no direction. "
        "Write nx.DiGraph() and add each edge from its source to its target."),
    "a MultiDiGraph": (nx.MultiDiGraph, GraphError,
        "A net is a networkx.DiGraph, but got a MultiDiGraph, which may hold several edges between two nodes. "
        "Write nx.DiGraph(graph), and give an edge that feeds several inputs slot=(0, 1)."),
    "a str": (lambda graph: "net.json", GraphError,
        "A net is a networkx.DiGraph, but got 'net.json' of type str. "
        "Declare one with nx.DiGraph() or ng.chain(...), or read one with ng.load(path)."),
    "an empty graph": (lambda graph: nx.DiGraph(), GraphError,
        "The graph has no nodes. "
        "Add an input and a layer: G.add_node('x', op='input', shape=(3,)), G.add_node('y', op='dense', units=1), G.add_edge('x', "
        "'y')."),
    "a cycle": (edge("y", "h"), GraphError,
        "The graph has a cycle: 'h' -> 'm' -> 'y' -> 'h'. A net runs from inputs to outputs: remove one of these edges, "
        "or give it delay=1, which brings the value of the step before."),
    "a self-loop": (edge("h", "h"), GraphError,
        "The graph has a cycle: 'h' -> 'h'. A net runs from inputs to outputs: remove one of these edges, "
        "or give it delay=1, which brings the value of the step before."),
    "an edge to an undeclared node": (edge("y", "out"), GraphError,
        "Node 'out' was never declared: an edge names it, and networkx then adds it empty. "
        "Add it with G.add_node('out', op=...), or correct the edge."),
    "an edge from an undeclared node": (edge("i", "h"), GraphError,
        "Node 'i' was never declared: an edge names it, and networkx then adds it empty. "
        "Add it with G.add_node('i', op=...), or correct the edge."),
    "a tuple as an id": (renamed("y", ("a", 1)), GraphError,
        "A node's id is a str or an int, but ('a', 1) is of type tuple. Rename it, for example with nx.relabel_nodes."),
    "a float as an id": (renamed("y", 1.5), GraphError,
        "A node's id is a str or an int, but 1.5 is of type float. Rename it, for example with nx.relabel_nodes."),
    "a bool as an id": (renamed("y", True), GraphError,
        "A node's id is a str or an int, but True is of type bool. Rename it, for example with nx.relabel_nodes."),
    "a NumPy int as an id": (renamed("y", np.int64(3)), GraphError,
        "A node's id is a str or an int, but np.int64(3) is of type int64. Rename it, for example with nx.relabel_nodes."),
    "an input with an in-edge": (several(node("z", op="input", shape=(4,)), edge("h", "z")), GraphError,
        "Node 'z' (input) has an in-edge from 'h', but an input has none. Remove the edge, or give the node another op."),
    "a node without an in-edge": (lambda graph: graph.remove_edge("x", "h"), GraphError,
        "Node 'h' (dense) has no in-edge, so nothing flows into it. Add an edge from an input or a layer."),
    "outputs that are no nodes": (outputs(["y", "q"]), GraphError,
        "G.graph['outputs'] names 'q', which is no node. Write a list of ids of nodes."),
    "outputs that are a set": (outputs({"y"}), GraphError,
        "G.graph['outputs'] names {'y'}, which is no node. Write a list of ids of nodes."),
    "no outputs": (outputs([]), GraphError,
        "G.graph['outputs'] is empty. Name the nodes whose values a call shall give, or leave it out."),
    "a share of an unknown node": (node("k", "bias", share="q"), GraphError,
        "Node 'k' has share='q', which is no node of the graph. Name the node whose weights it shall use."),
    "a share of no id": (node("k", "bias", share=[]), GraphError,
        "Node 'k' has share=[], which is no node of the graph. Name the node whose weights it shall use."),
    "a share of itself": (node("h", share="h"), GraphError,
        "Node 'h' shares its own weights. Leave share= out."),
    "a circle of shares": (several(node("h", share="k"), node("k", "bias", share="h")), GraphError,
        "Nodes 'h', 'k' share each other's weights in a circle. Leave share= out at their owner."),
    "a share of another kind": (node("m", share="h"), GraphError,
        "Node 'm' (sub) shares the weights of 'h' (dense), which is another kind of layer. Share between layers of one op."),
    "a delay": (edge("x", "h", delay=-1), GraphError,
        "The edge 'x' -> 'h' has delay=-1, but wants a number of steps, up to 10,000. Write delay=1 for the value of the step before."),
    "a mask of other numbers": (edge("x", "h", mask=np.full((4, 3), 2)), WeightError,
        "The mask of the edge 'x' -> 'h' holds other numbers than 0 and 1. Write 1 where there is a weight, 0 where there is none."),
}

SLOTS: Table = {
    "sub without slots": (without_slots("sub"), GraphError,
        "Node 'm' (sub) takes its inputs in order, and the edge from 'h' does not say which it is. "
        "Write slot=0, 1, ... on its in-edges."),
    "matmul without slots": (without_slots("matmul"), GraphError,
        "Node 'm' (matmul) takes its inputs in order, and the edge from 'h' does not say which it is. "
        "Write slot=0, 1, ... on its in-edges."),
    "concat without slots": (without_slots("concat"), GraphError,
        "Node 'm' (concat) takes its inputs in order, and the edge from 'h' does not say which it is. "
        "Write slot=0, 1, ... on its in-edges."),
    "sub of one input": (without_slots("sub", "k"), GraphError,
        "Node 'm' (sub) takes 2 inputs, but has only 1. Add the missing edge, and write slot=0, 1, ... on each."),
    "relu of two inputs": (without_slots("relu"), GraphError,
        "Node 'm' (relu) takes one input, but has 2: 'h' and 'k'. Merge them before it with op='add' or op='concat'."),
    "a slot twice": (edge("h", "m", slot=1), GraphError,
        "Node 'm' (sub) is fed twice at slot 1: by 'h' and 'k'. Give each edge a slot of its own."),
    "a slot twice by one edge": (edge("h", "m", slot=(0, 1)), GraphError,
        "Node 'm' (sub) is fed twice at slot 1: by 'h' and 'k'. Give each edge a slot of its own."),
    "a slot too far": (edge("h", "m", slot=2), GraphError,
        "Node 'm' (sub) has slots 0 and 1 (or 'x', 'y'), but the edge from 'h' names slot=2. Write one of these."),
    "a slot below 0": (edge("h", "m", slot=-1), GraphError,
        "Node 'm' (sub) has slots 0 and 1 (or 'x', 'y'), but the edge from 'h' names slot=-1. Write one of these."),
    "an unknown slot": (edge("h", "m", slot="left"), GraphError,
        "Node 'm' (sub) has slots 0 and 1 (or 'x', 'y'), but the edge from 'h' names slot='left'. Write one of these."),
    "a slot too far in concat": (several(node("m", op="concat"), edge("h", "m", slot=3)), GraphError,
        "Node 'm' (concat) has slots 0 and 1, but the edge from 'h' names slot=3. Write one of these."),
    "a missing slot": (lambda graph: graph.remove_edge("h", "m"), GraphError,
        "Node 'm' (sub) has slots 0 and 1 (or 'x', 'y'), but nothing feeds slot 0. Add an edge with slot=0."),
    "a wrong slot of an only input": (several(without_slots("relu", "k"), edge("h", "m", slot=1)), GraphError,
        "Node 'm' (relu) has slot 0 (or 'x'), but the edge from 'h' names slot=1. Write one of these."),
    "a bool as slot": (edge("h", "m", slot=True), GraphError,
        "The edge 'h' -> 'm' has slot=True, but wants the number or the name of an input, or a tuple of different ones. Correct it."),
    "one slot twice in a tuple": (edge("h", "m", slot=(0, 0)), GraphError,
        "The edge 'h' -> 'm' has slot=(0, 0), but wants the number or the name of an input, or a tuple of different ones. "
        "Correct it."),
    "a list in a slot": (edge("h", "m", slot=([],)), GraphError,
        "The edge 'h' -> 'm' has slot=([],), but wants the number or the name of an input, or a tuple of different ones. "
        "Correct it."),
    "a slot of a dense layer": (edge("x", "h", slot=0), GraphError,
        "Node 'h' (dense) adds up what its edges bring, so the edge from 'x' needs no slot. Leave slot= out."),
    "an output too far": (edge("x", "h", output=1), ShapeError,
        "The edge 'x' -> 'h' takes output 1, but 'x' has a single output. Leave output= out."),
    "a part that split does not give": (
        several(one((4,), op="split", split_size=2), node("b", op="relu"), edge("a", "b", output=2)), ShapeError,
        "The edge 'a' -> 'b' takes output 2, but 'a' has outputs 0 to 1. Correct output=."),
    "an output below 0": (edge("x", "h", output=-1), ShapeError,
        "The edge 'x' -> 'h' has output=-1, but wants the number of an output of its source, counted from 0. Correct it."),
    "a word as output": (edge("x", "h", output="a"), ShapeError,
        "The edge 'x' -> 'h' has output='a', but wants the number of an output of its source, counted from 0. Correct it."),
}

WORDS: Table = {
    "a misspelt op": (node("h", op="dens"), OpError,
        "Node 'h' has op='dens', which is not in the vocabulary. Did you mean 'dense'?"),
    "linear": (node("h", op="linear"), OpError,
        "Node 'h' has op='linear', which is not in the vocabulary. Write op='dense'."),
    "Linear": (node("h", op="Linear"), OpError,
        "Node 'h' has op='Linear', which is not in the vocabulary. Write op='dense'."),
    "ReLU": (node("m", op="ReLU"), OpError,
        "Node 'm' has op='ReLU', which is not in the vocabulary. Write op='relu'."),
    "BatchNorm2d": (node("m", op="BatchNorm2d"), OpError,
        "Node 'm' has op='BatchNorm2d', which is not in the vocabulary. Write op='batchnorm'."),
    "swish": (node("m", op="swish"), OpError,
        "Node 'm' has op='swish', which is not in the vocabulary. Write op='silu'."),
    "a far op": (node("m", op="os.system"), OpError,
        f"Node 'm' has op='os.system', which is not in the vocabulary. {OPS_LIST}"),
    "a number as op": (node("m", op=3), OpError,
        f"Node 'm' has op=3, which is not in the vocabulary. {OPS_LIST}"),
    "an op of 1,000 letters": (node("m", op="q" * 1000), OpError,
        f"Node 'm' has op='{'q' * 56}..., which is not in the vocabulary. {OPS_LIST}"),
    "no op": (node("h", "op", "units"), OpError,
        "Node 'h' has no op. Write op=..., or shape=... for an input, or units=... for a dense layer."),
    "a shape in the middle": (lambda graph: graph.add_edge("h", "s") or graph.add_node("s", shape=(2, 2)), OpError,
        "Node 's' has a shape and an in-edge, but no op: only a node without in-edges is an input by its shape. "
        "Remove the edge, or write op='reshape' to give what comes in this shape."),
    "a misspelt field": (node("h", unit=5), OpError,
        "Node 'h' (dense) has an unknown field 'unit'. Did you mean 'units'? Notes of your own begin with an underscore."),
    "a far field": (node("h", foo=5), OpError,
        "Node 'h' (dense) has an unknown field 'foo'. Choose one of: activation, bias, label, share, trainable, units, within. "
        "Notes of your own begin with an underscore."),
    "a size that is inferred": (node("h", in_features=3), OpError,
        "Node 'h' (dense) has an unknown field 'in_features'. Sizes of inputs are inferred: leave it out."),
    "a missing field": (node("h", "units"), OpError,
        "Node 'h' (dense) lacks units. Add units=... to it."),
    "missing fields": (node("h", "units", op="conv2d"), OpError,
        "Node 'h' (conv2d) lacks channels and kernel_size. Add channels=..., kernel_size=... to it."),
    "units of 0": (node("h", units=0), OpError,
        "Node 'h' was given units=0, but wants a whole number of at least 1. Correct it."),
    "units of True": (node("h", units=True), OpError,
        "Node 'h' was given units=True, but wants a whole number of at least 1. Correct it."),
    "units of 2**41": (node("h", units=2**41), OpError,
        "Node 'h' was given units=2199023255552, but wants a whole number of at most 2**40. Correct it."),
    "a batch in the shape": (one((None, 3), op="relu"), OpError,
        "Node 'x0' was given shape=(None, 3), but wants a tuple of sizes, such as (3, 32, 32) or ('T', 64), without the batch, "
        "each of at least 1. Correct it."),
    "a misspelt activation": (node("h", activation="rleu"), OpError,
        "Node 'h' has activation='rleu', which is not in the vocabulary. Did you mean 'relu'?"),
    "swish as activation": (node("h", activation="swish"), OpError,
        "Node 'h' has activation='swish', which is not in the vocabulary. Write activation='silu'."),
    "LeakyReLU as activation": (node("h", activation="LeakyReLU"), OpError,
        "Node 'h' has activation='LeakyReLU', which is not in the vocabulary. Write activation='leaky_relu'."),
    "linear as activation": (node("h", activation="linear"), OpError,
        f"Node 'h' has activation='linear', which is not in the vocabulary. {ACTIVATIONS_LIST}"),
    "a function as activation": (node("h", activation=np.tanh), OpError,
        f"Node 'h' has activation=<ufunc 'tanh'>, which is not in the vocabulary. {ACTIVATIONS_LIST}"),
    "an activation of an input": (node("x", activation="relu"), OpError,
        "Node 'x' is an input and has activation='relu'. Put a node with op='relu' behind it."),
    "a group that is no path": (node("h", within=3), OpError,
        "Node 'h' has within=3, but wants a path such as 'encoder/block3'. Write a str."),
    "a label that is no text": (node("h", label=3), OpError,
        "Node 'h' has label=3, but wants text. Write a str."),
    "trainable as a word": (node("h", trainable="no"), OpError,
        "Node 'h' has trainable='no', but wants True or False. Correct it."),
    "trainable of an edge": (edge("x", "h", trainable=1), OpError,
        "The edge 'x' -> 'h' has trainable=1, but wants True or False. Correct it."),
    "an unknown initialiser": (edge("x", "h", init="xavier"), OpError,
        "The edge 'x' -> 'h' has init='xavier', which is no initialiser. Did you mean 'xavier_normal'?"),
    "a node's word on an edge": (edge("x", "h", activation="relu"), OpError,
        "The edge 'x' -> 'h' has an attribute 'activation', which belongs to a node. Write it there: G.add_node('h', activation=...), "
        "or begin a note of your own with an underscore."),
    "turned letters on an edge": (edge("x", "h", inti="zeros"), OpError,
        "The edge 'x' -> 'h' has an attribute 'inti', which is close to 'init'. "
        "Write 'init', or begin a note of your own with an underscore."),
    "a misspelt attribute of an edge": (edge("x", "h", wieght=3), OpError,
        "The edge 'x' -> 'h' has an attribute 'wieght', which is close to 'weight'. "
        "Write 'weight', or begin a note of your own with an underscore."),
}

WEIGHTS: Table = {
    "a transposed weight": (edge("x", "h", weight=np.zeros((3, 4))), WeightError,
        "The weight of the edge 'x' -> 'h' has shape (3, 4), but wants (4, 3). "
        "PyTorch's order is (out, in): give its transpose, w.T."),
    "a weight of another shape": (edge("x", "h", weight=np.zeros(3)), WeightError,
        "The weight of the edge 'x' -> 'h' has shape (3,), but wants (4, 3). Give an array of that shape, or leave it out."),
    "a word as weight": (edge("x", "h", weight="abc"), WeightError,
        "The edge 'x' -> 'h' has weight='abc', but wants an array, or a finite number for a fixed gain. Correct it."),
    "NaN as gain": (edge("h", "m", weight=float("nan")), WeightError,
        "The edge 'h' -> 'm' has weight=nan, but wants an array, or a finite number for a fixed gain. Correct it."),
    "NaN in a 0-d array as gain": (edge("h", "m", weight=np.array(np.nan)), WeightError,
        "The edge 'h' -> 'm' has weight=nan, but wants an array, or a finite number for a fixed gain. Correct it."),
    "infinity as gain": (edge("h", "m", weight=np.float32("inf")), WeightError,
        "The edge 'h' -> 'm' has weight=np.float32(inf), but wants an array, or a finite number for a fixed gain. Correct it."),
    "True as gain": (edge("h", "m", weight=True), WeightError,
        "The edge 'h' -> 'm' has weight=True, but wants an array, or a finite number for a fixed gain. Correct it."),
    "an int beyond all floats as gain": (edge("h", "m", weight=10**400), WeightError,
        f"The edge 'h' -> 'm' has weight=1{'0' * 56}..., but wants an array, or a finite number for a fixed gain. Correct it."),
    "weights by slot": (edge("x", "h", weight={"q": 1}), WeightError,
        "The edge 'x' -> 'h' has weights by slot, but its target has no such slots. Give one array, or one number."),
    "objects as weight": (edge("x", "h", weight=np.array([object()])), WeightError,
        "The weight of the edge 'x' -> 'h' holds object, not real numbers. Give an array of numbers."),
    "complex numbers as weight": (edge("x", "h", weight=np.zeros((4, 3), complex)), WeightError,
        "The weight of the edge 'x' -> 'h' holds complex128, not real numbers. Give an array of numbers."),
    "ragged lists as weight": (edge("x", "h", weight=[[1, 2], [3]]), WeightError,
        "The weight of the edge 'x' -> 'h' is a list whose rows differ in length. Give an array of numbers."),
    "an array into an op without weights": (edge("h", "m", weight=np.zeros((4, 4))), WeightError,
        "The edge 'h' -> 'm' carries an array, but 'sub' has no weights on its edges. "
        "Put a dense or conv2d node there, or give the edge a number."),
    "a gain into a layer of another size": (edge("x", "h", weight=2.0), ShapeError,
        "Node 'h', fed by 'x' (3,): it adds up what its edges bring, but the one from 'x' brings (3,) where (4,) is wanted. "
        "An edge with a number passes its source on as it is: leave weight= out to learn a matrix."),
    "a bias of another shape": (node("h", bias=np.zeros(3)), WeightError,
        "The bias of node 'h' has shape (3,), but wants (4,). Give an array of that shape, or leave it out."),
    "a column as bias": (node("h", bias=np.zeros((4, 1))), WeightError,
        "The bias of node 'h' has shape (4, 1), but wants (4,). Give an array of that shape, or leave it out."),
    "a word as bias": (node("h", bias="no"), OpError,
        "Node 'h' was given bias='no', but wants an array, True or False. Correct it."),
    "ragged lists as bias": (node("h", bias=[[1], [1, 2]]), WeightError,
        "The bias of node 'h' is a list whose rows differ in length. Give an array of numbers."),
    "a bias where there is none": (node("m", bias=np.zeros(4)), WeightError,
        "Node 'm' (sub) was given an array 'bias', but has no such array. Leave bias= out."),
    "a weight on a dense node": (node("h", weight=np.zeros((4, 3))), WeightError,
        "Node 'h' (dense) was given an array 'weight', but its weights stand on its in-edges. "
        "Write G.add_edge(source, target, weight=...)."),
    "a shared weight of another size": (
        several(node("k", "bias", share="h", units=5), edge("k", "m", slot=1), node("m", op="concat")), ComplaintsError,
        "Node 'k' wants a weight of shape (5, 3), but 'h', whose weights it uses, has (4, 3). Give both layers the same sizes.\n"
        "Node 'k' wants a bias of shape (5,), but 'h', whose weights it uses, has (4,). Give both layers the same sizes."),
    "a shared bias that is not there": (several(node("h", bias=False), node("k", "bias", share="h")), WeightError,
        "Node 'k' wants a bias of shape (4,), but 'h', whose weights it uses, has none. Give both layers the same sizes."),
    "a weight given where it is shared": (
        several(node("k", "bias", share="h"), edge("x", "k", weight=np.zeros((4, 3)))), WeightError,
        "The weight of the edge 'x' -> 'k' is given, but 'k' uses the weights of 'h'. Leave one of them out."),
    "a bias given where it is shared": (node("k", share="h"), WeightError,
        "Node 'k' was given arrays, but uses the weights of 'h'. Leave one of them out."),
    "a share of other edges": (several(node("k", "bias", share="h"), edge("h", "k")), WeightError,
        "Node 'k', with weights on 2 of its in-edges, shares those of 'h', which has them on 1. Give both the same number."),
}

SHAPES: Table = {
    "add of two sizes": (one((4,), (5,), op="add"), ShapeError,
        "Node 'a', fed by 'x0' (4,) and 'x1' (5,): 'add' joins inputs of one shape (a size of 1 stretches), but got (4,) and (5,). "
        "Bring them to one shape with a dense, conv or reshape layer before."),
    "dense of two shapes": (one((4,), (2, 5), op="dense", units=3), ShapeError,
        "Node 'a', fed by 'x0' (4,) and 'x1' (2, 5): it adds up what its edges bring, but the one from 'x1' brings (2, 3) where "
        "(3,) is wanted. Bring the sources to one size."),
    "dense of a number": (one((), op="dense", units=2), ShapeError,
        "Node 'a', fed by 'x0' (): 'dense' works on the last axis, but its input is a single number. Give the input the shape (1,)."),
    "dense of a named size": (one(("T",), op="dense", units=3), ShapeError,
        "Node 'a', fed by 'x0' ('T',): 'dense' needs every size as a number, but got ('T',). "
        "Give the input a number in place of 'T'."),
    "matmul that does not meet": (one((2, 4), (5, 3), op="matmul"), ShapeError,
        "Node 'a', fed by 'x0' (2, 4) and 'x1' (5, 3): 'matmul' multiplies samples (…, n, k) by (…, k, m), but got (2, 4) and (5, "
        "3). Put a 'transpose' or 'reshape' before it."),
    "concat of two sizes": (one((2, 4), (3, 5), op="concat"), ShapeError,
        "Node 'a', fed by 'x0' (2, 4) and 'x1' (3, 5): 'concat' joins along dim 1, so all other sizes must agree, but got (2, 4) "
        "and (3, 5). Choose another dim, or bring the inputs to one size."),
    "softmax over the batch": (one((3,), op="softmax", dim=0), ShapeError,
        "Node 'a', fed by 'x0' (3,): 'softmax' was given dim=0, which is the batch. "
        "Dims count as in PyTorch: the first of a sample is 1."),
    "mean over the batch, counted from the end": (one((3,), op="mean", dim=-2), ShapeError,
        "Node 'a', fed by 'x0' (3,): 'mean' was given dim=-2, which is the batch. "
        "Dims count as in PyTorch: the first of a sample is 1."),
    "a dim too far": (one((3,), op="log_softmax", dim=2), ShapeError,
        "Node 'a', fed by 'x0' (3,): 'log_softmax' was given dim=2, but its input has dim 1 alone. "
        "Dims count as in PyTorch, batch first."),
    "a dim too far of three": (one((3, 4, 5), op="sum", dim=4), ShapeError,
        "Node 'a', fed by 'x0' (3, 4, 5): 'sum' was given dim=4, but its input has dims 1 to 3. "
        "Dims count as in PyTorch, batch first."),
    "flatten with the batch": (one((3, 4), op="flatten", start_dim=0), ShapeError,
        "Node 'a', fed by 'x0' (3, 4): 'flatten' was given dim=0, which is the batch. "
        "Dims count as in PyTorch: the first of a sample is 1."),
    "permute with the batch": (one((3, 4), op="permute", dims=(1, 0, 2)), ShapeError,
        "Node 'a', fed by 'x0' (3, 4): 'permute' was given dims=(1, 0, 2), but its input has the batch as dim 0 and dims 1 to 2. "
        "Name each once, 0 first."),
    "reshape to another count": (one((3,), op="reshape", shape=(2, 2)), ShapeError,
        "Node 'a', fed by 'x0' (3,): 'reshape' was given shape (2, 2), but its input (3,) holds 3 numbers. "
        "Choose sizes whose product is 3."),
    "split into another sum": (one((3,), op="split", split_size=(1, 1)), ShapeError,
        "Node 'a', fed by 'x0' (3,): 'split' was given split_size=(1, 1), 2 in all, but dim 1 of its input (3,) is 3. "
        "Choose sizes that add up to 3."),
    "an activation of split": (one((4,), op="split", split_size=2, activation="relu"), ShapeError,
        "Node 'a', fed by 'x0' (4,): 'split' has 2 outputs, so it takes no activation. Put the activation behind it."),
    "conv2d of a vector": (one((3,), op="conv2d", channels=2, kernel_size=3), ShapeError,
        "Node 'a', fed by 'x0' (3,): 'conv2d' takes images (C, H, W), but got (3,). "
        "Put a 'reshape' before it, such as shape=(1, 28, 28)."),
    "a kernel larger than the image": (one((1, 2, 2), op="conv2d", channels=2, kernel_size=3), ShapeError,
        "Node 'a', fed by 'x0' (1, 2, 2): 'conv2d' has a kernel that reaches over 3 pixels, but its padded input has 2. "
        "Use a smaller kernel_size or more padding; channels come before the pixels."),
    "groups that do not divide": (one((3, 5, 5), op="conv2d", channels=4, kernel_size=3, groups=2), ShapeError,
        "Node 'a', fed by 'x0' (3, 5, 5): 'conv2d' has groups=2, which must divide its 3 input and 4 output channels. "
        "Choose groups that divide both."),
    "padding same with strides": (one((3, 5, 5), op="conv2d", channels=4, kernel_size=3, padding="same", stride=2), ShapeError,
        "Node 'a', fed by 'x0' (3, 5, 5): 'conv2d' was given padding='same' with stride=(2, 2), and only stride 1 keeps the size. "
        "Give the padding in pixels."),
    "a pool padded too far": (one((3, 5, 5), op="maxpool2d", kernel_size=2, padding=2), ShapeError,
        "Node 'a', fed by 'x0' (3, 5, 5): 'maxpool2d' has padding=(2, 2), more than half its kernel_size=(2, 2). Pad less."),
    "global pooling of a vector": (one((3,), op="globalavgpool2d"), ShapeError,
        "Node 'a', fed by 'x0' (3,): 'globalavgpool2d' takes images (C, H, W), but got (3,). Reshape its input first."),
    "batchnorm of five axes": (one((2, 2, 2, 2, 2), op="batchnorm"), ShapeError,
        "Node 'a', fed by 'x0' (2, 2, 2, 2, 2): 'batchnorm' normalises the channels of samples (C,), (C, L), (C, H, W) or (C, D, "
        "H, W), but got (2, 2, 2, 2, 2). Put a 'reshape' before it."),
    "a mean of a number": (one((), op="mean"), ShapeError,
        "Node 'a', fed by 'x0' (): 'mean' reduces the dims of a sample, but its input is a single number. Leave the node out."),
    "indices into a dense layer": (
        several(node("e", op="embedding", num_embeddings=4, embedding_dim=2), edge("x", "e")), ComplaintsError,
        "Node 'h' (dense) computes with numbers, but 'x' carries indices. Put an embedding between them.\n"
        "Node 'k' (dense) computes with numbers, but 'x' carries indices. Put an embedding between them."),
    "a vector for a recurrent layer": (one((3,), op="lstm", hidden_size=2), ShapeError,
        "Node 'a', fed by 'x0' (3,): 'lstm' reads sequences (T, features), but got (3,). Put a 'reshape' before it."),
    "features without a number for a recurrent layer": (one((3, "F"), op="gru", hidden_size=2), ShapeError,
        "Node 'a', fed by 'x0' (3, 'F'): 'gru' needs every size as a number, but got ('F',). Give the input a number in place of 'F'."),
    "an array of a layer that is not there": (one((3, 2), op="lstm", hidden_size=2, weight_hh_l1=np.zeros((8, 2))), WeightError,
        "Node 'a' (lstm) was given an array 'weight_hh_l1', but has no such array. Leave weight_hh_l1= out."),
    "an array of another shape": (one((3, 2), op="gru", hidden_size=2, weight_hh_l0=np.zeros((2, 6))), WeightError,
        "The weight_hh_l0 of node 'a' has shape (2, 6), but wants (6, 2). PyTorch's order is (out, in): give its transpose, w.T."),
    "the end of no sequence": (one((3,), op="last"), ShapeError,
        "Node 'a', fed by 'x0' (3,): 'last' takes the final state of a sequence (T, features), but got (3,). Put it behind a recurrent "
        "layer."),
    "the ends of an odd number of features": (one((4, 3), op="last", bidirectional=True), ShapeError,
        "Node 'a', fed by 'x0' (4, 3): 'last' takes the final state of a sequence (T, 2 · features), but got (4, 3). Put it behind a "
        "recurrent layer."),
    "a mask for a vector": (one((3,), op="causal"), ShapeError,
        "Node 'a', fed by 'x0' (3,): 'causal' masks scores (..., queries, keys), but got (3,). Put it behind the 'matmul' of queries and "
        "keys."),
    "positions for a vector": (one((3,), op="sinusoidal"), ShapeError,
        "Node 'a', fed by 'x0' (3,): 'sinusoidal' adds positions to sequences (T, features), but got (3,). Put it behind an 'embedding'."),
    "pairs of an odd number of features": (one((4, 3), op="rotary"), ShapeError,
        "Node 'a', fed by 'x0' (4, 3): 'rotary' turns pairs of features of sequences (..., T, features), its dim=-2 counting places, but "
        "got (4, 3). Give it an even number of features, and as dim another than the last."),
    "numbers into an embedding": (several(node("e", op="embedding", num_embeddings=4, embedding_dim=2), edge("y", "e")), ShapeError,
        "Node 'y' (dense) gives numbers, but feeds an embedding, which takes indices. Feed the embedding from an input."),
}

MISTAKES = {**STRUCTURE, **SLOTS, **WORDS, **WEIGHTS, **SHAPES}


def broken(change: Break) -> Any:
    graph = valid_graph()
    other = change(graph)
    return graph if other is None else other
