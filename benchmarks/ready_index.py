"""The path of the corpus flows in; the index that comes with netgraph comes out: python benchmarks/ready_index.py CORPUS.

CORPUS is architectures.jsonl.gz: a record a line with name, family, library, nodes (op, params, shape) and edges.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import networkx as nx

import netgraph as ng
from netgraph.similarity.ready import FILE
from netgraph.zoo.convolutional import VGG_BLOCKS
from netgraph.zoo.dense_blocks import DENSENETS
from netgraph.zoo.language import GPT2
from netgraph.zoo.residual import RESNETS
from netgraph.zoo.vision import VITS

ABOUT = "The nets of netgraph's zoo, and 410 published architectures."
WAYS = {"resnet": RESNETS, "vgg": VGG_BLOCKS, "densenet": DENSENETS, "gpt2": GPT2, "vit": VITS}


def zoo() -> Iterator[tuple[nx.DiGraph, str]]:
    """Every variant of the zoo, and its family."""
    for family, variants in WAYS.items():
        for variant in variants:
            yield getattr(ng.zoo, family)(variant), family
    for builder in ("lenet", "alexnet", "inception", "mobilenet_v2", "unet", "rnn_classifier", "lstm_classifier", "gru_classifier", "gpt",
                    "transformer_encoder", "transformer", "mlp", "autoencoder"):
        yield getattr(ng.zoo, builder)(), builder.removesuffix("_classifier").removesuffix("_encoder")


def corpus(path: Path) -> Iterator[tuple[nx.DiGraph, dict[str, Any]]]:
    """The graphs of the corpus, and what is known of them."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            record = json.loads(line)
            graph = nx.DiGraph(name=record["name"])
            for at, (op, params, shape) in enumerate(record["nodes"]):
                graph.add_node(at, op=op, params=params, shape=shape)
            graph.add_edges_from(record["edges"])
            yield graph, {"family": record["family"], "library": record["library"]}


def ready(path: Path) -> ng.Index:
    """The index; a name that comes twice is told from the first by its library."""
    index = ng.Index()
    index.about = ABOUT
    own = list(zoo())
    index.add([graph for graph, _ in own], [graph.graph["name"] for graph, _ in own],
              [{"family": family, "library": "netgraph"} for _, family in own])
    graphs, notes = zip(*corpus(path), strict=True)
    names: list[str] = []
    for graph, note in zip(graphs, notes, strict=True):
        name = graph.graph["name"]
        name = name if name not in index and name not in names else f"{name} ({note['library']})"
        names.append(name if name not in names else f"{name} {note['family']}")
    index.add(graphs, names, notes)
    return index


if __name__ == "__main__":
    made = ready(Path(sys.argv[1]))
    made.save(FILE)
    print(f"{FILE}: {len(made)} nets, {FILE.stat().st_size:,} bytes")
