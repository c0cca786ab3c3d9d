"""Importing: a torch module and example inputs flow in; its graph comes out, run against the module before it is handed over."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np

from netgraph.engines.compile import compile
from netgraph.errors import DataError, GraphError, shorten
from netgraph.exchange.torch_import import HALVES, InFull, Reading, call, read_module, tensors_in

if TYPE_CHECKING:
    from torch import nn

FURTHEST = {"float32": 1e-4, "float64": 1e-9}             # between the graph's outputs and the module's, relative to the largest


def from_torch(module: nn.Module, *example_inputs: Any, fallback: bool = False, check: bool = True, **example_kwargs: Any) -> nx.DiGraph:
    """The graph of a torch module's forward pass, with the module's own weights on it.

    The forward pass is followed on tensors without numbers, on the meta device too. Samples lie along dim 0 of the inputs, or along
    dim 1 where the module wants time there; shapes leave them out. What netgraph has no word for stands as a node with ATen's name,
    such as "aten.index_put": it can be drawn and counted, and `compile` refuses it. With `fallback` a forward pass that looks at the
    numbers of its tensors is imported as it runs on the example, and `G.graph["one_path"]` is True.

    Attention, however it is written, is one node where the block of that name computes the same. Indices whose numbers the graph must know,
    such as the edges of a graph net, are no inputs of it: `G.graph["fixed"]` names them.

    `G.graph["checked"]` says whether the graph was run against the module on the examples, in evaluation mode, or why not;
    `G.graph["torch_names"]` maps each array's name to the module's, for `load_torch`.

    Raises: GraphError for a module that cannot be followed, or whose graph gives other numbers; DataError for inputs it does not take.

    >>> import netgraph as ng, torch
    >>> G = ng.from_torch(torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.ReLU()), torch.ones(5, 3))
    >>> [(node, words["op"]) for node, words in G.nodes(data=True)]
    [('input', 'input'), ('layer_0', 'dense'), ('layer_1', 'relu')]
    >>> G.graph["torch_names"]["layer_0.weight"], G.graph["checked"]
    ('0.weight', True)
    """
    reading = read_module(module, example_inputs, example_kwargs, fallback)
    graph = reading.graph
    graph.graph["checked"] = _checked(reading, module, example_inputs, example_kwargs) if check else "left out, as asked"
    return graph


def load_torch(net: Any, state_dict: Any, names: dict[str, str] | None = None) -> None:
    """Put the weights of an original checkpoint into a net compiled from an imported graph, by the names that the graph keeps.

    A torch module carries no DiGraph: hand in `names=G.graph["torch_names"]`.

    Raises: DataError when the checkpoint lacks one of them, or no names are known.

    >>> import netgraph as ng, torch
    >>> module = torch.nn.Linear(3, 2)
    >>> net = ng.compile(ng.from_torch(module, torch.ones(1, 3)))
    >>> load_torch(net, {"weight": torch.zeros(2, 3), "bias": torch.ones(2)})
    >>> net(np.ones((1, 3))).tolist()
    [[1.0, 1.0]]
    """
    kept = names if names is not None else _kept_names(net)
    missing = sorted({_original(name)[0] for name in kept.values()} - set(state_dict))
    if missing:
        raise DataError(f"The checkpoint has no array {shorten(missing[0])}{f', nor {len(missing) - 1} others' if missing[1:] else ''}. "
                        f"Give the state_dict of the module that the graph was imported from.")
    for own, name in kept.items():
        original, steps = _original(name)
        value = state_dict[original]
        for step in steps:
            value = value.T if step == ".T" else value[slice(*map(int, step[1:-1].split(":")))]
        _put(net, own, value)


def _kept_names(net: Any) -> dict[str, str]:
    graph = getattr(net, "graph", None)
    names = graph.graph.get("torch_names") if isinstance(graph, nx.DiGraph) else None
    if names is None:
        raise DataError(f"A {type(net).__name__} does not say what its arrays are called in the original module. "
                        f"Give names=G.graph['torch_names'] of the imported graph.")
    return dict(names)


def graph_of_module(value: Any, shapes: Sequence[tuple[tuple[int, ...], str]]) -> nx.DiGraph | None:
    """The graph of a torch module, or of a class of them that is made without arguments, on inputs of such shapes; None of other values.

    Raises: GraphError as `from_torch` does, when no shape is given, or when the class wants arguments.

    >>> import torch
    >>> graph_of_module(torch.nn.ReLU, [((5, 3), "float")]).nodes["input"], graph_of_module(3, [])
    ({'op': 'input', 'shape': (3,)}, None)
    """
    import torch

    module = _instance(value)
    if not isinstance(module, torch.nn.Module):
        return None
    if not shapes:
        raise GraphError(f"{type(module).__name__} is a torch module, whose inputs have no shape before it is called. "
                         f"Add an example: --input 1x3x224x224, the batch first, or --input 1x16:int for indices.")
    generator = torch.Generator().manual_seed(0)
    inputs = [torch.zeros(shape, dtype=torch.int64) if kind == "int" else torch.randn(shape, generator=generator) for shape, kind in shapes]
    return from_torch(module, *inputs)


def _instance(value: Any) -> Any:
    """The module itself, or one made of its class."""
    import torch

    if not isinstance(value, type) or not issubclass(value, torch.nn.Module):
        return value
    try:
        return value()
    except Exception as error:                             # the user's own code, which may raise anything
        said = " ".join(str(error).split())[:200]
        raise GraphError(f"{value.__name__}() failed: {said}. Make one in the file, net = {value.__name__}(...), and name that.") from error


def _original(name: str) -> tuple[str, list[str]]:
    """The module's name of an array, and the steps from that to ours: turned, rows of it.

    >>> _original("c_attn.weight.T[0:16]")
    ('c_attn.weight', ['.T', '[0:16]'])
    """
    original, *steps = re.split(r"(\.T(?=\[|$)|\[\d+:\d+\])", name)
    return original, [step for step in steps if step]


def _put(net: Any, name: str, value: Any) -> None:
    if hasattr(net, "state_dict"):
        own = net.state_dict()[name]
        own.copy_(value.reshape(own.shape))
        return
    arrays = net.parameters if name in net.parameters else net.buffers
    arrays[name] = np.asarray(value.detach().float().cpu() if value.dtype.is_floating_point else value.cpu()).reshape(arrays[name].shape)


def _checked(reading: Reading, module: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> bool | str:
    """True where the graph gives what the module gives; or why it was not run.

    Raises: GraphError where it gives something else.
    """
    import torch

    if reading.foreign:
        return f"not run: {', '.join(reading.foreign)} {'is' if len(reading.foreign) == 1 else 'are'} not in the vocabulary"
    if any(torch.nn.parameter.is_lazy(parameter) for parameter in module.parameters()):
        return "not run: the module has no weights before its first call"
    tensors = [*module.parameters(), *module.buffers(), *tensors_in([args, kwargs])]
    if any(tensor.device.type == "meta" for tensor in tensors):
        return "not run: there are no numbers on the meta device"
    module, args, kwargs = _in_full(module, args, kwargs)
    wanted = _module_outputs(module, args, kwargs, nullcontext())
    dtype = "float64" if any(tensor.dtype == torch.float64 for tensor in tensors) else "float32"
    net = compile(reading.graph, dtype=dtype)
    free = [tensor for place, tensor in enumerate(tensors_in([args, kwargs])) if place not in reading.fixed]
    inputs = [_samples(tensor, batch) for tensor, batch in zip(free, reading.input_batches, strict=True)]
    given = net(*inputs)
    outputs = given if isinstance(given, tuple) else (given,)

    def beside(wanted: list[Any]) -> list[tuple[np.ndarray, np.ndarray]]:
        return [(ours, _samples(theirs, batch)) for ours, theirs, batch in zip(outputs, wanted, reading.output_batches, strict=True)]

    pairs = beside(wanted)
    if any(_apart(*pair) > FURTHEST[dtype] for pair in pairs):         # perhaps it rounds to 16 bits on its way, as the graph does not
        pairs = beside(_module_outputs(module, args, kwargs, InFull()))  # type: ignore[no-untyped-call]  # torch's own has no types
    for name, pair in zip(reading.graph.graph["outputs"], pairs, strict=True):
        _require_equal(name, *pair, FURTHEST[dtype])
    return True


def _in_full(module: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> tuple[Any, Any, Any]:
    """The module and its examples; of one that computes in 16 bits a copy that computes in 32, as the graph does."""
    import torch
    from torch.utils._pytree import tree_map

    if not any(tensor.dtype in HALVES for tensor in (*module.parameters(), *tensors_in([args, kwargs]))):
        return module, args, kwargs
    widened = tree_map(lambda leaf: leaf.float() if isinstance(leaf, torch.Tensor) and leaf.dtype in HALVES else leaf, (list(args), kwargs))
    return deepcopy(module).float(), *widened


def _module_outputs(module: Any, args: Sequence[Any], kwargs: dict[str, Any], mode: AbstractContextManager[Any]) -> list[Any]:
    """What the module gives on the examples in evaluation mode, in which it is not left, and in a mode of torch."""
    import torch

    training = {part: part.training for part in module.modules()}
    module.eval()
    try:
        with torch.no_grad(), mode:
            return tensors_in(call(module, args, kwargs))
    finally:
        for part, was in training.items():
            part.training = was


def _samples(tensor: Any, batch: int | None) -> np.ndarray:
    """A tensor as NumPy has it, samples first; one that is the same for all, or is all one sample, as a single one."""
    array = tensor.detach().cpu()
    array = array.double() if array.is_floating_point() else array
    return np.asarray(array[None] if batch is None else array.movedim(batch, 0))


def _apart(ours: np.ndarray, theirs: np.ndarray) -> float:
    """How far the numbers are apart, in units of the greatest where it exceeds 1; infinitely far where shapes differ."""
    theirs = _stretched(theirs, ours)
    if ours.shape != theirs.shape:
        return np.inf
    finite = np.isfinite(theirs)
    apart = float(np.abs(np.where(finite, ours - theirs, 0)).max(initial=0)) / max(1.0, float(np.abs(theirs[finite]).max(initial=0)))
    return apart if apart == apart else np.inf


def _stretched(theirs: np.ndarray, ours: np.ndarray) -> np.ndarray:
    """What is the same for all samples, as often as there are samples."""
    return np.broadcast_to(theirs, (len(ours), *theirs.shape[1:])) if len(theirs) == 1 and len(ours) > 1 else theirs


def _require_equal(name: str, ours: np.ndarray, theirs: np.ndarray, furthest: float) -> None:
    theirs = _stretched(theirs, ours)
    if ours.shape != theirs.shape:
        raise GraphError(f"The imported graph gives {ours.shape} at {shorten(name)} where the module gives {theirs.shape}. "
                         f"Please report the module; check=False imports it all the same.")
    if (apart := _apart(ours, theirs)) > furthest:
        raise GraphError(f"The imported graph differs from the module by {apart:.1e} at {shorten(name)}. "
                         f"Please report the module; check=False imports it all the same.")
