"""Rules of recurrent layers: one node where all layers are one, a node for each where the module wants what is between them."""

from __future__ import annotations

from collections.abc import Sequence

from netgraph.exchange.torch_import.calls import Call, Thing, things_in
from netgraph.exchange.torch_import.rulebook import numbers, rule, unlike
from netgraph.exchange.torch_import.sketch import Sketch
from netgraph.exchange.torch_import.values import MixedError, NoWordError, Value


@rule("lstm", "gru", "rnn_tanh", "rnn_relu")
def recurrent(sketch: Sketch, call: Call) -> tuple[Value, ...]:
    a = call.arguments
    x, batch_first = sketch.value(a["input"]), a.get("batch_first")
    if batch_first is None:
        raise NoWordError("it reads packed sequences")
    steps = 1 if batch_first and x.rank == 3 else 0
    if x.batch is not None and (x.rank != 3 or x.batch != 1 - steps or x.merged > 1):
        raise MixedError
    if x.batch is None and x.rank == 3:
        return _of_one(sketch, call, x, 1 - steps)
    return _read(sketch, call, x)


def _of_one(sketch: Sketch, call: Call, x: Value, dim: int) -> tuple[Value, ...]:
    """The same of a single sequence, whose dim of size 1 is taken away and put back."""
    if x.shape[dim] != 1:
        raise NoWordError("a sample holds several sequences")
    states, *last = _read(sketch, call, sketch.reshape(x, x.shape[:dim] + x.shape[dim + 1:]))
    return (sketch.reshape(states, call.results[0].shape), *last)


def _read(sketch: Sketch, call: Call, x: Value) -> tuple[Value, ...]:
    a, op = call.arguments, call.op.partition("_")[0]
    if not all(_is_zero(sketch.value(start)) for start in numbers(a["hx"])):
        raise NoWordError("it begins with a state of its own")
    count, names = a["num_layers"], _array_names(a["num_layers"], a["bidirectional"], a["has_biases"])
    hidden = a["params"][1].shape[1]
    if len(a["params"]) != len(names) or a["params"][1].shape[0] != hidden * {"lstm": 4, "gru": 3, "rnn": 1}[op]:
        raise NoWordError("it projects its states")
    if count == 1 or not (a["dropout"] or _wants_all_layers(sketch, call)):
        layers: list[Value | None] = [*[None] * (count - 1), _layer(sketch, call, x, a["params"], count)]
    else:
        layers = []
        each = len(names) // count
        for layer in range(count):
            states = _layer(sketch, call, x, a["params"][layer * each:(layer + 1) * each], 1)
            layers.append(states)
            x = sketch.like("dropout", states, p=a["dropout"]) if a["dropout"] else states
    top = layers[-1]
    assert top is not None
    return (top, *last_states(sketch, call, layers, hidden))


def _layer(sketch: Sketch, call: Call, x: Value, params: Sequence[Thing], count: int) -> Value:
    """All states of `count` layers, one above the other."""
    a, hidden = call.arguments, params[1].shape[1]
    words = unlike(num_layers=(count, 1), bias=(a["has_biases"], True), bidirectional=(a["bidirectional"], False),
                   nonlinearity=("relu" if call.op == "rnn_relu" else "tanh", "tanh"))
    weights = dict(zip(_array_names(count, a["bidirectional"], a["has_biases"]), params, strict=True))
    node = sketch.weighted(call.op.partition("_")[0], x, weights, hidden_size=hidden, **words)
    return Value((*x.shape[:-1], hidden * (1 + bool(a["bidirectional"]))), node, 0, x.batch)


def _wants_all_layers(sketch: Sketch, call: Call) -> bool:
    """Whether somebody takes the last states of others than the last layer."""
    last, directions = call.results[1], 1 + bool(call.arguments["bidirectional"])
    total = directions * call.arguments["num_layers"]

    def is_of_top(user: Call) -> bool:
        a = user.arguments
        return user.op == "select" and a["dim"] == 0 and a["index"] % total >= total - directions

    takers = [user for user in sketch.trace.calls if any(last is thing for part in user.arguments.values() for thing in things_in(part))]
    return last in sketch.trace.outputs or not all(is_of_top(user) for user in takers)


def last_states(sketch: Sketch, call: Call, layers: Sequence[Value | None], hidden: int) -> tuple[Value, ...]:
    """What the last step of each layer leaves, not made before somebody asks for it; of layers that are inside one node nobody does."""
    directions, shape = 1 + bool(call.arguments["bidirectional"]), call.results[1].shape

    def last_of(layer: int) -> Value:
        states = layers[layer]
        if states is None:
            raise NoWordError("it gives the last states of all its layers")
        node = sketch.new("last", [states], **unlike(bidirectional=(directions == 2, False)))
        return Value((*shape[1:-1], directions * hidden), node, batch=0 if states.is_batched else None)

    def by_direction(layer: int) -> Value:
        last = last_of(layer)
        split = sketch.reshape(last, (*shape[1:-1], directions, hidden))
        return sketch.permuted(split, (split.rank - 2, *range(split.rank - 2), split.rank - 1))

    def make(index: int | None) -> Value:
        if index is None:
            each = [by_direction(layer) for layer in range(len(layers))]
            if len(each) == 1:
                return each[0]
            return Value(shape, sketch.new("concat", each, **unlike(dim=(each[0].dim(0), 1))), batch=each[0].batch)
        layer, direction = divmod(index % (directions * len(layers)), directions)
        last = last_of(layer)
        return last if directions == 1 else Value(
            shape[1:], sketch.new("slice", [last], start=direction * hidden, stop=(direction + 1) * hidden, dim=-1), batch=last.batch)

    def refuse(_: int | None) -> Value:
        raise NoWordError("it gives the last states of its cells")

    batch = 1 if layers[-1] is not None and layers[-1].is_batched else None
    return tuple(Value(thing.shape, batch=batch, states=make if i == 0 else refuse, call=call)
                 for i, thing in enumerate(call.results[1:]))


def _array_names(layers: int, is_both_ways: bool, has_biases: bool) -> list[str]:
    kinds = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")[:4 if has_biases else 2]
    return [f"{kind}_l{layer}{end}" for layer in range(layers) for end in ("", "_reverse")[:1 + is_both_ways] for kind in kinds]


def _is_zero(value: Value) -> bool:
    return value.fixed is not None and not value.fixed.any()
