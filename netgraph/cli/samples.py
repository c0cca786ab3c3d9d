"""A data file and a plan flow in; samples and targets in the shapes of the net come out, some kept for validation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from netgraph.cli.data_file import columns, read_arrays, read_table
from netgraph.errors import DataError, shorten, suggestion
from netgraph.plan import Layer, Plan
from netgraph.shape import Shape, element_count


@dataclass(frozen=True)
class Samples:
    """Inputs by id and one target for each output, row by row."""

    x: Mapping[Any, np.ndarray]
    y: Sequence[np.ndarray]

    @property
    def count(self) -> int:
        """The samples."""
        return len(next(iter(self.x.values())))

    @property
    def target(self) -> Any:
        """What `fit` takes: one array, or a tuple for several outputs."""
        return self.y[0] if len(self.y) == 1 else tuple(self.y)

    def rows(self, places: np.ndarray) -> Samples:
        """The samples at these places."""
        return Samples({name: array[places] for name, array in self.x.items()}, [array[places] for array in self.y])

    def split(self, share: float, seed: int) -> tuple[Samples, Samples | None]:
        """The samples in two parts, drawn at random: those to train on, and `share` of them for validation, or None.

        Raises: DataError when one of the parts would be empty.

        >>> train, kept = Samples({"x": np.arange(10)}, [np.arange(10)]).split(0.2, seed=0)
        >>> train.count, kept.count
        (8, 2)
        """
        if not share:
            return self, None
        kept = round(share * self.count)
        if not 0 < kept < self.count:
            raise DataError(f"Of {self.count} samples, a validation share of {share:g} keeps {kept}. "
                            f"Give another share, or more data.")
        order = np.random.default_rng(seed).permutation(self.count)
        return self.rows(order[kept:]), self.rows(order[:kept])


def read_samples(path: str, plan: Plan, names: tuple[Sequence[str], Sequence[str]], targets: Sequence[str],
                 takes_classes: bool) -> Samples:
    """The samples of a .npz or .csv file, in the shapes of the net.

    `names` are the arrays for the inputs and outputs of a .npz file, in order; `targets` the columns of a .csv file.

    Raises: FileError or DataError for a file or data that does not fit.
    """
    if path.lower().endswith(".csv"):
        inputs, outputs = _from_table(path, plan, targets)
    else:
        inputs, outputs = _from_arrays(path, plan, *names)
    counts = {len(array) if array.ndim else 0 for array in (*inputs, *outputs)}
    if len(counts) > 1 or 0 in counts:
        raise DataError(f"The arrays of '{path}' have {' and '.join(map(str, sorted(counts)))} rows. "
                        f"Give one row for each sample in each.")
    x = {name: _input(array, plan[name]) for name, array in zip(plan.inputs, inputs, strict=True)}
    shapes = [shape for name in plan.outputs for shape in plan[name].shapes]
    return Samples(x, [_classes(array) if takes_classes else _shaped(array, shape)
                       for array, shape in zip(outputs, shapes, strict=True)])


def _from_table(path: str, plan: Plan, targets: Sequence[str]) -> tuple[list[np.ndarray], list[np.ndarray]]:
    names, table = read_table(path)
    if len(plan.inputs) > 1 or len(plan.outputs) > 1:
        raise DataError(f"A .csv file feeds a net of one input and one output, but this one has {len(plan.inputs)} and "
                        f"{len(plan.outputs)}. Save arrays with numpy.savez.")
    chosen = columns(names, targets, path)
    others = [place for place in range(len(names)) if place not in chosen]
    return [table[:, others]], [table[:, chosen]]


def _from_arrays(path: str, plan: Plan, x: Sequence[str], y: Sequence[str]) -> tuple[list[np.ndarray], list[np.ndarray]]:
    arrays = read_arrays(path)
    outputs = [name for name in plan.outputs for _ in plan[name].shapes]
    return _chosen(path, arrays, x, plan.inputs, "x"), _chosen(path, arrays, y, outputs, "y")


def _chosen(path: str, arrays: Mapping[str, np.ndarray], wanted: Sequence[str], ids: Sequence[Any], word: str) -> list[np.ndarray]:
    """The named arrays; without names, those called as the ids, or for a single one "x" or "y"."""
    single = next((name for name in (str(ids[0]), word, word.upper()) if name in arrays), word)
    names = list(wanted) or ([single] if len(ids) == 1 else [str(name) for name in ids])
    if len(names) != len(ids):
        raise DataError(f"The net has {len(ids)} {'inputs' if word == 'x' else 'outputs'}, but --{word} names {len(names)} arrays. "
                        f"Repeat --{word} for each, in order.")
    for name in names:
        if name not in arrays:
            raise DataError(f"'{path}' has no array {shorten(name)}. {suggestion(name, arrays)} Name it with --{word}.")
    return [arrays[name] for name in names]


def _input(array: np.ndarray, layer: Layer) -> np.ndarray:
    array = _shaped(array, layer.shape)
    return _whole(array) if layer.is_integer else array


def _shaped(array: np.ndarray, shape: Shape) -> np.ndarray:
    """The array with each sample in the wanted shape, where it has that many numbers; the net refuses what does not fit."""
    fits = all(isinstance(dim, int) for dim in shape) and array.size == len(array) * element_count(shape)
    return array.reshape(len(array), *shape) if fits else array


def _classes(array: np.ndarray) -> np.ndarray:
    return _whole(array[:, 0] if array.ndim == 2 and array.shape[1] == 1 else array)


def _whole(array: np.ndarray) -> np.ndarray:
    """Whole numbers as integers; other numbers as they are."""
    if array.dtype.kind == "f" and np.isfinite(array).all() and (array == array.round()).all():
        return array.astype(np.int64)
    return array.astype(np.int64) if array.dtype.kind == "b" else array
