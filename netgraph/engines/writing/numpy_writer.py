"""The writer of NumPy lines: steps of a program, forward and reverse, flow in; lines with readable names come out."""

from __future__ import annotations

import ast
import builtins
import keyword
import re
import textwrap
from collections import Counter
from collections.abc import Callable, Iterable

from netgraph.anatomy import Anatomy, anatomy, backward_slice, gradient_name, names
from netgraph.engines.inline import Borrowed, Inlined, inline
from netgraph.errors import shorten
from netgraph.op import arguments, input_names, is_gathering, is_variadic
from netgraph.program import Program, ReverseProgram, ReverseStep, Step
from netgraph.weights import NodeId, escaped

LONGEST_EXPRESSION = 90
LONGEST_LINE = 120
TAKEN = frozenset({"np", "p", "g", "rng", "start", "forward", "loss_and_gradients", *dir(builtins), *keyword.kwlist})


class Writer:
    """Writes a program's forward lines at once, its backward lines when asked."""

    def __init__(self, program: Program, borrowed: Borrowed, reverse: ReverseProgram | None = None, reserved: Iterable[str] = ()) -> None:
        self.program, self.borrowed, self.reverse = program, borrowed, reverse
        self.lines: list[str] = []
        self.names = Counter(reserved)
        self.values: dict[int, ast.expr] = {}              # how each value is written
        self.gradients: dict[int, ast.expr] = {}           # how each value's gradient is written
        self.gradient_names: dict[int, str] = {}           # the name that a value's gradient will have
        self.written: set[str] = set()                     # the parameters that have a gradient
        self.known: list[dict[str, ast.expr]] = []         # of each step: how the names that its backward may ask for are written
        self.uses_rng = any("rng" in arguments(type(step.op)) for step in program.steps)
        self.inputs = [self.named_value(value) for value in program.inputs]
        self.targets = [self.named_value(value) for value in program.targets]
        self.uses = Counter(value for step in program.steps for value in step.taken) + Counter(program.outputs)
        self.asked = self.asked_values()
        node: NodeId = None
        for index, step in enumerate(program.steps):
            if step.node != node:
                self.write_heading(step.node, "")
            node = step.node
            self.write_step(index, step)

    def text(self, value: int | None) -> str:
        """How a value is written."""
        return ast.unparse(self.values[value]) if value is not None else "None"

    def new_name(self, wish: str) -> str:
        """An identifier like the one wished for that nothing else has."""
        name = re.sub(r"\W", "_", wish)
        if name in TAKEN or name in self.borrowed.sources:
            name += "_"
        self.names[name] += 1
        return name if self.names[name] == 1 else self.new_name(f"{name}_{self.names[name]}")

    def named_value(self, value: int) -> str:
        self.values[value] = ast.Name(self.new_name(self.wish(value)), ast.Load())
        return self.text(value)

    def wish(self, value: int) -> str:
        node, part = self.program.labels[value]
        name = escaped(node).replace(".", "_")
        return (name if name.isidentifier() else f"n{name}") + (f"_{part}" if part else "")

    def local_wish(self, step: Step, name: str) -> str:
        return name if step.node == "loss" else f"{self.wish(step.result).removesuffix(f'_{step.part}')}_{name}"

    def asked_values(self) -> set[int]:
        """The values that some backward asks for, which therefore need a name."""
        asked: set[int] = set()
        for reverse in self.reverse.steps if self.reverse else ():
            step = self.program.steps[reverse.step]
            asks = set(self.reverse.saved[reverse.step]) if self.reverse else set()
            asked.update(value for name, value in zip(input_names(type(step.op)), step.inputs, strict=False) if name in asks)
            asked.update(source for name, source in step.arrays if name in asks and isinstance(source, int))
            if asks & names(anatomy(type(step.op), "forward").results):
                asked.add(step.result)
        return asked

    def write(self, text: str) -> None:
        self.lines += [f"    {line}" if line else "" for line in text.split("\n")]

    def write_heading(self, node: NodeId, what: str) -> None:
        layer = self.program.plan.layers.get(node)
        kind = "loss" if layer is None else f"{layer.op_name}{f', {layer.op.units} units' if hasattr(layer.op, 'units') else ''}"
        self.write(f"# {what}{shorten(node) if layer else ''}{': ' if layer else ''}{kind}")

    def write_body(self, inlined: Inlined) -> None:
        for statement in inlined.body:
            if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
                self.write_assignment(statement.targets[0].id, statement.value)
            else:
                self.write(ast.unparse(statement))

    def write_assignment(self, target: str, value: ast.expr) -> None:
        line = f"{target} = {ast.unparse(value)}"
        if len(line) > LONGEST_LINE and isinstance(value, ast.BinOp):
            sign = ast.unparse(ast.BinOp(ast.Name("a"), value.op, ast.Name("b")))[1:-1]
            line = f"{target} = ({_operand(value.left, value)}\n{' ' * len(target)}    {sign}{_operand(value.right, value, True)})"
        self.write(line)

    def arguments(self, step: Step) -> dict[str, ast.expr]:
        kind = type(step.op)
        if is_variadic(kind):
            return {arguments(kind)[0]: ast.Tuple([self.values[value] for value in step.inputs], ast.Load())}
        bound: dict[str, ast.expr] = {name: ast.Constant(None) for name in arguments(kind)}
        if "rng" in bound:
            bound["rng"] = ast.Name("rng", ast.Load())
        bound.update((name, self.values[value]) for name, value in zip(input_names(kind), step.inputs, strict=True))
        bound.update({"arrays": self.gathered(step)} if is_gathering(kind) else self.arrays(step))
        return bound

    def arrays(self, step: Step) -> dict[str, ast.expr]:
        """How each array of a step is written."""
        return {name: self.values[source] if isinstance(source, int) else _entry("p", source) for name, source in step.arrays}

    def gathered(self, step: Step) -> ast.expr:
        """The name of all arrays of a step together, which is written before it."""
        name = self.new_name(self.local_wish(step, "arrays"))
        entries = ", ".join(map(ast.unparse, self.arrays(step).values()))
        lines = textwrap.wrap(entries, LONGEST_LINE - len(name) - 4, break_long_words=False, break_on_hyphens=False)
        self.write(f"{name} = ({(chr(10) + ' ' * (len(name) + 4)).join(lines)})")
        return ast.Name(name, ast.Load())

    def write_step(self, index: int, step: Step) -> None:
        method, bound = anatomy(type(step.op), "forward"), self.arguments(step)
        result = self.new_name(self.wish(step.result))
        own = names(method.results)
        local = {name: result if own == {name} else self.new_name(self.local_wish(step, name)) for name in sorted(method.assigned)}
        inlined = inline(step.op, method, bound, local.__getitem__, self.borrowed)
        self.write_body(inlined)
        self.known.append({**bound, **{name: ast.Name(text, ast.Load()) for name, text in local.items()}})
        expression = inlined.results[0]
        if isinstance(expression, ast.Name) or self.stands_inside(index, step, expression):
            self.values[step.result] = expression
            return
        self.values[step.result] = ast.Name(result, ast.Load())
        self.write_assignment(result, expression)

    def stands_inside(self, index: int, step: Step, expression: ast.expr) -> bool:
        """Whether a value is better written inside the one place where it is used: the same layer's next step, short, used once."""
        if step.result in self.asked or self.uses[step.result] != 1 or index + 1 == len(self.program.steps):
            return False
        following = self.program.steps[index + 1]
        if following.node != step.node or step.result not in following.inputs or is_variadic(type(following.op)):
            return False
        name = input_names(type(following.op))[following.inputs.index(step.result)]
        method = anatomy(type(following.op), "forward")
        reads = sum(isinstance(node, ast.Name) and node.id == name for tree in (*method.body, *method.results) for node in ast.walk(tree))
        return reads == 1 and len(ast.unparse(expression)) <= LONGEST_EXPRESSION

    def write_backward(self) -> None:
        """Write the reverse steps, then what training keeps."""
        if self.program.loss is not None:
            self.gradients[self.program.loss] = ast.Constant(1)
        self.write_gradients()
        for index, step in enumerate(self.program.steps):
            if step.op.kept:
                self.write_kept(index, step)

    def write_gradients(self) -> None:
        """Write the reverse steps, from the gradients that are known."""
        assert self.reverse is not None
        node: NodeId = None
        for reverse in self.reverse.steps:
            step = self.program.steps[reverse.step]
            if step.node != node:
                self.write_heading(step.node, "back through ")
            node = step.node
            self.write_reverse(reverse, step)

    def write_reverse(self, reverse: ReverseStep, step: Step) -> None:
        kind = type(step.op)
        method = backward_slice(kind, reverse.wanted)
        bound = {**self.known[reverse.step], gradient_name(kind): self.gradients[step.result]}
        inlined = inline(step.op, method, bound, self.renamer(method, step, reverse), self.borrowed)
        self.write_body(inlined)
        if is_variadic(kind):
            self.write_parts(reverse, inlined.results[0])
            return
        for value, parameter, gradient in zip(reverse.inputs, reverse.arrays, _each(inlined.results, len(reverse.inputs)), strict=True):
            if parameter is not None:
                self.write_parameter(parameter, gradient)
            elif value is not None:
                self.write_gradient(value, gradient)

    def renamer(self, method: Anatomy, step: Step, reverse: ReverseStep) -> Callable[[str], str]:
        """Names for the locals of a backward; what is returned first as a value's gradient has that gradient's name."""
        local: dict[str, str] = {}
        taken = set(self.gradients)
        for result, value in zip(method.results, reverse.inputs, strict=False):
            if isinstance(result, ast.Name) and result.id in method.assigned and value is not None and value not in taken:
                local[result.id] = self.gradient_name(value)
                taken.add(value)
        for name in sorted(method.assigned - local.keys()):
            local[name] = self.new_name(self.local_wish(step, name))
        return local.__getitem__

    def gradient_name(self, value: int) -> str:
        if value not in self.gradient_names:
            self.gradient_names[value] = self.new_name(f"g_{self.wish(value)}")
        return self.gradient_names[value]

    def write_gradient(self, value: int, gradient: ast.expr) -> None:
        before = self.gradients.get(value)
        if before is None and isinstance(gradient, ast.Name):
            self.gradients[value] = gradient              # another name for what stands there already
            return
        name = self.gradient_name(value)
        self.gradients[value] = ast.Name(name, ast.Load())
        self.write_assignment(name, gradient if before is None else ast.BinOp(before, ast.Add(), gradient))

    def write_parameter(self, parameter: str, gradient: ast.expr) -> None:
        target = _entry("g", parameter)
        if parameter in self.written:
            gradient = ast.BinOp(target, ast.Add(), gradient)
        self.written.add(parameter)
        self.write_assignment(ast.unparse(target), gradient)

    def write_parts(self, reverse: ReverseStep, parts: ast.expr) -> None:
        """The gradients of a variadic op's inputs, which come as one list."""
        fresh = ["_" if value is None else self.new_name(f"g_{self.wish(value)}") for value in reverse.inputs]
        self.write(f"{', '.join(fresh)}{',' * (len(fresh) == 1)} = {ast.unparse(parts)}")
        for value, name in zip(reverse.inputs, fresh, strict=True):
            if value is not None:
                self.write_gradient(value, ast.Name(name, ast.Load()))

    def write_kept(self, index: int, step: Step) -> None:
        method, names_of = anatomy(type(step.op), "keep"), {name: str(source) for name, source in step.arrays}
        self.write(f"# running statistics of {shorten(step.node)}")
        local = {name: self.new_name(self.local_wish(step, name)) for name in sorted(method.assigned)}
        inlined = inline(step.op, method, self.known[index], local.__getitem__, self.borrowed)
        self.write_body(inlined)
        for field, value in zip(type(step.op).kept, inlined.results, strict=True):
            self.write_assignment(ast.unparse(_entry("p", names_of[field])), value)


def _each(results: list[ast.expr], count: int) -> list[ast.expr]:
    """The results, with `*garrays` at their end as its single entries."""
    *before, last = results
    if not isinstance(last, ast.Starred):
        return results
    return [*before, *(ast.Subscript(last.value, ast.Constant(i), ast.Load()) for i in range(count - len(before)))]


def _operand(expression: ast.expr, whole: ast.BinOp, is_right: bool = False) -> str:
    """One side of an operation as it stands in the whole, with parentheses where they are needed."""
    pair = ast.BinOp(ast.Name("_"), whole.op, expression) if is_right else ast.BinOp(expression, whole.op, ast.Name("_"))
    text = ast.unparse(pair)
    return text[4:] if is_right else text[:-4]


def _entry(table: str, name: str) -> ast.expr:
    return ast.Subscript(ast.Name(table, ast.Load()), ast.Constant(name), ast.Load())
