"""Data on its way into a net: arrays, lists, data frames or tensors flow in; arrays of the net's dtype and shapes come out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from netgraph.errors import DataError, shorten
from netgraph.op import Op
from netgraph.plan import Layer, Plan
from netgraph.shape import Shape
from netgraph.weights import NodeId, memory_bytes, read_array


def as_array(value: Any, what: str) -> np.ndarray:
    """The value as an array of real numbers.

    Raises: DataError for ragged lists, objects, text and complex numbers.
    """
    if hasattr(value, "detach"):                           # a torch tensor
        try:
            value = value.detach().cpu().numpy()
        except (TypeError, RuntimeError):
            raise DataError(f"{what} is a tensor of {value.dtype} that NumPy has no way to hold. Convert it with x.float().") from None
    elif hasattr(value, "to_numpy"):                       # a data frame
        value = value.to_numpy()
    return read_array(value, what, DataError)


def input_arrays(plan: Plan, given: Sequence[Any], dtype: np.dtype) -> list[np.ndarray]:
    """What a call was given, one array for each input of the net in order.

    `given` is one value for each input, or one dict by input id; for a net of several inputs also one tuple of them.

    Raises: DataError naming the input, what it wants and what came.
    """
    arrays = [_sample(plan, plan[name], as_array(value, f"Input {shorten(name)}"), dtype)
              for name, value in zip(plan.inputs, _by_input(plan, given), strict=True)]
    _same_counts(plan, arrays)
    _same_named_dims([plan.sample_shapes(name)[0] for name in plan.inputs], arrays)
    return arrays


def sample_arrays(plan: Plan, given: Sequence[Any], dtype: np.dtype) -> list[np.ndarray]:
    """The same, but memory-mapped arrays stay on disk, as they are: their shapes are looked at, their numbers batch by batch."""
    values = _by_input(plan, given)
    if not any(isinstance(value, np.memmap) for value in values):
        return input_arrays(plan, given, dtype)
    input_arrays(plan, [value[:1] for value in values], dtype)
    arrays = [value if isinstance(value, np.memmap) else _sample(plan, plan[name], as_array(value, f"Input {shorten(name)}"), dtype)
              for name, value in zip(plan.inputs, values, strict=True)]
    _same_counts(plan, arrays)
    return arrays


def _same_counts(plan: Plan, arrays: Sequence[np.ndarray]) -> None:
    if len({len(array) for array in arrays}) > 1:
        counts = ", ".join(f"{shorten(name)} has {len(array)}" for name, array in zip(plan.inputs, arrays, strict=True))
        raise DataError(f"All inputs need the same number of samples, but {counts}. Give each input one row for each sample.")


def _by_input(plan: Plan, given: Sequence[Any]) -> Sequence[Any]:
    if len(given) == 1 and isinstance(given[0], Mapping):
        names = given[0].keys()
        if set(names) != set(plan.inputs):
            raise DataError(f"The net has the inputs {_listed(plan.inputs)}, but was given {_listed(tuple(names))}. "
                            "Give each input once, by its id.")
        return [given[0][name] for name in plan.inputs]
    if len(given) == 1 and len(plan.inputs) > 1 and isinstance(given[0], tuple | list):
        given = given[0]
    if len(given) != len(plan.inputs):
        raise DataError(f"The net has {len(plan.inputs)} input(s), {_listed(plan.inputs)}, but was given {len(given)}. "
                        f"Give one array for each, or a dict by id.")
    return given


def _listed(names: Sequence[NodeId]) -> str:
    return ", ".join(map(shorten, names)) or "none"


def _sample(plan: Plan, layer: Layer, array: np.ndarray, dtype: np.dtype) -> np.ndarray:
    who, wanted = f"Input {shorten(layer.id)}", plan.sample_shapes(layer.id)[0]
    if array.shape == wanted and not _fits(array.shape[1:], wanted):
        raise DataError(f"{who} wants a batch of samples of shape {wanted}, but got a single one. Give x[None], a batch of one.")
    if array.ndim == 0 or not _fits(array.shape[1:], wanted):
        raise DataError(f"{who} wants shape ({', '.join(['N', *map(str, wanted)])}), N samples, but got {array.shape}. Reshape the data.")
    if len(array) == 0 or (plan.is_recurrent and array.shape[1] == 0):
        thing = "time steps" if len(array) else "samples"
        raise DataError(f"{who} was given no {thing}: its shape is {array.shape}. Give at least one.")
    if layer.is_integer:
        if array.dtype.kind not in "iu":
            raise DataError(f"{who} takes indices, but got {array.dtype}. Give integers, for example x.astype(int).")
        return array
    return _cast(array, dtype, who)


def _fits(shape: tuple[int, ...], wanted: Shape) -> bool:
    return len(shape) == len(wanted) and all(isinstance(dim, str) or size == dim for size, dim in zip(shape, wanted, strict=True))


def _same_named_dims(shapes: Sequence[Shape], arrays: Sequence[np.ndarray]) -> None:
    seen: dict[str, int] = {}
    for shape, array in zip(shapes, arrays, strict=True):
        for dim, size in zip(shape, array.shape[1:], strict=True):
            if isinstance(dim, str) and seen.setdefault(dim, size) != size:
                raise DataError(f"The dim '{dim}' is {seen[dim]} in one input and {size} in another. Give inputs of one length.")


def not_finite(named: Iterable[tuple[str, np.ndarray]]) -> str | None:
    """What is said of the first of these arrays that holds NaN or infinities, or None. Memory-mapped ones are not read.

    >>> not_finite([("input 'x'", np.ones(3)), ("the target", np.array([1.0, np.nan]))])
    'the target holds NaN or infinities, 1 in all. Replace them, or leave their samples out.'
    """
    for what, array in named:
        wrong = 0 if isinstance(array, np.memmap) else np.count_nonzero(~np.isfinite(array))
        if wrong:
            return f"{what} holds NaN or infinities, {wrong:,} in all. Replace them, or leave their samples out."
    return None


def target_arrays(outputs: Sequence[np.ndarray | tuple[int, ...]], given: Any, loss: Op, dtype: np.dtype,
                  is_recurrent: bool = False) -> list[np.ndarray]:
    """The targets, one array for each output (of which the shapes are given, batch first, and time next in a recurrent net).

    Raises: DataError when a target does not have its output's shape, or for cross-entropy, no class for each sample.
    """
    values = [given] if len(outputs) == 1 else list(given.values()) if isinstance(given, Mapping) else list(given)
    if len(values) != len(outputs):
        raise DataError(f"The net has {len(outputs)} outputs, but was given {len(values)} targets. Give a tuple with one for each.")
    lead = 2 if is_recurrent else 1
    return [_target(as_array(value, "The target"), tuple(shape), loss, dtype, lead) for value, shape in zip(values, outputs, strict=True)]


def each_step(array: np.ndarray) -> np.ndarray:
    """Sequences (N, T, ...) as N·T samples."""
    return array.reshape(-1, *array.shape[2:])


def output_shapes(plan: Plan, arrays: Sequence[np.ndarray]) -> list[tuple[Any, ...]]:
    """The shape of each output for these inputs, batch first, named dims as long as the inputs have them.

    >>> import netgraph as ng
    >>> output_shapes(ng.infer(ng.zoo.lstm_classifier(classes=2)), [np.zeros((5, 7), int)])
    [(5, 2)]
    """
    named = {dim: size for name, array in zip(plan.inputs, arrays, strict=True)
             for dim, size in zip(plan.sample_shapes(name)[0], array.shape[1:], strict=True)}
    return [(len(arrays[0]), *(named.get(dim, dim) for dim in shape)) for name in plan.outputs for shape in plan.sample_shapes(name)]


def _target(array: np.ndarray, shape: tuple[int, ...], loss: Op, dtype: np.dtype, lead: int) -> np.ndarray:
    takes_classes = type(loss).__name__ == "CrossEntropy"
    of_classes = (*shape[:lead], *shape[lead + 1:])
    if takes_classes and array.shape == of_classes:
        if array.dtype.kind not in "iu":
            raise DataError(f"Cross-entropy takes class indices or probabilities, but the target holds {array.dtype} "
                            f"in shape {array.shape}. Give integers, for example y.astype(int).")
        return array
    if array.shape != shape:
        hint = "y[:, None]" if array.shape == shape[:-1] and shape[-1] == 1 else f"an array of shape {shape}"
        classes = f" or class indices of shape {of_classes}" if takes_classes else ""
        if not takes_classes and len(shape) > lead and shape[lead] > 1 and array.shape == of_classes and array.dtype.kind in "iu":
            hint = f"loss='cross_entropy' for class indices, or {hint}"
        raise DataError(f"The target has shape {array.shape}, but the net gives {shape}. Give {hint}{classes}.")
    return _cast(array, dtype, "The target")


def _cast(array: np.ndarray, dtype: np.dtype, who: str) -> np.ndarray:
    if array.dtype == dtype:
        return array
    if array.size * dtype.itemsize > memory_bytes():
        raise DataError(f"{who} has shape {array.shape}, which does not fit into memory as {dtype}. Give smaller batches.")
    try:
        with np.errstate(over="raise"):
            return array.astype(dtype)
    except FloatingPointError:
        raise DataError(f"{who} holds numbers that are too large for {dtype}. Scale the data, or compile with dtype='float64'.") from None
