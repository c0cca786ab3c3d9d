"""Listening to torch: every call of its library that a forward pass makes flows by; those that depend on inputs or weights are kept."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from netgraph.errors import GraphError
from netgraph.exchange.torch_import.calls import Call, Thing
from netgraph.exchange.torch_import.sizes import result_without_numbers

ASKS_FOR_NUMBERS = frozenset({"item", "_local_scalar_dense", "is_nonzero", "equal", "allclose"})
SIZED_BY_INDICES = frozenset({"_ctc_loss"})                # whose results have a size that follows from their indices alone
OF_TWO_DEVICES = ("to have meta Device", "to be on the same device", "found at least two devices")
MOST_ZEROS = 2**24
LIBRARY = str(Path(torch.__file__).parent)
HERE = str(Path(__file__).parents[2])


class Tracer(TorchDispatchMode):  # type: ignore[no-untyped-call]  # torch's own has no types
    """A mode of torch under which a forward pass runs on tensors without numbers.

    Under inference mode torch shows its calls whole, `linear` as `linear`; those without a rule that torch itself can put together
    from others are taken apart. What depends on no input and no weight is computed for good and becomes a constant. Indices keep the
    example's numbers, so that what they choose has a size. With `is_real` all tensors have their numbers, and a branch that looks at them
    is followed.
    """

    def __init__(self, has_rule: Callable[[str], bool], is_real: bool = False) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # torch's own has no types
        self.has_rule, self.is_real, self.has_looked, self.has_measured = has_rule, is_real, False, False
        self.calls: list[Call] = []
        self.known: dict[int, Thing] = {}                  # by the id of the tensor that the forward pass holds
        self.stand_ins: dict[int, Any] = {}                # what is computed with in its place
        self.kept_alive: list[Any] = []                    # so that no id is given twice
        self.views: dict[int, tuple[Any, Call]] = {}       # of a view: its base, and the call that made it
        self.modules: list[tuple[str, int, bool]] = [("", 0, False)]
        self.layer: Any = None                             # of a compiled module: the node of the graph that runs

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """No guard of torch.compile is put around this mode, which would load all of it."""
        return False

    def follow(self, tensor: Any, thing: Thing, stand_in: Any = None) -> None:
        """Let a tensor be known as a thing of the trace."""
        self.known[id(tensor)] = thing
        self.stand_ins[id(tensor)] = tensor if stand_in is None else stand_in
        self.kept_alive.append(tensor)

    def is_followed(self, tensor: Any) -> bool:
        thing = self.known.get(id(tensor))
        return (thing is not None and thing.value is None) or (thing is not None and thing.kind == "parameter")

    def thing(self, tensor: Any) -> Thing:
        """What a tensor is in the trace: a constant, if it was never heard of."""
        if id(tensor) not in self.known:
            self.follow(tensor, Thing("constant", tuple(tensor.shape), tensor.is_floating_point(), value=tensor.detach().clone()))
        return self.known[id(tensor)]

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        tensors = tensors_among((args, kwargs))
        is_random = torch.Tag.nondeterministic_seeded in func.tags
        if not is_random and not any(self.is_followed(tensor) for tensor in tensors):
            return self._computed(func, args, kwargs)
        name = call_name(func)
        if name == "index":
            args = (args[0], [self._places_of(part) for part in args[1]])
        if name in ASKS_FOR_NUMBERS:
            self._look(name)
        elif _gives_any_size(func, args):
            self._measure(name, tensors)
        elif not self.has_rule(name) and func._can_decompose():
            result = self._taken_apart(func, args, kwargs)
            if result is not NotImplemented:
                return result
        return self._recorded(func, name, args, kwargs)

    def _taken_apart(self, func: Any, args: Any, kwargs: Any) -> Any:
        """The call as others that torch makes of it; left whole where these do not take numbers beside tensors without."""
        before = len(self.calls)
        try:
            with self:
                return func.decompose(*args, **kwargs)
        except RuntimeError as error:
            if not any(word in str(error) for word in OF_TWO_DEVICES):
                raise
            del self.calls[before:]
            return NotImplemented

    def _look(self, name: str) -> None:
        if not self.is_real:
            raise GraphError(_looking_sentence(f"torch's '{name}'"))
        self.has_looked = True

    def _places_of(self, part: Any) -> Any:
        """A fixed mask of one dim as the places that it names."""
        if part is None or part.dtype != torch.bool or part.dim() != 1 or self.is_followed(part):
            return part
        places = torch.from_numpy(self.stand_ins.get(id(part), part).numpy().nonzero()[0])
        self.kept_alive.append(places)
        return places

    def _measure(self, name: str, tensors: list[Any]) -> None:
        """A call whose result is as large as the numbers say: those of the example's indices are at hand, others are not."""
        unknown = [tensor for tensor in tensors if self.stand_ins.get(id(tensor), tensor).device.type == "meta"]
        if unknown and not (name in SIZED_BY_INDICES and all(tensor.is_floating_point() for tensor in unknown)):
            self._look(name)
        self.has_measured = True

    def _computed(self, func: Any, args: Any, kwargs: Any) -> Any:
        """What depends on nothing, for good; a tensor of the module that is written to is left as it was, and its copy written."""
        for tensor in _written(func, args, kwargs):
            thing = self.known.get(id(tensor))
            if thing is not None and thing.kind == "buffer":
                self.stand_ins[id(tensor)] = tensor.clone()
                self.known[id(tensor)] = Thing("constant", thing.shape, thing.is_float, value=self.stand_ins[id(tensor)])
        args, kwargs = _on_device("cpu", *self._stood_in((args, kwargs)))
        result = func(*args, **kwargs)
        self.kept_alive.append(result)
        if isinstance(result, torch.Tensor) and (base := _base(func, args)) is not None and base is not result:
            thing = Thing("result", tuple(result.shape), result.is_floating_point())
            self.views[id(result)] = base, Call(call_name(func), bound(func, args, kwargs), (thing,), *self.modules[-1])
        return result

    def _stood_in(self, given: Any) -> Any:
        return by_tensor(lambda leaf: self.stand_ins.get(id(leaf), leaf), given)

    def _recorded(self, func: Any, name: str, args: Any, kwargs: Any) -> Any:
        written = _written(func, args, kwargs)
        arguments = by_tensor(self.thing, bound(func, args, kwargs))
        args_there, kwargs_there = self._stood_in((args, kwargs))
        is_known = all(tensor.device.type != "meta" for tensor in tensors_among((args_there, kwargs_there)))
        args_there, kwargs_there = _on_device("cpu" if is_known else "meta", args_there, kwargs_there)
        if not is_known:
            args_there, kwargs_there = by_tensor(_without_numbers, (args_there, kwargs_there))
        elif written:
            args_there = by_tensor(torch.clone, args_there)
        result = None if is_known else result_without_numbers(name, bound(func, args_there, kwargs_there))
        result = _run(func, args_there, kwargs_there) if result is None else result
        made = tensors_among(result)
        if not made:
            return result                                  # a number, which was looked at
        things = tuple(Thing("result", tuple(leaf.shape), leaf.is_floating_point()) for leaf in made)
        call = self._call(name, arguments, things)
        if written:
            return self._rewritten(written, made, things, result)
        for leaf, thing in zip(made, things, strict=True):
            self.follow(leaf, thing)
            if (base := _base(func, args)) is not None:
                self.views[id(leaf)] = base, call
        return result

    def _call(self, op: str, arguments: dict[str, Any], things: tuple[Thing, ...]) -> Call:
        path, visit, is_leaf = self.modules[-1]
        call = Call(op, arguments, things, path, visit, is_leaf, self.layer)
        self.calls.append(call)
        return call

    def _rewritten(self, written: list[Any], made: list[Any], things: tuple[Thing, ...], result: Any) -> Any:
        """The tensors written to, which stand for what came out from now on; so do what they are views of, and the views of that."""
        for tensor, new, thing in zip(written, made, things, strict=False):
            self.known[id(tensor)], self.stand_ins[id(tensor)] = thing, new
            self.kept_alive += [tensor, new]
            self._renew(id(tensor))
        return written[0] if isinstance(result, torch.Tensor) else written

    def _renew(self, place: int) -> None:
        seen = place
        while seen in self.views:
            base, call = self.views[seen]
            old = self.thing(base)
            new = Thing("result", old.shape, old.is_float)
            rest = {name: value for name, value in call.arguments.items() if name != "self"}
            self._call(f"{call.op}_scatter", {"self": old, "src": self.known[seen], **rest}, (new,))
            self.known[id(base)] = new
            self._renew_views(id(base), seen)
            seen = id(base)
        self._renew_views(place, None)

    def _renew_views(self, base: int, done: int | None) -> None:
        for view, (owner, call) in list(self.views.items()):
            if id(owner) == base and view != done:
                things = tuple(Thing("result", thing.shape, thing.is_float) for thing in call.results)
                self._call(call.op, {**call.arguments, "self": self.known[base]}, things)
                if len(things) == 1:
                    self.known[view] = things[0]
                    self._renew_views(view, None)


def _looking_sentence(what: str) -> str:
    return (f"The forward pass looks at the numbers of a tensor ({what}{user_line()}), so that other inputs may take another path. "
            f"Write it without, for example with torch.where, or pass fallback=True to import the path that the example takes.")


def _gives_any_size(func: Any, args: Any) -> bool:
    """Whether the size of what comes out depends on numbers: places that are not 0, or entries that a mask chooses."""
    if call_name(func) == "index":
        return any(t is not None and t.dtype in (torch.bool, torch.uint8) for t in args[1])
    return torch.Tag.dynamic_output_shape in func.tags


def user_line() -> str:
    """Where the user's own code stands just now: " in 'model.py', line 12"; nothing where there is none."""
    frame = sys._getframe(1)
    while frame is not None:
        file = frame.f_code.co_filename
        if not file.startswith((LIBRARY, HERE, "<")) or file.startswith("<stdin"):
            return f" in '{file}', line {frame.f_lineno}"
        frame = frame.f_back  # type: ignore[assignment]  # None above the outermost
    return ""


@cache
def call_name(func: Any) -> str:
    """ATen's name of a call, that of an in-place one without its underscore."""
    name: str = func._schema.name.partition("::")[2]
    return name[:-1] if func._schema.is_mutable and name.endswith("_") and not name.endswith("__") else name


@cache
def _schema(func: Any) -> tuple[tuple[str, ...], dict[str, Any], frozenset[str]]:
    """The names of the arguments, the defaults, and the names of those that are written to."""
    arguments = func._schema.arguments
    return (tuple(a.name for a in arguments), {a.name: a.default_value for a in arguments if a.has_default_value()},
            frozenset(a.name for a in arguments if a.alias_info is not None and a.alias_info.is_write))


def bound(func: Any, args: Any, kwargs: Any) -> dict[str, Any]:
    """All arguments of a call by name, those left out with their defaults."""
    names, defaults, _ = _schema(func)
    return {**defaults, **dict(zip(names, args, strict=False)), **kwargs}


def _written(func: Any, args: Any, kwargs: Any) -> list[Any]:
    if not func._schema.is_mutable:
        return []
    names, _, written = _schema(func)
    return [value for name, value in (*zip(names, args, strict=False), *kwargs.items()) if name in written and value is not None]


def _base(func: Any, args: Any) -> Any:
    """What the result of a call is a view of."""
    first = func._schema.arguments[0] if func._schema.arguments else None
    is_view = first is not None and first.alias_info is not None and not first.alias_info.is_write and func._schema.returns
    return args[0] if is_view and args and isinstance(args[0], torch.Tensor) else None


def _on_device(device: str, args: Any, kwargs: Any) -> tuple[Any, Any]:
    args = tuple(torch.device(device) if isinstance(arg, torch.device) else arg for arg in args)
    return args, {name: torch.device(device) if name == "device" and value is not None else value for name, value in kwargs.items()
                  if not (name == "pin_memory" and value)}


def _run(func: Any, args: Any, kwargs: Any) -> Any:
    """What a call gives; where torch cannot tell it without numbers, from zeros."""
    try:
        return func(*args, **kwargs)
    except (RuntimeError, NotImplementedError):
        tensors = tensors_among((args, kwargs))
        if not any(tensor.device.type == "meta" for tensor in tensors) or sum(tensor.numel() for tensor in tensors) > MOST_ZEROS:
            raise
        zeros = by_tensor(lambda leaf: torch.zeros_like(leaf, device="cpu"), (args, kwargs))
        args, kwargs = _on_device("cpu", *zeros)
        return by_tensor(_without_numbers, func(*args, **kwargs))


def tensors_among(given: Any) -> list[Any]:
    """The tensors of an argument, of several, or of a result: one, or a list, tuple or dict."""
    if isinstance(given, torch.Tensor):
        return [given]
    if isinstance(given, dict):
        given = tuple(given.values())
    return [tensor for part in given for tensor in tensors_among(part)] if isinstance(given, list | tuple) else []


def by_tensor(change: Callable[[Any], Any], given: Any) -> Any:
    """The same with another thing in the place of each tensor."""
    if isinstance(given, torch.Tensor):
        return change(given)
    if isinstance(given, list | tuple):
        return type(given)(by_tensor(change, part) for part in given) if not hasattr(given, "_fields") else \
            tuple(by_tensor(change, part) for part in given)
    return {name: by_tensor(change, part) for name, part in given.items()} if isinstance(given, dict) else given


def _without_numbers(leaf: Any) -> Any:
    if leaf.device.type != "meta":
        return torch.empty_strided(leaf.shape, leaf.stride(), dtype=leaf.dtype, device="meta")
    return leaf
