"""NumPy source of recurrent nets: a Cell and a loss flow in; the functions of one time step, and those that loop over all, come out."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

from netgraph.cell import Cell
from netgraph.engines.inline import Borrowed
from netgraph.engines.losses import loss_name
from netgraph.engines.writing.numpy_writer import Writer
from netgraph.gradient import differentiate
from netgraph.lowering import Line, lower
from netgraph.op import Op
from netgraph.program import Program

RESERVED = ("t", "step", "step_and_save", "step_back", "saved", "kept", "outputs", "now", "values")      # what the loops are written with


def recurrent_functions(cell: Cell, loss: Op, trained: Sequence[str], borrowed: Borrowed, truncate: int | None = None) -> list[str]:
    """The functions `step`, `forward`, `step_and_save`, `step_back` and `loss_and_gradients` as text."""
    program = lower(cell.plan, training=True)
    states = program.inputs[len(program.inputs) - len(cell.states):]
    reverse = differentiate(program, trained, seeds=program.outputs, through=states)
    plain = Writer(lower(cell.plan), borrowed, reserved=RESERVED)
    saving = Writer(program, borrowed, reverse, reserved=RESERVED)
    loops = _Loops(cell, saving, truncate)
    return [loops.step(plain), loops.forward(), *loops.step_and_back(states, trained), loops.training(loss, trained, borrowed)]


def _function(head: str, title: str, lines: Iterable[str]) -> str:
    return "\n".join([f"def {head}:", f'    """{title}"""', *lines])


def _listed(names: Iterable[str]) -> str:
    """Names as a tuple, in parentheses."""
    names = list(names)
    return f"({', '.join(names)}{',' * (len(names) == 1)})"


class _Loops:
    """Writes the functions. A state's values stand in one list, in which place t holds what step t takes."""

    def __init__(self, cell: Cell, writer: Writer, truncate: int | None) -> None:
        self.cell, self.writer, self.truncate = cell, writer, truncate
        count = len(writer.inputs) - len(cell.states)
        self.inputs, self.states = writer.inputs[:count], writer.inputs[count:]
        self.random = ["rng"] * writer.uses_rng

    def results(self, writer: Writer) -> tuple[str, str]:
        """What a step gives: its outputs, one alone or a tuple, and the values that later steps take."""
        values = [writer.text(value) for value in writer.program.outputs]
        outputs, kept = values[:self.cell.outputs], values[self.cell.outputs:]
        return outputs[0] if len(outputs) == 1 else _listed(outputs), _listed(kept[place] for place in self.cell.places)

    def step(self, writer: Writer) -> str:
        outputs, states = self.results(writer)
        return _function(f"step({', '.join(['p', *writer.inputs])})", "One time step: what the net gives, and what later steps take.",
                         [*writer.lines, f"    return {outputs}, {states}"])

    def beginning(self) -> list[str]:
        first = self.inputs[0]
        return [f"    {name} = [np.zeros({_listed([f'len({first})', *map(str, state.shape)])}, {first}.dtype)"
                + (f" for _ in range({state.delay})]" if state.delay > 1 else "]")
                for name, state in zip(self.states, self.cell.states, strict=True)]

    def call(self, function: str, kept: str = "") -> list[str]:
        """The lines of the loop that call a step and keep what it gives."""
        given = [*(f"{name}[:, t]" for name in self.inputs), *(f"{name}[t]" for name in self.states)]
        new = [f"now_{i}" if len(self.states) > 1 else "now" for i in range(len(self.states))]
        random = self.random if kept else []
        return [f"        values, {_listed(new)}{kept} = {function}({', '.join(['p', *given, *random])})",
                *(f"        {name}.append({value})" for name, value in zip(self.states, new, strict=True)),
                "        outputs.append(values)"]

    def stacked(self) -> list[str]:
        """Each output of all steps as one array."""
        if self.cell.outputs == 1:
            return ["np.stack(outputs, axis=1)"]
        return [f"np.stack([values[{i}] for values in outputs], axis=1)" for i in range(self.cell.outputs)]

    def forward(self) -> str:
        return _function(f"forward({', '.join(['p', *self.inputs])})",
                         "The outputs for sequences (N, T, ...), one time step after the other.",
                         [*self.beginning(), "    outputs = []", f"    for t in range({self.inputs[0]}.shape[1]):", *self.call("step"),
                          f"    return {', '.join(self.stacked())}"])

    def step_and_back(self, states: Sequence[int], trained: Sequence[str]) -> list[str]:
        """The step of training, which gives what the way back asks for, and the way back."""
        writer, program = self.writer, self.writer.program
        for index, step in enumerate(program.steps):
            if step.op.kept:
                writer.write_kept(index, step)
        forward = list(writer.lines)
        writer.lines.clear()
        ends = self.seeds(program)
        writer.written = set(trained)                      # which all begin at zero, and are added to by each step
        writer.write_gradients()
        back = list(writer.lines)
        saved = _asked_for(back, forward, writer.inputs)
        outputs, kept = self.results(writer)
        gradients = [ast.unparse(writer.gradients[value]) if value in writer.gradients else f"0 * {end}"
                     for value, end in zip(states, ends[self.cell.outputs:], strict=True)]
        return [_function(f"step_and_save({', '.join(['p', *writer.inputs, *self.random])})",
                          "One time step of training: the same, and what the way back asks for.",
                          [*forward, f"    return {outputs}, {kept}, {_listed(saved)}"]),
                _function(f"step_back({', '.join(['p', 'g', 'saved', *ends])})",
                          "Back through one time step: adds to the gradients g, and gives those of what earlier steps gave.",
                          [*([f"    {_listed(saved)[1:-1]} = saved"] if saved else []), *back, f"    return {_listed(gradients)}"])]

    def seeds(self, program: Program) -> list[str]:
        """Names for the gradients that flow into a step from its end: those of its outputs, then of each state; summed by value."""
        values = [*program.outputs[:self.cell.outputs], *(program.outputs[self.cell.outputs + place] for place in self.cell.places)]
        names = [self.writer.new_name(f"g_{self.writer.wish(value)}" + ("_later" if i >= self.cell.outputs else ""))
                 for i, value in enumerate(values)]
        for value, name in zip(values, names, strict=True):
            before, end = self.writer.gradients.get(value), ast.Name(name, ast.Load())
            self.writer.gradients[value] = end if before is None else ast.BinOp(before, ast.Add(), end)
        return names

    def training(self, loss: Op, trained: Sequence[str], borrowed: Borrowed) -> str:
        line = Line(training=True)
        outputs = tuple(line.new_value(name, "steps") for name in self.cell.plan.outputs[:self.cell.outputs])
        targets = line.new_targets(len(outputs))
        total = line.total_loss(loss, outputs, targets)
        program = Program(self.cell.plan, tuple(line.steps), outputs, (), tuple(line.labels), True, targets, total)
        reserved = (*RESERVED, *self.inputs, *self.states, *(f"g_{name}" for name in self.states))
        writer = Writer(program, borrowed, differentiate(program, (), through=outputs), reserved)
        writer.write_backward()
        first, ends = self.inputs[0], [ast.unparse(writer.gradients[value]) for value in outputs]
        folded = [f"    {name} = {stacked}" for name, stacked in zip(writer.inputs, self.stacked(), strict=True)]
        lines = [*self.beginning(), "    outputs, saved = [], []", f"    for t in range({first}.shape[1]):",
                 *self.call("step_and_save", ", kept"), "        saved.append(kept)", "    # to the loss each time step is a sample",
                 *folded, *(f"    {name} = {name}.reshape(-1, *{name}.shape[2:])" for name in (*writer.inputs, *writer.targets)),
                 *writer.lines, "    # back through time", f"    g = {{name: np.zeros_like(p[name]) for name in {list(trained)}}}",
                 *(f"    g_{name} = [np.zeros_like(value) for value in {name}]" for name in self.states),
                 *(f"    {end} = {end}.reshape(*{first}.shape[:2], *{end}.shape[1:])" for end in ends),
                 f"    for t in reversed(range({first}.shape[1])):", *self.back(ends), f"    return {writer.text(total)}, g"]
        return _function(f"loss_and_gradients({', '.join(['p', *self.inputs, *writer.targets, *self.random])})",
                         f"The loss of a batch of sequences ({loss_name(loss)}), and its gradient for each parameter, by backpropagation "
                         f"through time.", lines)

    def back(self, ends: Sequence[str]) -> list[str]:
        """The lines of the loop that goes back through time."""
        later = [f"g_{name}[t + {state.delay}]" for name, state in zip(self.states, self.cell.states, strict=True)]
        given = ", ".join(["p", "g", "saved[t]", *(f"{end}[:, t]" for end in ends), *later])
        lines = [f"        {_listed(f'g_{name}[t]' for name in self.states)} = step_back({given})"]
        for name, state in zip(self.states, self.cell.states, strict=True) if self.truncate else ():
            lines += [f"        if t % {self.truncate} < {state.delay}:", f"            g_{name}[t] = np.zeros_like(g_{name}[t])"]
        return lines


def _asked_for(back: Sequence[str], forward: Sequence[str], inputs: Sequence[str]) -> list[str]:
    """The names of a step's inputs and values that the way back reads before it sets them itself."""
    def found(lines: Sequence[str], kind: type[ast.expr_context]) -> list[str]:
        tree = ast.parse("def f():\n" + "\n".join([*lines, "    pass"]))
        return [node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, kind)]
    read, known = set(found(back, ast.Load)), [*inputs, *found(forward, ast.Store)]
    return [name for name in dict.fromkeys(known) if name in read]
