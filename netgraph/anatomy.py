"""Reads the methods of an op as text: which names flow in, which statements make them, what comes out."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from netgraph.cache import cached
from netgraph.op import Op, arguments


@dataclass(frozen=True)
class Anatomy:
    """A method: the names it asks for, its statements, and the expressions that its one `return` gives."""

    asks: tuple[str, ...]
    body: tuple[ast.stmt, ...]
    results: tuple[ast.expr, ...]

    @property
    def assigned(self) -> frozenset[str]:
        """The names that its statements bind."""
        return names(self.body, ast.Store)


def names(trees: Iterable[ast.AST], context: type[ast.expr_context] = ast.Load) -> frozenset[str]:
    """The names that stand in the trees, read or (with `ast.Store`) bound."""
    return frozenset(node.id for tree in trees for node in ast.walk(tree)
                     if isinstance(node, ast.Name) and isinstance(node.ctx, context))


@cached
def anatomy(kind: type[Op], method: str) -> Anatomy:
    """The method of an op, taken apart.

    >>> from netgraph.ops import OPS
    >>> anatomy(OPS["tanh"], "backward").asks
    ('gy', 'y')
    """
    function = getattr(kind, method)
    tree = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    assert isinstance(tree, ast.FunctionDef)
    *body, last = [s for s in tree.body if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))]
    if not isinstance(last, ast.Return) or last.value is None:
        raise TypeError(f"{kind.__name__}.{method} has to end in its only return")
    results = last.value.elts if isinstance(last.value, ast.Tuple) else [last.value]
    return Anatomy(arguments(kind, method), tuple(body), tuple(results))


def sliced(whole: Anatomy, wanted: Iterable[int]) -> Anatomy:
    """The same method, cut down to what some of its results need.

    >>> from netgraph.ops import OPS
    >>> sliced(anatomy(OPS["dense"], "backward"), [1]).asks     # the weight's gradient asks for the input, not the weight
    ('gy', 'x')
    """
    results = tuple(whole.results[i] for i in wanted)
    needed, body = set(names(results)), []
    for statement in reversed(whole.body):
        touched = names([statement], ast.Store) or names([statement])      # a statement that binds nothing changes what it reads
        if touched & needed:
            needed |= names([statement])
            body.append(statement)
    return Anatomy(tuple(name for name in whole.asks if name in needed), tuple(reversed(body)), results)


@cached
def backward_slice(kind: type[Op], wanted: tuple[int, ...]) -> Anatomy:
    """What backward of an op has to do for the wanted gradients alone (counted among forward's inputs and arrays)."""
    return sliced(anatomy(kind, "backward"), wanted)


@cached
def gradient_name(kind: type[Op]) -> str:
    """What backward calls the gradient of the output: its first argument."""
    return arguments(kind, "backward")[0]


def _function(kind: type[Op], asks: Iterable[str], body: Iterable[ast.stmt], result: ast.expr) -> Callable[..., Any]:
    module = ast.parse(f"def {kind.__name__}({', '.join(('self', *asks))}): pass")
    definition = module.body[0]
    assert isinstance(definition, ast.FunctionDef)
    definition.body = [*body, ast.Return(result)]
    scope: dict[str, Callable[..., Any]] = {}
    code = compile(ast.fix_missing_locations(module), inspect.getsourcefile(kind) or kind.__name__, "exec")
    exec(code, kind.forward.__globals__, scope)           # an op's own page
    return scope[kind.__name__]


@cached
def positional_forward(kind: type[Op], saved: tuple[str, ...]) -> Callable[..., Any]:
    """Forward of an op as a function of the op and all its arguments by position (a variadic one as a tuple).

    It gives the output, or with names to save a tuple (output, *what they hold).
    """
    whole = anatomy(kind, "forward")
    kept: list[ast.expr] = [ast.Name(name, ast.Load()) for name in saved]
    return _function(kind, whole.asks, whole.body, ast.Tuple([*whole.results, *kept], ast.Load()) if kept else whole.results[0])


@cached
def positional_backward(kind: type[Op], wanted: tuple[int, ...]) -> Callable[..., Any]:
    """Backward of an op as a function of the op and the names that its slice asks for; it gives a tuple of the wanted gradients."""
    part = backward_slice(kind, wanted)
    return _function(kind, part.asks, part.body, ast.Tuple(list(part.results), ast.Load()))
