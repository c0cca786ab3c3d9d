"""Torch source: a Plan flows in; the `nn.Module` class that a person would write comes out as text."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, cast

from netgraph.anatomy import anatomy
from netgraph.cell import Cell, cell_of
from netgraph.engines.inline import Borrowed, inline
from netgraph.engines.torch_layers import ordinary_module
from netgraph.engines.torch_module import class_name
from netgraph.engines.writing.numpy_source import MOST_NUMBERS_WRITTEN, numbers_text
from netgraph.engines.writing.numpy_writer import TAKEN
from netgraph.lowering import lower
from netgraph.op import input_names, is_gathering, is_variadic
from netgraph.plan import Layer, Plan
from netgraph.program import Step
from netgraph.weights import NodeId, Parameter, escaped, initial_draw

LONGEST_EXPRESSION = 80
LOOP_NAMES = ("t", "values", "outputs")                     # what the loop of a recurrent net is written with


def torch_source(plan: Plan) -> str:
    """The class as text. Its `state_dict` has the names of the compiled module's, so each takes the other's weights."""
    if plan.is_recurrent:
        cell = cell_of(plan)
        writer = _Writer(cell.plan, LOOP_NAMES)
        values = writer.outputs()
        step = _method("step", writer.inputs, [*writer.lines, f"return {', '.join(values)},"])
        methods = [*step, "", *_method("forward", writer.inputs[:len(plan.inputs)], _loop(cell, writer))]
    else:
        writer = _Writer(plan)
        values = writer.outputs()
        methods = _method("forward", writer.inputs, [*writer.lines, f"return {', '.join(values)}"])
    lines = [*_modules(plan, writer.modules), "", *methods]
    title = f"# The net {plan.name!r} as a torch module." if plan.name else "# A net as a torch module."
    body = "\n".join([f"class {class_name(plan.name)}(nn.Module):", *_indented(lines)])
    functional = "from torch.nn import functional as F\n" if "F." in body else ""
    return f"{title}\nimport torch\nfrom torch import nn\n{functional}\n\n{body}\n"


def _method(name: str, inputs: Sequence[str], lines: list[str]) -> list[str]:
    return [f"def {name}({', '.join(['self', *inputs])}):", *_indented(lines)]


def _loop(cell: Cell, writer: _Writer) -> list[str]:
    """The lines that run a recurrent net's step along sequences; place t of a state's list holds what step t takes."""
    count = len(writer.inputs) - len(cell.states)
    inputs, states = writer.inputs[:count], writer.inputs[count:]
    begin = [f"{name} = [{inputs[0]}.new_zeros(len({inputs[0]}), {', '.join(map(str, state.shape))})"
             + (f" for _ in range({state.delay})]" if state.delay > 1 else "]") for name, state in zip(states, cell.states, strict=True)]
    given = ", ".join([*(f"{name}[:, t]" for name in inputs), *(f"{name}[t]" for name in states)])
    keep = [f"    {name}.append(values[{cell.outputs + place}])" for name, place in zip(states, cell.places, strict=True)]
    outputs = [f"torch.stack([values[{i}] for values in outputs], dim=1)" for i in range(cell.outputs)]
    return [*begin, "outputs = []", f"for t in range({inputs[0]}.shape[1]):", f"    values = self.step({given})", *keep,
            "    outputs.append(values)", f"return {', '.join(outputs)}"]


def _indented(lines: list[str]) -> list[str]:
    return [f"    {line}" if line else "" for line in lines]


class _Constructors:
    """In place of `torch.nn`: what is called on it gives the text of the call."""

    def __getattr__(self, name: str) -> Any:
        def written(*given: Any, **words: Any) -> str:
            return f"nn.{name}({', '.join([*map(_number, given), *(f'{word}={_number(value)}' for word, value in words.items())])})"
        return written


def _number(value: object) -> str:
    return repr(value[0]) if isinstance(value, tuple) and len(value) == 2 and value[0] == value[1] else repr(value)


def _attribute(path: str) -> str:
    """The path of a submodule or parameter, as Python reaches it from self.

    >>> _attribute("h.weight"), _attribute("3.weight")
    ('self.h.weight', "getattr(self, '3').weight")
    """
    text = "self"
    for name in path.split("."):
        text = f"{text}.{name}" if name.isidentifier() else f"getattr({text}, {name!r})"
    return text


def _modules(plan: Plan, modules: dict[NodeId, str]) -> list[str]:
    """The lines of `__init__`: an ordinary module for each layer that has one, bare parameters for the others."""
    ordinary = {escaped(node): text for node, text in modules.items()}
    holders: dict[str, None] = {}
    lines = []
    for name, text in ordinary.items():
        lines += [*_holders(name.split(".")[:-1], holders), _setting(name, text)]
    for p in plan.parameters.values():
        path = p.name.split(".")[:-1]
        if ".".join(path) not in ordinary:
            lines += [*_holders(path, holders), _setting(p.name, _parameter(p))]
        elif not p.trainable and not p.is_buffer:
            lines.append(f"{_attribute(p.name)}.requires_grad_(False)")
    return ["def __init__(self):", *_indented(["super().__init__()", *lines])]


def _holders(path: list[str], there: dict[str, None]) -> list[str]:
    """The lines that make the bare containers of a path, where they are not there yet."""
    missing = [name for depth in range(1, len(path) + 1) if (name := ".".join(path[:depth])) not in there]
    there.update(dict.fromkeys(missing))
    return [_setting(name, "nn.Module()") for name in missing]


def _setting(path: str, text: str) -> str:
    *owner, name = path.split(".")
    holder = _attribute(".".join(owner)) if owner else "self"
    return f"{holder}.{name} = {text}" if name.isidentifier() else f"setattr({holder}, {name!r}, {text})"


def _parameter(p: Parameter) -> str:
    draw = initial_draw(p)
    shape = ", ".join(map(str, p.shape))
    if p.is_buffer and p.value is not None and p.value.size <= MOST_NUMBERS_WRITTEN:
        return f"nn.Buffer(torch.tensor({numbers_text(p.value.astype(float).tolist()).replace('np.', 'torch.')}))"
    if p.field == "mask":
        return f"nn.Buffer(torch.ones({shape}))  # load_state_dict brings its zeros"
    numbers = {"uniform": f"torch.empty({shape}).uniform_({draw.a:.6g}, {draw.b:.6g})", "full": f"torch.full(({shape},), {draw.a})",
               "normal": f"torch.empty({shape}).normal_({draw.a:.6g}, {draw.b:.6g})"}[draw.law]
    if draw.zero_row is not None:
        numbers += f" * (torch.arange({p.shape[0]}) != {draw.zero_row})[:, None]"
    return f"nn.Buffer({numbers})" if p.is_buffer else f"nn.Parameter({numbers}{'' if p.trainable else ', requires_grad=False'})"


class _Writer:
    """Writes the lines of a pass, and notes which modules they call."""

    def __init__(self, plan: Plan, taken: Iterable[str] = ()) -> None:
        self.plan, self.program = plan, lower(plan, training=True)     # where dropout and batch norm have steps, for their modules
        self.taken = {"self", "torch", "nn", "F", *TAKEN, *taken}
        self.values: dict[int, ast.expr] = {}
        self.lines: list[str] = []
        self.ordinary = {layer.id: ordinary_module(layer, _Constructors()) for layer in plan}
        self.modules: dict[NodeId, str] = {}
        self.uses = Counter(value for step in self.program.steps for value in step.taken) + Counter(self.program.outputs)
        self.inputs = [self.new_name(value) for value in self.program.inputs]
        for value, name in zip(self.program.inputs, self.inputs, strict=True):
            self.values[value] = ast.Name(name, ast.Load())

    def outputs(self) -> list[str]:
        """Write every step; how the outputs are written."""
        for step in self.program.steps:
            self.write_step(step)
        return [ast.unparse(self.values[value]) for value in self.program.outputs]

    def new_name(self, value: int) -> str:
        return self.free_name(self.wish(value))

    def wish(self, value: int) -> str:
        node, part = self.program.labels[value]
        base = escaped(node).replace(".", "_")
        return (base if base.isidentifier() else f"n{base}") + (f"_{part}" if part else "")

    def free_name(self, wish: str) -> str:
        """An identifier like the one wished for that nothing else has."""
        name = re.sub(r"\W", "_", wish)
        while name in self.taken:
            name += "_"
        self.taken.add(name)
        return name

    def module_of(self, layer: Layer) -> NodeId | None:
        """The node whose ordinary module computes the layer: its own, or where it shares all it has, the owner's."""
        owner = self.plan[layer.shared_with] if layer.shared_with is not None and layer.parameters else layer
        is_alike = self.ordinary[layer.id] is not None and self.ordinary[layer.id] == self.ordinary[owner.id]
        return owner.id if is_alike else None

    def write_step(self, step: Step) -> None:
        layer = self.plan[step.node]
        owner = self.module_of(layer)
        if owner is None:
            expression = self.computed(step)
        elif isinstance(step.op, type(layer.op.for_training())):
            self.modules.setdefault(owner, str(self.ordinary[owner]))
            text = f"{_attribute(escaped(owner))}({ast.unparse(self.values[step.inputs[0]])}){'[0]' * step.op.module_is_first}"
            expression = ast.parse(text, mode="eval").body
        else:
            expression = self.values[step.inputs[0]] if step.arrays else self.computed(step)
        if self.stands_inside(step, expression):
            self.values[step.result] = expression
            return
        name = self.new_name(step.result)
        self.lines.append(f"{name} = {ast.unparse(expression)}")
        self.values[step.result] = ast.Name(name, ast.Load())

    def stands_inside(self, step: Step, expression: ast.expr) -> bool:
        """Whether a value is better written where it is used: within its own layer, once, and short."""
        is_own_value = not self.program.labels[step.result][1]
        return not is_own_value and self.uses[step.result] == 1 and len(ast.unparse(expression)) <= LONGEST_EXPRESSION

    def computed(self, step: Step) -> ast.expr:
        """The step as a call of torch, with its inputs and arrays put in."""
        kind, method = type(step.op), anatomy(type(step.op), "torch")
        inputs = [self.values[value] for value in step.inputs]
        bound: dict[str, ast.expr] = {name: ast.Constant(None) for name in method.asks}
        bound["torch"] = ast.Name("torch", ast.Load())
        if is_variadic(kind):
            bound[method.asks[1]] = ast.Tuple(inputs, ast.Load())
        else:
            bound.update(zip(input_names(kind), inputs, strict=True))
        arrays = {name: self.values[source] if isinstance(source, int) else ast.parse(_attribute(source), mode="eval").body
                  for name, source in step.arrays}
        bound.update({"arrays": ast.Tuple(list(arrays.values()), ast.Load())} if is_gathering(kind) else arrays)
        local = {name: self.free_name(f"{self.wish(step.result)}_{name}") for name in sorted(method.assigned)}
        inlined = inline(step.op, method, bound, local.__getitem__, Borrowed())
        self.lines += [ast.unparse(_Functional().visit(statement)) for statement in inlined.body]
        return cast("ast.expr", _Functional().visit(inlined.results[0]))


class _Functional(ast.NodeTransformer):
    """torch.nn.functional as F, and a pair of equal numbers as one."""

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        if isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value) == "F":
            node.args = [_single(argument) for argument in node.args]
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        self.generic_visit(node)
        return ast.Name("F", ast.Load()) if ast.unparse(node) == "torch.nn.functional" else node


def _single(argument: ast.expr) -> ast.expr:
    parts = argument.elts if isinstance(argument, ast.Tuple) else []
    return parts[0] if len(parts) == 2 and ast.unparse(parts[0]) == ast.unparse(parts[1]) else argument
