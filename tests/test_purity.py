"""What a use of netgraph leaves unimported, seen from a fresh interpreter each."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("torch", "matplotlib")
DECLARE = "import netgraph as ng; G = ng.chain(4, 3, 'relu', 2)"
USES = {
    "drawing": "import netgraph as ng; ng.draw(G).save('net.png'); ng.draw(G).save('net.svg')",
    "drawing a pdf": "ng.draw(G).save('net.pdf')",
    "other views": "net = ng.compile(G); ng.draw_neurons(net).save('net.png'); ng.draw_matrix(G).save('net.svg'); "
                   "ng.draw_volumes(G).svg(); ng.draw_weights(net).svg(); ng.draw_histograms(net).svg(); "
                   "ng.draw_history({'loss': [2.0, 1.0]}).svg(); "
                   "ng.animate(net, [1, 0, 0, 1], [1, 0], loss='mse').save('net.svg')",
    "a summary": "str(ng.summarize(G)); ng.check(G)",
    "a NumPy run": "import numpy as np; ng.compile(G)(np.ones((2, 4)))",
    "training": "import numpy as np; x, y = np.ones((8, 4)), np.ones((8, 2)); ng.compile(G).fit(x, y, loss='mse', validation=(x, y))",
    "safetensors": "ng.save(ng.compile(G), 'net.safetensors'); ng.load('net.safetensors')",
    "json": "ng.save(G, 'net.json'); ng.load('net.json')",
    "similarity": "ng.embed([G]); ng.similarity(G, G)",
    "an index": "index = ng.Index(); index.add([G], ['net']); index.query(G); index.save('lib.idx'); ng.Index.load('lib.idx')",
    "a map": "ng.draw_map([G, G]).save('map.html'); ng.draw_similarity([G, G]).svg()",
    "source": "ng.to_source(G); ng.compile(G).source",
    "edit distances": "ng.distance(G, ng.zoo.lenet()); ng.distance(G, G, by='vectors'); ng.embed([G], task='distance')",
}
COMMANDS = {"help": ["--help"], "draw": ["draw", "net.py", "-o", "net.png"], "summary": ["summary", "net.py"],
            "check": ["check", "net.py"], "train": ["train", "net.py", "--data", "data.csv", "--loss", "mse", "--epochs", "2"],
            "ops": ["ops"], "index": ["index", "net.py", "-o", "lib.idx"], "search": ["search", "net.py"],
            "compare": ["compare", "net.py", "net.py"],
            "source": ["source", "net.py"]}


def loaded(code: str, folder: Path) -> set[str]:
    """The top-level modules that a fresh Python has loaded after the code."""
    code += "\nimport sys; print('\\n' + ' '.join({name.split('.')[0] for name in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, timeout=120, check=True)
    return set(done.stdout.splitlines()[-1].split())


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "net.py").write_text(DECLARE)
    (tmp_path / "data.csv").write_text("1,2,3,4,0,1\n4,3,2,1,1,0\n")
    return tmp_path


def test_importing_netgraph_imports_no_library(tmp_path):
    assert not loaded("import netgraph", tmp_path) & {"numpy", "networkx", "click", "tqdm", *HEAVY}


@pytest.mark.parametrize("use", USES)
def test_a_use_leaves_heavy_libraries_out(use, tmp_path):
    assert not loaded(f"{DECLARE}\n{USES[use]}", tmp_path) & set(HEAVY)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_leaves_heavy_libraries_out(command, folder):
    arguments = [*COMMANDS[command], *(["--target", "5", "--target", "6"] if command == "train" else [])]
    assert not loaded(f"from netgraph.cli.door import run\nassert run({arguments!r}) == 0", folder) & set(HEAVY)


def test_help_imports_neither_numpy_nor_networkx(folder):
    for arguments in (["--help"], ["draw", "--help"], ["train", "--help"]):
        assert not loaded(f"from netgraph.cli.door import run\nassert run({arguments!r}) == 0", folder) & {"numpy", "networkx"}


def test_the_zoo_lists_its_nets_and_nothing_else() -> None:
    from netgraph import zoo
    assert dir(zoo) == sorted(zoo.__all__)
    assert all(callable(getattr(zoo, name)) for name in dir(zoo))
