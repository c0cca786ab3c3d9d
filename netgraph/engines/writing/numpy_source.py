"""NumPy source: a Plan and a loss flow in; a program to be read comes out: the start, forward, and backward line by line."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from netgraph.cell import cell_of
from netgraph.engines.inline import Borrowed
from netgraph.engines.losses import loss_name
from netgraph.engines.writing.numpy_recurrent_source import recurrent_functions
from netgraph.engines.writing.numpy_writer import Writer
from netgraph.gradient import differentiate
from netgraph.lowering import lower
from netgraph.op import Op
from netgraph.plan import Plan
from netgraph.program import Program
from netgraph.weights import Parameter, initial_draw

MOST_NUMBERS_WRITTEN = 256


def numpy_source(plan: Plan, loss: Op, truncate: int | None = None) -> str:
    """The program as text: `start`, `forward` and `loss_and_gradients`. It needs NumPy alone."""
    borrowed = Borrowed()
    trained = [p.name for p in plan.parameters.values() if p.trainable]
    if plan.is_recurrent:
        functions = recurrent_functions(cell_of(plan), loss, trained, borrowed, truncate)
    else:
        program = lower(plan, training=True, loss=loss)
        functions = [_forward(lower(plan), borrowed), _training(program, trained, borrowed, loss_name(loss))]
    title = f"# The net {plan.name!r} in NumPy" if plan.name else "# A net in NumPy"
    head = (f"{title}: forward, and backward line by line.\n"
            f"# Training is p = start(), and then again and again: loss, g = loss_and_gradients(p, ...); p[name] -= lr * g[name].\n")
    tables = "\n".join(source for source in borrowed.sources.values() if not source.startswith("def "))
    pages = [source for source in borrowed.sources.values() if source.startswith("def ")]
    return "\n\n\n".join([f"{head}import numpy as np", _start(plan), *filter(None, [tables]), *pages, *functions]) + "\n"


def _start(plan: Plan) -> str:
    lines = [f"        {p.name!r}: {_beginning(p)}," for p in plan.parameters.values()]
    taken = "given, " if any(": given[" in line for line in lines) else ""
    note = " `given` holds the arrays that the graph carries, as net.parameters has them." if taken else ""
    return "\n".join([f"def start({taken}seed=0, dtype='float32'):", f'    """Where every parameter begins.{note}"""',
                      "    rng = np.random.default_rng(seed)", "    p = {", *lines, "    }",
                      "    return {name: np.asarray(value, dtype) for name, value in p.items()}"])


def _beginning(p: Parameter) -> str:
    text = initial_draw(p).source(p.shape) if p.value is None else _array(p.name, p.value)
    return text if p.mask is None else f"{text} * {_array(p.name, p.mask)}"


def _array(name: str, value: np.ndarray) -> str:
    return f"given[{name!r}]" if value.size > MOST_NUMBERS_WRITTEN else f"np.array({numbers_text(value.tolist())})"


def numbers_text(value: object) -> str:
    """Numbers, or lists of them, as NumPy reads them."""
    if isinstance(value, list):
        return f"[{', '.join(map(numbers_text, value))}]"
    is_plain = isinstance(value, bool) or math.isfinite(float(str(value)))
    return repr(value) if is_plain else str(value).replace("inf", "np.inf").replace("nan", "np.nan")


def _forward(program: Program, borrowed: Borrowed) -> str:
    writer = Writer(program, borrowed)
    outputs = ", ".join(writer.text(value) for value in program.outputs)
    return "\n".join([f"def forward({', '.join(['p', *writer.inputs])}):",
                      '    """The outputs for a batch, from the parameters p by name."""', *writer.lines, f"    return {outputs}"])


def _training(program: Program, trained: Sequence[str], borrowed: Borrowed, what: str) -> str:
    writer = Writer(program, borrowed, differentiate(program, trained))
    random = ["rng"] if writer.uses_rng else []
    forward = list(writer.lines)
    writer.lines.clear()
    writer.write_backward()
    unreached = [f"    g[{name!r}] = np.zeros_like(p[{name!r}])" for name in trained if name not in writer.written]
    note = ["    # no gradient reaches these"] if unreached else []
    return "\n".join([f"def loss_and_gradients({', '.join(['p', *writer.inputs, *writer.targets, *random])}):",
                      f'    """The loss of a batch ({what}), and its gradient for each parameter, by backpropagation."""',
                      *forward, "", "    g = {}", *writer.lines, *note, *unreached,
                      f"    return {writer.text(program.loss)}, g"])
