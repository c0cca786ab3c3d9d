"""A torch module that is called under watch comes in; out comes who was at work when each function was recorded."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from warnings import catch_warnings, filterwarnings

from netgraph.drawing.autograd.tape import Call
from netgraph.wording import short_name

Scope = tuple[Call, ...]
CARD = "netgraph_card"        # what a node of a compiled net says of its layer in its meta: group, name, op, family


@dataclass(frozen=True)
class Visit:
    """A call of a module that is over: where it was made, its path, the numbers of the functions made in it, its module and output."""

    scope: Scope
    path: str
    first: int
    end: int
    module: Any
    output: Any


@dataclass
class Watch:
    """Which calls were open when. Autograd numbers its functions as it records them, so that a number tells the calls it falls in.

    `names` are the paths of the modules by their ids; `compiled` are those that know which layer of a net each of their calls is of.
    """

    names: Mapping[int, str]
    compiled: Sequence[Any] = ()
    visits: list[Visit] = field(default_factory=list)
    _open: list[_Visitor] = field(default_factory=list)
    _numbers: list[int] = field(default_factory=list)
    _scopes: list[Scope] = field(default_factory=list)
    _muted: set[int] = field(default_factory=set)
    _serial: int = 0

    @classmethod
    def of(cls, module: Any) -> Watch:
        """A watch over a module and all in it."""
        names = {id(inner): name for name, inner in module.named_modules()}
        steps = [inner.netgraph_step for inner in module.modules() if hasattr(inner, "netgraph_step")]
        names |= {id(step): "step" for step in steps}
        return cls(names, [inner for inner in (*module.modules(), *steps) if _is_compiled(inner)])

    def scope_of(self, number: int) -> Scope:
        """The calls in which the function of that number was made, from the outside in."""
        place = bisect_right(self._numbers, number) - 1
        return self._scopes[place] if place >= 0 else ()

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Hears of every call of a module while it is open, and of every layer in those that are compiled."""
        from torch.compiler import is_compiling
        from torch.nn.modules.module import register_module_forward_hook, register_module_forward_pre_hook

        def begin(module: Any, _: Any) -> None:
            if not is_compiling():                         # torch.compile traces hooks too, once for all calls
                self._begin(module)

        def end(module: Any, _: Any, output: Any) -> None:
            if not is_compiling():
                self._end(module, output)

        handles = (register_module_forward_pre_hook(begin), register_module_forward_hook(end, always_call=True))
        for module in self.compiled:
            vars(module)["forward"] = _reader(module, self)
        try:
            with catch_warnings():
                filterwarnings("ignore", "Using `torch.compile")      # it tells of these very hooks
                yield
        finally:
            for module in self.compiled:
                del vars(module)["forward"]
            for handle in handles:
                handle.remove()

    @contextmanager
    def within(self, scope: Scope, muted: Any = None) -> Iterator[None]:
        """All that is recorded while it is open belongs to that scope; calls of the muted module are not told apart from it."""
        before = self.scope
        self._mark(scope)
        self._muted.add(id(muted))
        try:
            yield
        finally:
            self._muted.discard(id(muted))
            self._mark(before)

    @property
    def scope(self) -> Scope:
        """The calls that are open now."""
        return self._scopes[-1] if self._scopes else ()

    def call(self, word: str, kind: str, family: str = "") -> Call:
        """A new call."""
        self._serial += 1
        return Call(self._serial, word, kind, family)

    def _begin(self, module: Any) -> None:
        path = self.names.get(id(module))
        if path is None or id(module) in self._muted:
            return
        outer = self._open[-1].path if self._open else ""
        before = self.scope
        word = path.removeprefix(f"{outer}.") if outer else path
        scope = (*before, self.call(word, type(module).__name__)) if path else before
        self._open.append(_Visitor(module, path, self._mark(scope), before, scope))

    def _end(self, module: Any, output: Any) -> None:
        if not any(visitor.module is module for visitor in self._open):
            return
        while True:                                        # those that an exception ended are left with it
            visitor = self._open.pop()
            end = self._mark(visitor.before)
            if visitor.module is module:
                self.visits.append(Visit(visitor.scope, visitor.path, visitor.first, end, module, output))
                return

    def _mark(self, scope: Scope) -> int:
        import torch

        number: int = torch._C._autograd._get_sequence_nr()
        self._numbers.append(number)
        self._scopes.append(scope)
        return number


@dataclass(frozen=True)
class _Visitor:
    """A call of a module that is open: the scope before it, and within."""

    module: Any
    path: str
    first: int
    before: Scope
    scope: Scope


def _is_compiled(module: Any) -> bool:
    from torch.fx import GraphModule

    return isinstance(module, GraphModule) and any(CARD in node.meta for node in module.graph.nodes)


def _reader(module: Any, watch: Watch) -> Any:
    """The forward pass of a compiled net, read node by node: each says in its `meta` which layer of the net it belongs to."""
    from torch.fx import Interpreter

    class Reader(Interpreter):
        def run(self, *args: Any, **more: Any) -> Any:
            self.around, self.calls = watch.scope, dict[tuple[str, ...], Call]()
            return super().run(*args, **more)

        def run_node(self, node: Any) -> Any:
            if CARD not in node.meta:
                return super().run_node(node)
            group, name, kind, family = node.meta[CARD]
            keys = [*(group[:length] for length in range(1, len(group) + 1)), (*group, name, "")]
            said = [*((word, "", "") for word in group), (short_name(name, group), kind, family)]
            for key, words in zip(keys, said, strict=True):
                if key not in self.calls:
                    self.calls[key] = watch.call(*words)
            muted = self.module.get_submodule(node.target) if node.op == "call_module" else None
            with watch.within((*self.around, *(self.calls[key] for key in keys)), muted):
                return super().run_node(node)

    return Reader(module).run
