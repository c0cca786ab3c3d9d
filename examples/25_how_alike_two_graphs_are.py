"""Two graphs with features on nodes and edges: a graph convolutional network learns from pairs which graphs are alike."""

import sys
from pathlib import Path

import networkx as nx

import netgraph as ng

FEATURES = {1: (0.1, 0.2), 2: (0.3, 0.4), 3: (0.5, 0.6)}


def graph(*edges: tuple[int, int, float], shift: float = 0.0) -> nx.Graph:
    built = nx.Graph()
    built.add_nodes_from((node, {"feat": (a + shift, b - shift)}) for node, (a, b) in FEATURES.items())
    built.add_edges_from((u, v, {"feat": feat}) for u, v, feat in edges)
    return built


def main(folder: Path) -> dict[str, object]:
    first, second = graph((1, 2, 0.7), (2, 3, 0.8)), graph((1, 3, 0.9), (2, 3, 0.8))
    near = [graph((1, 2, 0.7), (2, 3, 0.8), shift=step / 50) for step in range(1, 5)]
    far = [graph((1, 3, 0.9), (2, 3, 0.8), shift=step / 50) for step in range(1, 5)]

    encoder = ng.GraphEncoder(conv="gcn", hidden=(16, 32), measure="cosine", seed=0)
    before = encoder.similarity(first, second)
    history = encoder.fit([(first, H) for H in near + far], [1] * 4 + [0] * 4, epochs=300, lr=0.02)
    ng.draw_history(history, title="cross-entropy of pairs").save(folder / "pairs.png", dpi=144)
    renamed = nx.relabel_nodes(first, {1: "c", 2: "a", 3: "b"})
    return {"before": before, "after": encoder.similarity(first, second), "near": encoder.similarity(first, near[0]),
            "other way round": encoder.similarity(second, first), "renamed": encoder.similarity(first, renamed)}


if __name__ == "__main__":
    folder = Path(sys.argv[1] if sys.argv[1:] else "out")
    folder.mkdir(parents=True, exist_ok=True)
    for name, figure in main(folder).items():
        print(f"{name}: {figure}")
