"""Capturing: a torch module and example inputs flow in; the trace of its forward pass comes out, or what cannot be traced is refused."""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

import numpy as np
import torch
from torch.nn.modules.module import register_module_forward_hook, register_module_forward_pre_hook
from torch.utils._pytree import tree_map

from netgraph.errors import DataError, GraphError, shorten
from netgraph.exchange.torch_import.calls import Thing, Trace
from netgraph.exchange.torch_import.tracer import HERE, LIBRARY, Tracer

NO_NUMBERS = ("meta tensor", "Cannot copy out", "unallocated storage", "tensor to numpy", "aten::_local_scalar_dense", "aten::nonzero")


def capture(module: Any, args: Sequence[Any], kwargs: Mapping[str, Any], has_rule: Callable[[str], bool], *,
            widen: Sequence[int] | None = None, is_real: bool = False, fixed: Collection[str] = ()) -> Trace:
    """The trace of one forward pass, run on tensors without numbers, whatever the device of the module.

    Inputs named in `fixed` are no inputs then: their numbers are constants. With `widen`, that dim of each input, which has
    size 1, is traced as 2, so that a batch can be told from other sizes of 1.

    Raises: DataError for inputs that the forward pass does not take, GraphError where it fails, or looks at a tensor's numbers.
    """
    tracer = Tracer(has_rule, is_real)
    trace = Trace(type(module).__name__, [])
    trace.parameters = _follow_weights(module, tracer, is_real)     # outside inference mode, so that views of them are ordinary too
    with torch.inference_mode(), _listening_to_modules(module, tracer):
        args, kwargs = _followed_inputs(module, args, kwargs, tracer, trace, Following(widen, frozenset(fixed)))
        with tracer, _Placing():
            outputs = call(_by_layer(module, tracer), args, kwargs)
    trace.calls, trace.is_one_path, trace.is_one_size = tracer.calls, tracer.has_looked, tracer.has_measured
    trace.outputs = [tracer.thing(tensor) for tensor in tensors_in(outputs)]
    if not trace.outputs:
        raise GraphError(f"The forward pass of {type(module).__name__} gives no tensor, but {shorten(outputs)}. Let it return its outputs.")
    return trace


@dataclass(frozen=True)
class Following:
    """How inputs are followed: the dims along which one sample is made two, and the names of those that are constants."""

    widen: Sequence[int] | None = None
    fixed: frozenset[str] = frozenset()


class _Placing(torch.overrides.TorchFunctionMode):
    """Numbers that the forward pass writes down stay numbers, whatever device it names, and so do places that it lists."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if func in (torch.Tensor.__getitem__, torch.Tensor.__setitem__):
            args = (args[0], _listed_places(args[1]), *args[2:])
        if func in (torch.tensor, torch.as_tensor, torch.asarray) and kwargs.get("device") is not None:
            kwargs = {**kwargs, "device": "cpu"}
        return func(*args, **kwargs)


def _listed_places(index: Any) -> Any:
    """An index with its lists of places as tensors that hold them.

    >>> _listed_places((slice(None), [2, 0]))
    (slice(None, None, None), tensor([2, 0]))
    """
    if isinstance(index, tuple):
        return tuple(_listed_places(part) for part in index)
    if isinstance(index, list | range | np.ndarray) and _are_numbers(index):
        return torch.tensor(index, dtype=None if len(index) else torch.int64)
    return index


def _are_numbers(places: Any) -> bool:
    if isinstance(places, list | tuple):
        return all(_are_numbers(place) for place in places)
    return isinstance(places, int | range | np.ndarray | np.integer | np.bool_)


class _ByLayer(torch.fx.Interpreter):
    """A module that was compiled from a graph, run call by call, so that the tracer knows which node of it each call is of."""

    def __init__(self, module: Any, tracer: Tracer) -> None:
        super().__init__(module)
        calls = [node for node in module.graph.nodes if node.op.startswith("call")]
        self.original, self.tracer, self.extra_traceback = module, tracer, False
        self.layer_of = dict(zip(calls, vars(module)["netgraph_layers"], strict=False))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.run(*argument_names(self.original, args, kwargs).values())

    def run_node(self, n: Any) -> Any:
        self.tracer.layer = self.layer_of.get(n)
        return super().run_node(n)


def _by_layer(module: Any, tracer: Tracer) -> Any:
    return _ByLayer(module, tracer) if isinstance(module, torch.fx.GraphModule) and "netgraph_layers" in vars(module) else module


def argument_names(module: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """What the forward pass is given, by the names of its arguments; those of `*args` are numbered.

    Raises: DataError when it does not take them.
    """
    try:
        signature = inspect.signature(module.forward)
        given = signature.bind(*args, **kwargs).arguments
    except TypeError as error:
        raise DataError(f"{type(module).__name__}.forward{signature} does not take the example inputs: {error}. "
                        f"Give one for each argument: ng.from_torch(module, x, ...).") from None
    except ValueError:
        return {f"x{i}": arg for i, arg in enumerate(args)} | dict(kwargs)
    named: dict[str, Any] = {}
    for name, value in given.items():
        kind = signature.parameters[name].kind
        if kind is inspect.Parameter.VAR_POSITIONAL:
            named.update({f"{name}_{i}": part for i, part in enumerate(value)})
        elif kind is inspect.Parameter.VAR_KEYWORD:
            named.update(value)
        else:
            named[name] = value
    return named


def tensors_in(value: Any) -> list[Any]:
    """The tensors of lists, tuples, dicts and dataclasses, in order."""
    if isinstance(value, torch.Tensor):
        return [value]
    if isinstance(value, Mapping):
        return [tensor for part in value.values() for tensor in tensors_in(part)]
    if isinstance(value, list | tuple | torch.Size):
        return [tensor for part in value for tensor in tensors_in(part)]
    if is_dataclass(value) and not isinstance(value, type):
        return [tensor for field in fields(value) for tensor in tensors_in(getattr(value, field.name))]
    return []


def _follow_weights(module: Any, tracer: Tracer, is_real: bool) -> list[Thing]:
    things = []
    for name, tensor in [*module.named_parameters(), *module.named_buffers()]:
        kind = "parameter" if isinstance(tensor, torch.nn.Parameter) else "buffer"
        has_numbers = tensor.device.type != "meta"
        thing = Thing(kind, tuple(tensor.shape), tensor.is_floating_point(), name, tensor.detach() if has_numbers else None,
                      tensor.requires_grad)
        tracer.follow(tensor, thing, None if is_real or kind == "buffer" else tensor.detach().to("meta"))
        things.append(thing)
    return things


def _followed_inputs(module: Any, args: Sequence[Any], kwargs: Mapping[str, Any], tracer: Tracer, trace: Trace,
                     how: Following) -> tuple[Any, Any]:
    names: dict[int, str] = {}
    for name, value in argument_names(module, args, kwargs).items():
        tensors = tensors_in(value)
        names.update({id(t): name if len(tensors) == 1 else f"{name}_{i}" for i, t in enumerate(tensors)})

    def follow(leaf: Any) -> Any:
        if not isinstance(leaf, torch.Tensor):
            return leaf
        if leaf.is_complex() or leaf.layout != torch.strided:
            raise DataError(f"The example input '{names.get(id(leaf), 'x')}' is a {leaf.dtype} tensor of layout {leaf.layout}, and a net "
                            f"computes with real, dense numbers. Give its real and imaginary parts, or a dense tensor.")
        name = names.get(id(leaf), f"x{len(trace.inputs) + len(trace.fixed)}")
        if name in how.fixed:
            trace.fixed[name] = len(trace.inputs) + len(trace.fixed)
            return leaf.detach().clone()
        stand_in = leaf.detach().clone() if tracer.is_real else _wide(leaf, how.widen[len(trace.inputs)] if how.widen else None)
        thing = Thing("input", tuple(stand_in.shape), leaf.is_floating_point(), name)
        tracer.follow(stand_in, thing)
        trace.inputs.append(thing)
        return stand_in

    followed = tree_map(follow, (tuple(args), dict(kwargs)))
    if not trace.inputs:
        raise DataError(f"No example input of {type(module).__name__} is a tensor. Give at least one: ng.from_torch(module, x).")
    return followed[0], followed[1]


def _wide(tensor: Any, widen: int | None) -> Any:
    """What stands for an input: of indices a copy, of other tensors one without numbers; with two samples in place of one."""
    shape = list(tensor.shape)
    if widen is not None and len(shape) > widen:
        shape[widen] = 2
    if tensor.is_floating_point():
        return torch.empty(shape, dtype=tensor.dtype, device="meta")
    return tensor.detach().expand(shape).clone()


@contextmanager
def _listening_to_modules(module: Any, tracer: Tracer) -> Iterator[None]:
    """While it lasts, the tracer knows which module is running; torch's fused shortcuts of attention, which hide layers, are off."""
    paths = {id(part): (name, not any(True for _ in part.children())) for name, part in module.named_modules()}
    visits = iter(range(1, 2**62))

    def enter(part: Any, args: Any) -> None:
        path, is_leaf = paths.get(id(part), (tracer.modules[-1][0], False))
        tracer.modules.append((path, next(visits), is_leaf and path != ""))

    def leave(part: Any, args: Any, output: Any) -> None:
        tracer.modules.pop()

    hooks = register_module_forward_pre_hook(enter), register_module_forward_hook(leave, always_call=True)
    fast = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        yield
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)
        for hook in hooks:
            hook.remove()


def call(module: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """What the module gives.

    Raises: GraphError where its forward pass fails, with the line of the user's own code.

    >>> call(torch.nn.Identity(), [torch.ones(2)], {})
    tensor([1., 1.])
    """
    try:
        return module(*args, **kwargs)
    except GraphError:
        raise
    except Exception as error:                             # the user's own code, which may raise anything
        place, said = _place_of(error), " ".join(f"{type(error).__name__}: {error}".split())[:300]
        if any(word in said for word in NO_NUMBERS):
            raise GraphError(f"The forward pass looks at the numbers of a tensor{place}, so that other inputs may take another path. "
                             f"Write it without, or pass fallback=True to import the path that the example takes.") from error
        raise GraphError(f"The forward pass of {type(module).__name__} failed{place}: {said}. "
                         f"Correct it there, or the example inputs.") from error


def _place_of(error: BaseException) -> str:
    frames = [(frame.f_code.co_filename, line) for frame, line in traceback.walk_tb(error.__traceback__)]
    own = [(file, line) for file, line in frames if not file.startswith((LIBRARY, HERE, "<"))]
    return f" in '{own[-1][0]}', line {own[-1][1]}" if own else ""
