"""The path of a corpus of architectures flows in; the index that comes with netgraph comes out: python benchmarks/ready_index.py CORPUS."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import networkx as nx
from corpus import load_corpus

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


def ready(path: Path) -> ng.Index:
    """The index; a name that comes twice is told from the first by its library."""
    index = ng.Index()
    index.about = ABOUT
    own = list(zoo())
    index.add([graph for graph, _ in own], [graph.graph["name"] for graph, _ in own],
              [{"family": family, "library": "netgraph"} for _, family in own])
    found = load_corpus(path)
    names = list(found.names)
    for at, name in enumerate(found.names):
        if name in index or name in names[:at]:
            names[at] = f"{name} ({found.libraries[at]})" if f"{name} ({found.libraries[at]})" not in names else f"{name} ({at})"
    index.add(found.graphs, names, [{"family": str(family), "library": str(library)}
                                    for family, library in zip(found.families, found.libraries, strict=True)])
    return index


if __name__ == "__main__":
    made = ready(Path(sys.argv[1]))
    made.save(FILE)
    print(f"{FILE}: {len(made)} nets, {FILE.stat().st_size:,} bytes")
