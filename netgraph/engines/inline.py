"""Inlining: a method of an op and expressions for what it asks for flow in; the statements that a person would write come out."""

from __future__ import annotations

import ast
import copy
import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from netgraph.anatomy import Anatomy, names
from netgraph.op import Op


@dataclass
class Inlined:
    """Statements, and after them the expressions of the results."""

    body: list[ast.stmt]
    results: list[ast.expr]


@dataclass
class Borrowed:
    """The functions and tables of ops' pages that inlined statements use, by name, in the order in which they must stand."""

    sources: dict[str, str] = field(default_factory=dict)

    def add(self, names_used: Iterable[str], scope: Mapping[str, Any]) -> None:
        """Take over what the page defines under these names, and whatever that uses in turn."""
        for name in names_used:
            thing = scope.get(name)
            if name in self.sources or not (inspect.isfunction(thing) or isinstance(thing, tuple)):
                continue
            if isinstance(thing, tuple):
                self.sources[name] = f"{name} = {thing!r}"
                continue
            tree = ast.parse(inspect.getsource(thing)).body[0]
            self.add(sorted(names([tree])), thing.__globals__)
            self.sources[name] = ast.unparse(_Plain().visit(tree))


class _Plain(ast.NodeTransformer):
    """A function as a student reads it: no annotations, and of its docstring only the first line."""

    def visit_arg(self, node: ast.arg) -> ast.arg:
        return ast.arg(node.arg)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.stmt:
        return node if node.value is None else ast.copy_location(ast.Assign([node.target], node.value), node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        self.generic_visit(node)
        node.returns = None
        first = node.body[0]
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
            first.value.value = first.value.value.strip().splitlines()[0]
        return node


def inline(op: Op, method: Anatomy, bound: Mapping[str, ast.expr], rename: Callable[[str], str], borrowed: Borrowed) -> Inlined:
    """The method with its arguments bound, constants put in, locals renamed, and decided branches gone, as briefly as can be."""
    borrowed.add(sorted(names([*method.body, *method.results]) - method.assigned - set(method.asks)), type(op).forward.__globals__)
    return _shortened(specialise(op, method, bound, rename))


def specialise(op: Op, method: Anatomy, bound: Mapping[str, ast.expr], rename: Callable[[str], str]) -> Inlined:
    """The same, statement for statement."""
    local = {name: ast.Name(rename(name), ast.Load()) for name in method.assigned}
    writer = _Writer(op, {**bound, **local})
    body = [writer.visit(copy.deepcopy(statement)) for statement in method.body]
    results = [writer.visit(copy.deepcopy(result)) for result in method.results]
    return Inlined(body, results)


class _Writer(ast.NodeTransformer):
    def __init__(self, op: Op, bound: Mapping[str, ast.expr]) -> None:
        self.op, self.bound = op, bound

    def written(self, node: ast.expr) -> ast.expr:
        return cast("ast.expr", self.visit(node))

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id not in self.bound:
            return node
        bound = copy.deepcopy(self.bound[node.id])
        if isinstance(bound, ast.Name):
            bound.ctx = node.ctx
        return bound

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        if isinstance(node.value, ast.Name) and node.value.id == "self":
            return literal(getattr(self.op, node.attr))
        return ast.Attribute(self.written(node.value), node.attr, node.ctx)

    def visit_IfExp(self, node: ast.IfExp) -> ast.expr:
        test = self.written(node.test)
        if isinstance(test, ast.Constant):
            return self.written(node.body if test.value else node.orelse)
        return ast.IfExp(test, self.written(node.body), self.written(node.orelse))

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        left, right = self.written(node.left), self.written(node.comparators[0])
        if isinstance(node.ops[0], ast.Is):               # "is None": whether the layer has the array
            return ast.Constant(isinstance(left, ast.Constant) and left.value is None)
        if isinstance(left, ast.Constant) and isinstance(right, ast.Constant) and isinstance(node.ops[0], ast.Eq):
            return ast.Constant(left.value == right.value)
        return ast.Compare(left, node.ops, [right, *map(self.written, node.comparators[1:])])

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        """x * 1, x + 0 and the like, as constants at their defaults leave them, are x."""
        left, right = self.written(node.left), self.written(node.right)
        if isinstance(node.op, ast.Div) and isinstance(left, ast.Constant) and left.value == 0:
            return left
        neutral = {ast.Mult: 1, ast.Div: 1, ast.Add: 0, ast.Sub: 0}.get(type(node.op))
        if neutral is not None and isinstance(right, ast.Constant) and right.value == neutral:
            return left
        if isinstance(left, ast.Constant) and isinstance(right, ast.Constant) and isinstance(node.op, ast.Sub | ast.Mult):
            return literal(ast.literal_eval(left) - ast.literal_eval(right) if isinstance(node.op, ast.Sub)
                           else ast.literal_eval(left) * ast.literal_eval(right))
        if isinstance(node.op, ast.Mult) and isinstance(left, ast.Constant) and left.value == 1:
            return right
        return ast.BinOp(left, node.op, right)

    def visit_Starred(self, node: ast.Starred) -> ast.expr:
        return ast.Starred(self.written(node.value), node.ctx)

    def visit_Tuple(self, node: ast.Tuple) -> ast.expr:
        return ast.Tuple(_spliced(map(self.written, node.elts)), node.ctx)

    def visit_Call(self, node: ast.Call) -> ast.expr:
        return ast.Call(self.written(node.func), _spliced(_unbracketed(self.written(part)) for part in node.args),
                        [ast.keyword(word.arg, self.written(word.value)) for word in node.keywords])


def _unbracketed(part: ast.expr) -> ast.expr:
    """An index that is handed on: `:, 1` stands in brackets alone, so elsewhere it is written `np.s_[:, 1]`."""
    if isinstance(part, ast.Slice) or (isinstance(part, ast.Tuple) and any(isinstance(each, ast.Slice) for each in part.elts)):
        return ast.Subscript(ast.Attribute(ast.Name("np", ast.Load()), "s_", ast.Load()), part, ast.Load())
    return part


def _spliced(parts: Iterable[ast.expr]) -> list[ast.expr]:
    """The parts, where `*(1, 2)` of a tuple that is known becomes `1, 2`."""
    spliced: list[ast.expr] = []
    for part in parts:
        if isinstance(part, ast.Starred) and isinstance(part.value, ast.Tuple):
            spliced += part.value.elts
        else:
            spliced.append(part)
    return spliced


def literal(value: Any) -> ast.expr:
    """A constant as an expression: numbers, text, None, tuples, slices, `...`."""
    if isinstance(value, tuple):
        return ast.Tuple([literal(part) for part in value], ast.Load())
    if isinstance(value, slice):
        return ast.Slice(*(None if part is None else literal(part) for part in (value.start, value.stop, value.step)))
    if value is Ellipsis or (type(value) is int and value >= 0):
        return ast.Constant(value)
    return ast.parse(repr(value), mode="eval").body


def _shortened(inlined: Inlined) -> Inlined:
    """Results that are only named to be returned stand for themselves: `y = np.tanh(x)` and `y` become `np.tanh(x)`."""
    for i, result in enumerate(inlined.results):
        if not isinstance(result, ast.Name):
            continue
        makers = [s for s in inlined.body if result.id in names([s], ast.Store)]
        others: Sequence[ast.AST] = [*(s for s in inlined.body if s not in makers), *(r for r in inlined.results if r is not result)]
        if len(makers) == 1 and isinstance(makers[0], ast.Assign) and isinstance(makers[0].targets[0], ast.Name) \
                and result.id not in names(others):
            inlined.body.remove(makers[0])
            inlined.results[i] = makers[0].value
    return inlined
