"""Flattening: a method of an op flows in; its lines come out, one operation each, nothing computed twice."""

from __future__ import annotations

import ast
from typing import Any

import numpy as np

from netgraph.anatomy import Anatomy, anatomy, backward_slice, names
from netgraph.cache import cached
from netgraph.engines.affine import above_ones
from netgraph.engines.compiler.instruction import Constant, Kind, Line, Template
from netgraph.engines.inline import specialise
from netgraph.op import Op

OPERATORS: dict[type, np.ufunc] = {
    ast.Add: np.add, ast.Sub: np.subtract, ast.Mult: np.multiply, ast.Div: np.divide, ast.USub: np.negative, ast.Eq: np.equal,
    ast.Gt: np.greater, ast.GtE: np.greater_equal, ast.Lt: np.less, ast.LtE: np.less_equal,
}
REDUCTIONS: dict[str, np.ufunc] = {"sum": np.add, "max": np.maximum}
SHAPE_WORDS = frozenset({"shape", "size", "ndim", "dtype"})


class NotFlatError(Exception):
    """The method does more than bind names to expressions, so it is called whole."""


@cached
def forward_template(op: Op, absent: tuple[str, ...]) -> Template | None:
    """Forward of an op, flat; None where it has to be called whole. `absent` are the arrays that the layer does without."""
    return _template(op, anatomy(type(op), "forward"), absent)


@cached
def backward_template(op: Op, wanted: tuple[int, ...], absent: tuple[str, ...]) -> Template | None:
    """Backward of an op for some of its gradients, flat; None where it has to be called whole."""
    return _template(op, backward_slice(type(op), wanted), absent)


def _template(op: Op, method: Anatomy, absent: tuple[str, ...]) -> Template | None:
    bound: dict[str, ast.expr] = {name: ast.Constant(None) if name in absent else ast.Name(name, ast.Load()) for name in method.asks}
    inlined = specialise(op, method, bound, str)
    flattener = _Flattener(type(op).forward.__globals__, {name for name in method.asks if name not in absent})
    try:
        for statement in inlined.body:
            flattener.bind(statement)
        results = tuple(flattener.operand(result) for result in inlined.results)
    except NotFlatError:
        return None
    return Template(tuple(flattener.lines), results, tuple(flattener.current.items()))


class _Flattener:
    """Takes expressions apart. Names are bound anew at each assignment, so that a line's names never change their meaning."""

    def __init__(self, page: dict[str, Any], asks: set[str]) -> None:
        self.page = page
        self.current: dict[str, str | Constant] = {name: name for name in asks}
        self.lines: list[Line] = []
        self.known: dict[Any, str] = {}
        self.static: set[str] = set()

    def bind(self, statement: ast.stmt) -> None:
        if not isinstance(statement, ast.Assign) or not isinstance(statement.targets[0], ast.Name):
            raise NotFlatError
        self.current[statement.targets[0].id] = self.operand(statement.value)

    def add(self, kind: Kind, function: Any, arguments: tuple[str | Constant, ...], options: tuple[Any, ...] = (), key: Any = None,
            is_static: bool = False) -> str:
        identity: tuple[Any, ...] = (kind, key or function, arguments, options)
        try:
            if identity in self.known:
                return self.known[identity]
        except TypeError:                                 # a constant that cannot be hashed, such as a slice
            identity = (kind, id(function), len(self.lines))
        result = f"%{len(self.lines)}"
        is_static = is_static or all(isinstance(a, Constant) or a in self.static for a in arguments)
        self.lines.append(Line(kind, function, arguments, result, options, is_static))
        self.known[identity] = result
        if is_static:
            self.static.add(result)
        return result

    def operand(self, node: ast.expr) -> str | Constant:
        if isinstance(node, ast.Constant):
            return Constant(node.value)
        if isinstance(node, ast.Name) and node.id in self.current:
            return self.current[node.id]
        if isinstance(node, ast.BinOp):
            return self.binary(node)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            value = self.operand(node.operand)
            return Constant(-value.value) if isinstance(value, Constant) else self.add("ufunc", np.negative, (value,))
        if isinstance(node, ast.Compare) and type(node.ops[0]) in OPERATORS and len(node.ops) == 1:
            return self.add("ufunc", OPERATORS[type(node.ops[0])], (self.operand(node.left), self.operand(node.comparators[0])))
        if isinstance(node, ast.Call) and not any(isinstance(a, ast.Starred) for a in node.args):
            known = self.call(node)
            if known is not None:
                return known
        return self.whole(node)

    def binary(self, node: ast.BinOp) -> str | Constant:
        left, right = self.operand(node.left), self.operand(node.right)
        if isinstance(node.op, ast.MatMult):
            return self.add("matmul", np.matmul, (left, right))
        if isinstance(node.op, ast.Pow) and isinstance(right, Constant) and right.value == 2:
            return self.add("ufunc", np.multiply, (left, left))
        if type(node.op) not in OPERATORS or (self.is_static(left) and self.is_static(right)):
            return self.whole(node)                       # arithmetic of sizes stays Python's
        return self.add("ufunc", OPERATORS[type(node.op)], (left, right))

    def is_static(self, operand: str | Constant) -> bool:
        return isinstance(operand, Constant) or operand in self.static

    def call(self, node: ast.Call) -> str | Constant | None:
        """A call that can write into a given array, taken apart; None for any other."""
        if isinstance(node.func, ast.Name) and self.page.get(node.func.id) is above_ones:
            return self.add("seat", above_ones, tuple(map(self.operand, node.args)))
        if not isinstance(node.func, ast.Attribute):
            return None
        if isinstance(node.func.value, ast.Name) and node.func.value.id == "np":
            function = getattr(np, node.func.attr, None)
            if isinstance(function, np.ufunc) and not node.keywords:
                return self.add("ufunc", function, tuple(map(self.operand, node.args)))
            return None
        options = {word.arg: word.value for word in node.keywords}
        if node.args or not options.keys() <= {"axis", "keepdims"} or node.func.attr not in ("sum", "max", "mean", "var"):
            return None
        try:
            axis, keepdims = (ast.literal_eval(options[word]) if word in options else None for word in ("axis", "keepdims"))
        except ValueError:                                # axes that a function computes from the shape
            return None
        value = self.operand(node.func.value)
        return self.reduced(node.func.attr, value, axis, bool(keepdims))

    def reduced(self, word: str, value: str | Constant, axis: Any, keepdims: bool) -> str:
        if word in REDUCTIONS:
            return self.add("reduce", REDUCTIONS[word], (value,), (axis, keepdims))
        if word == "mean":
            total = self.reduced("sum", value, axis, keepdims)
            share = self.add("call", lambda x, y: np.size(x) / np.size(y), (value, total), key="count", is_static=True)
            return self.add("ufunc", np.divide, (total, share))
        mean = self.reduced("mean", value, axis, True)
        spread = self.add("ufunc", np.subtract, (value, mean))
        return self.reduced("mean", self.add("ufunc", np.multiply, (spread, spread)), axis, keepdims)

    def whole(self, node: ast.expr) -> str:
        """Any other expression, as a function of the names in it."""
        bound = {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        inner = sorted(name for name in names([node]) & self.current.keys() if name not in bound)
        operands = tuple(self.current[name] for name in inner)
        arguments = ast.arguments([], [ast.arg(name) for name in inner], None, [], [], None, [])
        tree = ast.fix_missing_locations(ast.Expression(ast.Lambda(arguments, node)))
        function = eval(compile(tree, "<an op's page>", "eval"), self.page)          # an op's own page
        return self.add("call", function, operands, key=("whole", ast.dump(node)), is_static=self.is_of_shapes(node, bound))

    def is_of_shapes(self, node: ast.AST, bound: set[str]) -> bool:
        """Whether an expression depends on constants and on the shapes of arrays alone, not on what they hold."""
        if isinstance(node, ast.Attribute) and node.attr in SHAPE_WORDS:
            return True
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "len":
            return True
        if isinstance(node, ast.Name) and node.id in self.current and node.id not in bound:
            return self.is_static(self.current[node.id])
        return all(self.is_of_shapes(child, bound) for child in ast.iter_child_nodes(node))
