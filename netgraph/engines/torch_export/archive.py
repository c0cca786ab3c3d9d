"""Archives of torch.export: a module flows in; a .pt2 file that torch runs without the code of the net comes out."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import torch

from netgraph.engines.torch_export.program import Exportable, Tensors

NAMES = "netgraph.json"        # the file in the archive that holds the ids of inputs and outputs


def write_archive(net: Exportable, path: Path) -> None:
    """Record the module by torch.export and write it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")                    # what torch says of its own use of old names
        program = torch.export.export(net.module, net.samples(2), dynamic_shapes=net.dims(), strict=False)
    names = json.dumps({"inputs": net.inputs, "outputs": net.outputs})
    torch.export.save(program, path, extra_files={NAMES: names})


def run_archive(path: Path, samples: Tensors) -> Tensors:
    """The outputs of the archive."""
    with torch.no_grad():
        outputs = torch.export.load(path).module()(*samples)
    return tuple(outputs) if isinstance(outputs, tuple | list) else (outputs,)
