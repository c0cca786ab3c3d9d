"""ONNX files: a module flows in; a file that ONNX Runtime and others read comes out."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import torch

from netgraph.engines.torch_export.program import Exportable, Tensors
from netgraph.errors import ExportError

NEEDED = ("onnx", "onnxscript")
LARGEST = 2**31 - 2**20        # bytes of weights: a protobuf message holds less than 2 GiB


def write_onnx(net: Exportable, path: Path) -> None:
    """Record the module by torch.onnx and write it.

    Raises: ExportError when a package is missing, the weights are too large for one file, or an op has no counterpart in ONNX.
    """
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise ExportError(f"Writing ONNX needs {' and '.join(missing)}, which this Python does not have. "
                          "Install it with pip install 'netgraph-nn[onnx]'.")
    size = sum(array.nbytes for array in net.module.state_dict().values())
    if size > LARGEST:
        raise ExportError(f"The weights have {size / 2**30:.1f} GiB, and an .onnx file holds less than 2. Export a .pt2 file.")
    with _quiet():
        program = torch.onnx.export(net.recordable, net.samples(2), dynamo=True, dynamic_shapes=net.dims(), input_names=list(net.inputs),
                                    output_names=list(net.outputs), verbose=False)
        assert program is not None
        program.save(str(path))


def onnx_checker() -> str | None:
    """What a written file is checked with, where it is installed.

    >>> onnx_checker() is None or onnx_checker().startswith("ONNX Runtime ")
    True
    """
    return f"ONNX Runtime {version('onnxruntime')}" if find_spec("onnxruntime") else None


def run_onnx(path: Path, names: tuple[str, ...], samples: Tensors) -> Tensors:
    """The outputs of the file in ONNX Runtime."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    given = {name: sample.numpy() for name, sample in zip(names, samples, strict=True)}
    return tuple(torch.from_numpy(output) for output in session.run(None, given))


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the exporter's remarks on packages that it could use too, and on its own use of old names."""
    logger = logging.getLogger("torch.onnx")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(before)
