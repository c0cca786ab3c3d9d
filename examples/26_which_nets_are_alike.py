"""Nets of the zoo as vectors: a map of them, a table of how alike each pair is, and the nearest to a net of one's own."""

import sys
from pathlib import Path

import networkx as nx

import netgraph as ng

FAMILIES = {"resnet": (18, 34, 50, 101), "vgg": (11, 13, 16, 19), "densenet": (121, 169), "vit": ("ti16", "b16"), "gpt2": ("small",)}
OTHERS = ("lenet", "alexnet", "inception", "mobilenet_v2", "unet", "mlp", "autoencoder", "transformer_encoder", "lstm_classifier")


def main(folder: Path) -> dict[str, object]:
    nets = [getattr(ng.zoo, family)(size) for family, sizes in FAMILIES.items() for size in sizes]
    labels = [family for family, sizes in FAMILIES.items() for _ in sizes]
    nets, labels = nets + [getattr(ng.zoo, name)() for name in OTHERS], labels + ["others"] * len(OTHERS)
    ng.draw_map(nets, labels).save(folder / "map.png", dpi=144)
    ng.draw_map(nets, labels).save(folder / "map.html")
    ng.draw_similarity(nets, labels).save(folder / "similarity.png", dpi=144)

    index = ng.Index("family")
    index.add(nets, [net.graph["name"] for net in nets], [{"family": label} for label in labels])
    index.save(folder / "zoo.idx")
    own = nx.relabel_nodes(ng.zoo.resnet(34), {"fc": "answer"})
    own.nodes["answer"]["units"] = 10
    own.graph["name"] = "mine"
    ng.draw_neighbours(own, ng.Index.load(folder / "zoo.idx"), k=8).save(folder / "neighbours.png", dpi=144)
    return {"nearest": [match.id for match in index.query(own, k=4)], "similarity": ng.similarity(own, ng.zoo.resnet(34)),
            "unlike": ng.similarity(own, ng.zoo.gpt2("small"))}


if __name__ == "__main__":
    folder = Path(sys.argv[1] if sys.argv[1:] else "out")
    folder.mkdir(parents=True, exist_ok=True)
    for name, figure in main(folder).items():
        print(f"{name}: {figure}")
