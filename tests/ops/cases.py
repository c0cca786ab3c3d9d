"""The vocabulary flows in; for every op that computes, public or internal, a case to try it on comes out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from netgraph.anatomy import anatomy, backward_slice, positional_backward, positional_forward
from netgraph.block import Block
from netgraph.fields import read_field
from netgraph.lowering import Scale
from netgraph.op import Op, arguments, input_names, is_gathering, is_variadic
from netgraph.ops import LOSSES, OPS
from netgraph.ops.arrange_parts import Narrow
from netgraph.ops.merge import StretchedAdd, StretchedMul
from netgraph.shape import Shape
from netgraph.weights import Array

BATCH = 4

# Hard points that no op names among its own examples: (op, fields, shapes of the inputs).
MORE_EXAMPLES: tuple[tuple[str, dict[str, Any], tuple[Shape, ...]], ...] = (
    ("relu", {}, ((),)),
    ("elu", {"alpha": 0.3}, ((2, 3),)),
    ("leaky_relu", {"negative_slope": 0.2}, ((2, 3),)),
    ("leaky_relu", {"negative_slope": -0.5}, ((7,),)),
    ("softmax", {"dim": -2}, ((3, 4, 2),)),
    ("softmax", {"dim": 1}, ((3, 4, 2),)),
    ("log_softmax", {"dim": -3}, ((3, 4, 2),)),
    ("conv2d", {"channels": 2, "kernel_size": (2, 4), "padding": "same"}, ((1, 5, 6),)),
    ("conv2d", {"channels": 2, "kernel_size": (2, 3), "padding": "same", "dilation": (3, 2)}, ((2, 7, 6),)),
    ("conv2d", {"channels": 2, "kernel_size": 3, "padding": "valid", "dilation": 2}, ((1, 6, 7),)),
    ("conv2d", {"channels": 6, "kernel_size": 3, "padding": (0, 2), "stride": (2, 3), "groups": 3}, ((3, 7, 8),)),
    ("conv2d", {"channels": 4, "kernel_size": (4, 1), "padding": "same", "groups": 4}, ((4, 5, 5),)),
    ("conv2d", {"channels": 2, "kernel_size": 3, "stride": 3}, ((1, 8, 8),)),          # two rows and columns that no kernel sees
    ("conv2d", {"channels": 4, "kernel_size": 3, "padding": 1, "groups": 4, "padding_mode": "replicate"}, ((4, 5, 5),)),
    ("conv2d", {"channels": 2, "kernel_size": 4, "padding": "same", "padding_mode": "reflect"}, ((1, 5, 4),)),
    ("conv2d", {"channels": 2, "kernel_size": 3, "padding": 5, "padding_mode": "circular", "stride": 2}, ((1, 5, 6),)),
    ("conv2d", {"channels": 2, "kernel_size": 1, "padding_mode": "circular"}, ((1, 5, 6),)),
    ("conv1d", {"channels": 3, "kernel_size": 2, "padding": 4, "padding_mode": "replicate"}, ((2, 3),)),
    ("conv3d", {"channels": 2, "kernel_size": 2, "padding": "same", "padding_mode": "replicate"}, ((1, 2, 3, 3),)),
    ("convtranspose1d", {"channels": 6, "kernel_size": 3, "stride": 2, "groups": 3}, ((3, 4),)),
    ("convtranspose1d", {"channels": 2, "kernel_size": 3, "stride": 2, "dilation": 3, "output_padding": 2, "padding": 4}, ((1, 4),)),
    ("convtranspose2d", {"channels": 3, "kernel_size": 1, "stride": 3}, ((2, 3, 3),)),
    ("convtranspose2d", {"channels": 4, "kernel_size": 3, "stride": 2, "padding": 1, "output_padding": 1, "groups": 4}, ((4, 3, 2),)),
    ("convtranspose3d", {"channels": 4, "kernel_size": 2, "groups": 2, "padding": 1}, ((2, 2, 2, 3),)),
    *((f"{word}pool{rank}d", {"kernel_size": k, "stride": s, "padding": p, "ceil_mode": True, **more}, ((1, *(5, 6, 4)[:rank]),))
      for word, more in (("max", {}), ("avg", {}), ("avg", {"count_include_pad": False}))
      for rank in (1, 2, 3) for k, s, p in ((3, 2, 1), (2, 3, 1), (2, 2, 0), (4, 3, 2))),
    ("maxpool1d", {"kernel_size": 3, "dilation": 2, "padding": 1}, ((2, 6),)),
    ("maxpool2d", {"kernel_size": (1, 3), "dilation": (1, 2), "ceil_mode": True, "stride": 2, "padding": (0, 1)}, ((2, 5, 6),)),
    ("maxpool3d", {"kernel_size": 2, "dilation": (1, 2, 1), "stride": 1}, ((1, 2, 4, 3),)),
    ("maxpool2d", {"kernel_size": 2}, ((1, 5, 5),)),
    ("maxpool2d", {"kernel_size": 3, "stride": (1, 2), "padding": (1, 0)}, ((2, 4, 5),)),
    ("avgpool2d", {"kernel_size": 2}, ((1, 5, 5),)),
    ("avgpool2d", {"kernel_size": 3, "stride": 2, "padding": 1, "count_include_pad": False}, ((2, 5, 7),)),
    ("avgpool2d", {"kernel_size": (4, 2), "stride": (3, 1), "padding": (2, 1)}, ((2, 5, 4),)),
    ("adaptiveavgpool1d", {"output_size": 5}, ((2, 3),)),                              # more regions than pixels
    ("adaptiveavgpool3d", {"output_size": 1}, ((2, 2, 3, 2),)),
    ("adaptivemaxpool2d", {"output_size": (4, 3)}, ((2, 3, 7),)),
    *(("upsample", {"scale_factor": f, "mode": mode}, ((1, *(4, 3, 2)[:rank]),))
      for rank, mode in ((1, "nearest"), (2, "nearest"), (3, "nearest"), (1, "linear"), (2, "bilinear"), (3, "trilinear"))
      for f in (2, 1.5, 0.7)),
    ("upsample", {"size": (3, 8), "mode": "nearest"}, ((1, 5, 4),)),
    ("upsample", {"size": (2, 7), "mode": "bilinear"}, ((2, 5, 3),)),
    ("upsample", {"size": (1, 7), "mode": "bilinear", "align_corners": True}, ((2, 5, 3),)),
    ("upsample", {"size": 3, "mode": "trilinear", "align_corners": True}, ((1, 2, 1, 4),)),
    ("layernorm", {}, ((2, 3, 4),)),
    ("layernorm", {"elementwise_affine": False}, ((2, 6),)),
    ("batchnorm", {"affine": False}, ((5,),)),
    ("batchnorm", {"momentum": 0.3, "eps": 0.1}, ((2, 5),)),
    ("reshape", {"shape": (2, -1, 2)}, ((3, 4),)),
    ("flatten", {}, ((),)),
    ("flatten", {"start_dim": 1, "end_dim": 2}, ((2, 3, 4),)),
    ("flatten", {"start_dim": -1}, ((2, 3),)),
    ("flatten", {"start_dim": 2}, (("T", 3, 4),)),
    ("flatten", {"start_dim": -3, "end_dim": -2}, ((2, 3, "T"),)),
    ("unflatten", {"dim": 2, "unflattened_size": (2, 2)}, (("T", 4),)),
    ("transpose", {"dim0": -1, "dim1": 1}, ((2, 3, 4),)),
    ("permute", {"dims": (0, 3, 1, 2)}, ((2, 3, 4),)),
    ("slice", {"start": 1, "stop": 9, "step": 3, "dim": -2}, ((8, 2),)),
    ("slice", {"start": 1, "dim": -1}, (("T", 4),)),
    ("select", {"dim": 2, "index": -1}, (("T", 4),)),
    *((word, {"hidden_size": 2, "bidirectional": True, "bias": False}, (("T", 3),)) for word in ("rnn", "lstm", "gru")),
    *((word, {"hidden_size": 3, "num_layers": 3}, ((1, 2),)) for word in ("rnn", "lstm", "gru")),
    ("rnn", {"hidden_size": 3, "nonlinearity": "relu", "num_layers": 2}, ((4, 2),)),
    ("last", {}, (("T", 4),)),
    ("causal", {}, ((2, "T", "T"),)),
    ("causal", {}, ((4, 2),)),
    ("sinusoidal", {}, (("T", 3),)),
    ("rotary", {}, ((2, "T", 6),)),
    ("rotary", {"dim": -3}, ((3, 2, 4),)),
    ("squeeze", {}, ((2, 3),)),
    ("expand", {"shape": (2, -1)}, ((2, 3),)),
    ("pad", {"pad": (0, 0, 1, 2)}, ((2, 3, 2),)),
    ("tile", {"repeats": (2, 1, 3)}, ((1, 2, 2),)),
    ("roll", {"shifts": 7, "dims": -1}, ((2, 3),)),
    ("concat", {"dim": 2}, ((2, 1), (2, 3))),
    ("stack", {"dim": 2}, ((2,), (2,))),
    ("stack", {}, ((),)),
    ("einsum", {"equation": "abc,acb->ac"}, ((2, 3), (3, 2))),
    ("einsum", {"equation": "abc,ad->ab"}, ((2, 3), (4,))),
    ("min", {"dim": (-2, 3)}, ((2, 3, 4),)),
    ("var", {"dim": (1, -1), "correction": 2}, ((2, 3, 4),)),
    ("split", {"split_size": 2}, ((5, 3),)),
    ("split", {"split_size": (1, 2, 1), "dim": -2}, ((2, 4, 3),)),
    ("split", {"split_size": 9}, ((4,),)),
    ("add", {}, ((4, 1, 3), (4, 2, 1))),
    ("mul", {}, ((1, 1), (2, 3))),
    ("sub", {}, ((1, 3), (2, 1))),
    ("concat", {"dim": -2}, ((2, 3), (4, 3))),
    ("concat", {}, ((2, 3),)),
    ("mean", {"dim": (1, -1)}, ((2, 3, 4),)),
    ("max", {"dim": (-2, 3)}, ((2, 3, 4),)),
    ("sum", {"dim": (3, 1), "keepdim": True}, ((2, 3, 4),)),
)


# What only numbers above 0 can be put into.
POSITIVE_EXAMPLES: tuple[tuple[str, dict[str, Any], tuple[Shape, ...]], ...] = (
    ("log", {}, ((2, 3),)),
    ("sqrt", {}, ((5,),)),
    ("pow", {"exponent": 0.5}, ((2, 3),)),
    ("pow", {"exponent": -1.7}, ((4,),)),
)


@dataclass(frozen=True, eq=False)
class Case:
    """An op that computes, shapes of samples that it takes, and the arrays it asks for."""

    op: Op
    inputs: tuple[Shape, ...]
    arrays: Mapping[str, Array]
    is_positive: bool = False              # the op takes only numbers above 0

    @property
    def kind(self) -> type[Op]:
        return type(self.op)

    @property
    def name(self) -> str:
        constants = "-".join(f"{key}={value}" for key, value in self.op.constants().items())
        shapes = "+".join("x".join(map(str, shape)) or "scalar" for shape in self.inputs)
        return "-".join(filter(None, (self.kind.__name__, constants, shapes))).replace(" ", "")

    @property
    def is_random(self) -> bool:
        return "rng" in arguments(self.kind)

    @property
    def gradient_places(self) -> tuple[int, ...]:
        """Which results of backward are gradients of something this case has; those of indices are none."""
        if is_gathering(self.kind):
            return tuple(range(len(arguments(self.kind))))
        names = [] if is_variadic(self.kind) else [*input_names(self.kind), *(n for n in arguments(self.kind) if n in self.arrays)]
        learned = [n for n in names if n not in self.arrays or not self.arrays[n].is_buffer]
        order = [n for n in arguments(self.kind) if n != "rng"]
        return tuple(order.index(n) for n in learned if n not in self.kind.no_gradient)

    @property
    def has_gradient(self) -> tuple[bool, ...]:
        """Of each input, whether a gradient flows to it."""
        return tuple(is_variadic(self.kind) or input_names(self.kind)[i] not in self.kind.no_gradient for i in range(len(self.inputs)))

    @property
    def array_names(self) -> tuple[str, ...]:
        """Its arrays, in the order of their gradients."""
        return tuple(self.arrays) if is_gathering(self.kind) else tuple(name for name in arguments(self.kind) if name in self.arrays)

    def is_index(self, place: int) -> bool:
        """Whether an input takes indices."""
        return not is_variadic(self.kind) and input_names(self.kind)[place] in self.kind.integer_inputs

    def sizes(self, batch: int = BATCH) -> list[tuple[int, ...]]:
        """The shapes of a batch; a named dim is 3 long."""
        return [(batch, *(3 if isinstance(dim, str) else dim for dim in shape)) for shape in self.inputs]


def instance(kind: type[Op], fields: Mapping[str, Any]) -> Op:
    """An op with constants as a user writes them."""
    return kind(**{f"{key}_" if hasattr(Op, key) else key: read_field(kind, key, value, "it") for key, value in fields.items()})


def computes(op: Op) -> bool:
    return type(op).forward is not Op.forward


def _variants(op: Op, shapes: tuple[Shape, ...]) -> Iterator[tuple[Op, tuple[Shape, ...]]]:
    """Every op that a program runs in place of the op, on what it then takes."""
    for part in op.parts(*shapes):
        yield part.at(*shapes), shapes
        yield part.at(*shapes).for_training(), shapes
    if getattr(op, "bias", False) and op.is_weighted:
        yield op.add_bias(*shapes)[0], (op.shape(*shapes),)


def _arrays(op: Op, shapes: tuple[Shape, ...]) -> Mapping[str, Array]:
    if op.is_weighted:
        return {"weight": op.weight(*shapes)}
    if "bias" in arguments(type(op)) and type(op).arrays is Op.arrays:       # AddBias, AddChannelBias
        return {"bias": Array((shapes[0][0 if type(op).__name__ == "AddChannelBias" else -1],))}
    return op.arrays(*shapes)


def _examples() -> Iterator[tuple[Op, tuple[Shape, ...]]]:
    words = [kind for kind in OPS.values() if not issubclass(kind, Block)]       # whose parts are words themselves
    for kind in (*words, Narrow, StretchedAdd, StretchedMul):
        for fields, shapes in kind.examples:
            yield instance(kind, fields), shapes
    for word, fields, shapes in MORE_EXAMPLES:
        yield instance(OPS[word], fields), shapes
    yield Scale(-1.5), ((2, 3),)


def all_cases() -> dict[str, Case]:
    """Every op that computes, with every example that reaches it, by name."""
    found: dict[str, Case] = {}
    for op, shapes in _examples():
        for variant, taken in _variants(op, shapes):
            if computes(variant):
                case = Case(variant, taken, _arrays(variant, taken))
                found.setdefault(case.name, case)
    for word, fields, shapes in POSITIVE_EXAMPLES:
        case = Case(instance(OPS[word], fields).at(*shapes), shapes, {}, is_positive=True)
        found[case.name] = case
    return found


def all_losses() -> dict[str, Op]:
    """Every loss in every reduction, by name; other constants as their defaults and once otherwise."""
    found = {}
    for word, kind in LOSSES.items():
        for reduction in ("mean", "sum") if "reduction" in kind.__dataclass_fields__ else (None,):
            for more in ({}, *OTHER_CONSTANTS.get(word, ())):
                op = instance(kind, {**({"reduction": reduction} if reduction else {}), **more})
                found["-".join([word, *([reduction] if reduction else []), *(f"{k}={v}" for k, v in more.items())])] = op
    return found


OTHER_CONSTANTS = {"huber": ({"delta": 0.3},), "cross_entropy": ({"label_smoothing": 0.2},)}


# What no layer is: the steps of whole sequences, held by test_loops; masks, by test_masks; products with a bias within, by test_small_nets.
# What no engine runs: foreign ops, held by test_torch_import.
OF_PROGRAMS = {"TimeStep", "BeforeStart", "Cut", "Sequence", "EachStep", "Mask", "Affine", "Foreign"}


def computing_kinds(root: type[Op] = Op) -> set[type[Op]]:
    """Every class of netgraph that has a forward, those of programs left out."""
    below = {kind for child in root.__subclasses__() for kind in computing_kinds(child)}
    return below | ({root} if root.forward is not Op.forward and root.__module__.startswith("netgraph.")
                    and not root.__name__.startswith("_") and root.__name__ not in OF_PROGRAMS else set())


def draw(case: Case, dtype: Any = np.float64, batch: int = BATCH, seed: int = 0) -> tuple[list[Any], dict[str, Any]]:
    """Inputs and arrays of a case: standard normal, indices where it takes them, variances above 0."""
    rng = np.random.default_rng(seed)
    rows = getattr(case.op, "num_embeddings", 3)
    inputs = [rng.integers(0, rows, size) if case.is_index(i) else rng.standard_normal(size).astype(dtype)
              for i, size in enumerate(case.sizes(batch))]
    if case.is_positive:
        inputs = [0.5 + np.abs(x) for x in inputs]
    arrays = {name: rng.standard_normal(array.shape) for name, array in case.arrays.items()}
    return inputs, {name: (0.5 + value**2 if name == "running_var" else value).astype(dtype) for name, value in arrays.items()}


def run(op: Op, inputs: list[Any], arrays: Mapping[str, Any], rng: Any = None) -> Any:
    """What forward gives."""
    return op.forward(*inputs, **as_given(op, arrays), **({"rng": rng} if "rng" in arguments(type(op)) else {}))


def as_given(op: Op, arrays: Mapping[str, Any]) -> Mapping[str, Any]:
    """Arrays as forward takes them: each by its name, or all together."""
    return {"arrays": tuple(arrays.values())} if is_gathering(type(op)) else arrays


def gradients(op: Op, inputs: list[Any], arrays: Mapping[str, Any], gy: Any, wanted: tuple[int, ...], rng: Any = None) -> tuple[Any, ...]:
    """What backward gives, as an engine asks for it: only the wanted results, from the names that their slice asks for."""
    if not wanted and not is_variadic(type(op)):
        return ()
    kind = type(op)
    if is_variadic(kind):
        return tuple(op.backward(gy, tuple(inputs)))
    given = {**dict.fromkeys(arguments(kind)), **dict(zip(input_names(kind), inputs, strict=True)), **as_given(op, arrays), "rng": rng}
    first, *asks = arguments(kind, "backward")
    asks = [name for name in backward_slice(kind, wanted).asks if name != first]
    saved = tuple(name for name in asks if name not in arguments(kind))
    values = positional_forward(kind, saved)(op, *(given[name] for name in anatomy(kind, "forward").asks))
    given.update(zip(saved, values[1:] if saved else (), strict=True))
    given[first] = gy
    return tuple(positional_backward(kind, wanted)(op, *(given[name] for name in backward_slice(kind, wanted).asks)))


CASES = all_cases()
LOSS_CASES = all_losses()
