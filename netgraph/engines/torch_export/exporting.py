"""Exporting: a net and a path flow in; a checked file in the format of the path's suffix comes out."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import torch

from netgraph.engines.torch_export.archive import run_archive, write_archive
from netgraph.engines.torch_export.onnx_file import onnx_checker, run_onnx, write_onnx
from netgraph.engines.torch_export.program import Exportable, Tensors, exportable
from netgraph.errors import ExportError, NetgraphError, suggestion
from netgraph.files import as_path, replacing, writable_path

SUFFIXES = (".onnx", ".pt2")
CLOSE = 1e-4         # of the largest number: float32 through some hundred layers, whose sums another runtime takes in another order


@dataclass(frozen=True)
class Export:
    """A file that was written: where, what its inputs and outputs are called, and what it was run with to be checked.

    `checked_by` is None where nothing was there to run it; `difference` is the largest from the module's outputs.

    >>> Export(Path("net.onnx"), ("x",), ("y",), None, None).path.suffix
    '.onnx'
    """

    path: Path
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    checked_by: str | None
    difference: float | None


def export(net: object, path: str | os.PathLike[str]) -> Export:
    """Write a graph, or a NumPy net with its present weights, for other runtimes: `.onnx` for ONNX Runtime and its like, `.pt2` for torch.

    The batch may have any size, and so may dims with names. Inputs and outputs are called as their nodes. The file is run on a batch
    of another size than the one it was recorded with, and its outputs are held against those of torch, before it takes its place; of
    ONNX only where onnxruntime is installed.

    Raises: ExportError for a net that the format cannot hold, a file that gives other numbers, or a missing package
    (`pip install 'netgraph-nn[onnx]'` brings all); FileError when the path cannot be written.

    >>> import netgraph as ng, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     done = ng.export(ng.chain(3, 4, "tanh", 2), f"{folder}/net.pt2")
    ...     done.inputs, done.outputs, done.difference < 1e-6
    (('x',), ('dense2',), True)
    """
    suffix = as_path(path).suffix.lower()
    if suffix not in SUFFIXES:
        raise ExportError(f"'{path}' has a suffix that nets are not exported to. {suggestion(suffix, SUFFIXES)}")
    writable_path(path)
    made = exportable(net)
    checker = onnx_checker() if suffix == ".onnx" else f"torch {torch.__version__}"
    difference = None
    with replacing(path) as temporary:
        _write(made, temporary, suffix)
        if checker is not None:
            difference = _difference(made, temporary, suffix)
    return Export(Path(path), made.inputs, made.outputs, checker, difference)


def _write(net: Exportable, path: Path, suffix: str) -> None:
    write = write_onnx if suffix == ".onnx" else write_archive
    try:
        write(net, path)
    except NetgraphError:
        raise
    except (RuntimeError, ValueError, TypeError, NotImplementedError, AssertionError) as error:
        if net.named_dims and "Constraints violated" in str(error):
            raise ExportError(f"torch records the net for a {suffix} file with dims of one size only. {_sizing(net)}") from error
        first = str(error).strip().partition("\n")[0]
        other = next(ending for ending in SUFFIXES if ending != suffix)
        raise ExportError(f"torch could not record the net for a {suffix} file: {first[:200].rstrip('.')}. "
                          f"Try {other}, or write the net as source with to_source(G, 'torch').") from error


def _sizing(net: Exportable) -> str:
    node, shape = next((node, shape) for node, shape in zip(net.inputs, net.shapes, strict=True) if any(isinstance(n, str) for n in shape))
    sized = tuple(20 if isinstance(n, str) else n for n in shape)
    return f"Give the dim '{net.named_dims[0]}' a size: shape={sized} for '{node}', as long as your data is."


def _found(net: Exportable, path: Path, suffix: str, samples: Tensors) -> Tensors:
    """What the file gives on samples of another size than it was recorded with.

    Raises: ExportError when it does not take them.
    """
    try:
        return run_onnx(path, net.inputs, samples) if suffix == ".onnx" else run_archive(path, samples)
    except Exception as error:                             # of another library, which may raise anything
        first = str(error).strip().partition("\n")[0][:200].rstrip(".")
        cure = _sizing(net) if net.named_dims else "Write the net as source with to_source(G, 'torch')."
        raise ExportError(f"The {suffix} file does not run on samples of another size: {first}. {cure}") from error


def _difference(net: Exportable, path: Path, suffix: str) -> float:
    """The largest difference between the file's outputs and the module's, on three samples.

    Raises: ExportError when it is more than rounding.
    """
    samples = net.samples(3, length=6, seed=1)
    wanted = net.run(samples)
    found = _found(net, path, suffix, samples)
    difference = max((_largest(mine - theirs) for mine, theirs in zip(found, wanted, strict=True)), default=0.0)
    if not difference <= CLOSE * max(1.0, *(_largest(output) for output in wanted)):
        raise ExportError(f"The {suffix} file gives other numbers than the module: they differ by up to {difference:.2g}. "
                          "Nothing was written; write the net as source with to_source(G, 'torch').")
    return difference


def _largest(tensor: torch.Tensor) -> float:
    return float(tensor.detach().abs().max()) if tensor.numel() else 0.0


