"""What an op is: constants in frozen fields; shape rule, forward, backward, torch call and cost as methods of one small class."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from netgraph.cache import cached
from netgraph.shape import Shape
from netgraph.weights import Array

ARRAYS = frozenset({"bias", "weight", "running_mean", "running_var"})
Example = tuple[dict[str, Any], tuple[Shape, ...]]


@dataclass(frozen=True)
class Op:
    """A word of the vocabulary. A subclass is one page: all that netgraph knows of the op stands there.

    Names are wires. `forward` takes its inputs first, then after `*` the arrays that `weight` or `arrays` declares and, where it
    draws at random, `rng`. `backward` takes the gradient of the output first and asks BY NAME for whatever it needs of forward's
    arguments and locals; it returns one gradient for each of forward's inputs and arrays, in order. Both read no other attribute of
    `self` than the op's constants and properties, call nothing but NumPy and functions of their own page, and end in their only
    `return`: so they can be run, sliced to what somebody asks for, and written out as source. Where the names of the arrays follow from
    the op's constants, forward takes all of them as the tuple `arrays`, and backward returns their gradients as `*garrays`.
    """

    word: ClassVar[str] = ""                     # in the vocabulary; a class without one is a part of other ops
    family: ClassVar[str] = ""
    is_weighted: ClassVar[bool] = False          # every in-edge carries a weight; the results are summed, then bias and activation
    is_symmetric: ClassVar[bool] = False         # the order of the inputs does not matter
    integer_inputs: ClassVar[tuple[str, ...]] = ()   # the inputs that are indices
    gives_integers: ClassVar[bool] = False       # the output is indices
    no_gradient: ClassVar[tuple[str, ...]] = ()  # the inputs that no gradient flows to: indices, masks, what only tells a size
    is_identity: ClassVar[bool] = False          # the output is the input
    gives_infinities: ClassVar[bool] = False     # −∞ among its numbers is meant
    bounds: ClassVar[tuple[float, float] | None] = None   # between which every output lies
    domain: ClassVar[tuple[float, float] | None] = None   # outside of which the first input is refused
    kept: ClassVar[tuple[str, ...]] = ()         # the arrays that training renews by what `keep` gives
    module_is_first: ClassVar[bool] = False      # the ordinary torch module gives a tuple, and first in it what the op gives
    examples: ClassVar[tuple[Example, ...]] = ()  # (constants, shapes of the inputs), from which the tests of the op grow

    @classmethod
    def owns(cls, name: str) -> bool:
        """Whether an array of this name may stand on a node."""
        return name in ARRAYS

    def shape(self, *inputs: Any, **more: Any) -> Shape:
        """The output's shape, from the inputs'. Raises ShapeError."""
        raise NotImplementedError(f"{type(self).__name__} has no shape rule")

    def weight(self, *inputs: Any, **more: Any) -> Array:
        """The array that an in-edge carries, for weighted ops."""
        raise NotImplementedError(f"{type(self).__name__} carries no weights on its edges")

    def arrays(self, *inputs: Any, **more: Any) -> Mapping[str, Array]:
        """The arrays that the node itself holds, by the names that forward asks for."""
        return {}

    def flops(self, *inputs: Any, **more: Any) -> int:
        """2 for each multiply-add of one sample."""
        return 0

    def parts(self, *inputs: Any, **more: Any) -> tuple[Op, ...]:
        """The op of each output: itself alone, unless the op has several outputs."""
        return (self,)

    def at(self, *inputs: Any, **more: Any) -> Op:
        """The op that computes the same for inputs of these shapes, perhaps more simply."""
        return self

    def for_training(self) -> Op:
        """The op that training runs in its place."""
        return self

    def add_bias(self, *inputs: Any, **more: Any) -> tuple[Op, Array]:
        """For weighted ops with a bias: the op that adds it, and its array."""
        raise NotImplementedError(f"{type(self).__name__} has no bias")

    def refuse(self, *values: Any, **more: Any) -> str | None:
        """What is wrong with the arrays that training or a call brings, in two sentences; None where nothing is."""
        return None

    def forward(self, *inputs: Any, **more: Any) -> Any:
        """The output, in plain NumPy."""
        raise NotImplementedError(f"{type(self).__name__} has no forward")

    def backward(self, *names: Any, **more: Any) -> Any:
        """The gradients of the inputs and arrays, in plain NumPy."""
        raise NotImplementedError(f"{type(self).__name__} has no backward")

    def keep(self, *names: Any, **more: Any) -> Any:
        """New values for the arrays in `kept`, after a training step; it asks by name as backward does."""
        raise NotImplementedError(f"{type(self).__name__} keeps nothing")

    def torch(self, *inputs: Any, **more: Any) -> Any:
        """The output, as a call of the torch library, which is handed in first."""
        raise NotImplementedError(f"{type(self).__name__} has no torch call")

    def torch_module(self, *inputs: Any, **more: Any) -> Any:
        """The ordinary module that holds the arrays and computes the same, or None where torch has none.

        Handed in are `torch.nn` and the arrays by name, to a method that asks for `rank` also the rank of a sample.
        """
        return None

    def options(self, *names: str) -> dict[str, Any]:
        """Those of the named constants that differ from their defaults, as arguments for a torch module that spells them alike."""
        return {name: value for name, value in self.constants().items() if name in names}

    def constants(self) -> dict[str, Any]:
        """The constants that differ from their defaults, in order.

        >>> from netgraph.ops import OPS
        >>> OPS["leaky_relu"](negative_slope=0.2).constants()
        {'negative_slope': 0.2}
        """
        return {field.name.rstrip("_"): getattr(self, field.name) for field in dataclasses.fields(self)
                if getattr(self, field.name) != field.default}


@cached
def arguments(kind: type[Op], method: str = "forward") -> tuple[str, ...]:
    """The names that a method of an op asks for, `self` left out.

    >>> from netgraph.ops import OPS
    >>> arguments(OPS["matmul"])
    ('x', 'y')
    """
    return tuple(inspect.signature(getattr(kind, method)).parameters)[1:]


@cached
def is_variadic(kind: type[Op]) -> bool:
    """Whether the op takes any number of inputs."""
    return any(p.kind is p.VAR_POSITIONAL for p in inspect.signature(kind.forward).parameters.values())


@cached
def is_gathering(kind: type[Op]) -> bool:
    """Whether forward takes all the arrays of the op together, as the tuple `arrays`.

    >>> from netgraph.ops import OPS
    >>> is_gathering(OPS["lstm"]), is_gathering(OPS["layernorm"])
    (True, False)
    """
    return "arrays" in arguments(kind)


@cached
def input_names(kind: type[Op]) -> tuple[str, ...]:
    """The names of the op's data inputs: the arguments of forward that may be given by position.

    >>> from netgraph.ops import OPS
    >>> input_names(OPS["layernorm"]), input_names(OPS["sub"])
    (('x',), ('x', 'y'))
    """
    parameters = list(inspect.signature(kind.forward).parameters.values())[1:]
    return tuple(p.name for p in parameters if p.kind is not p.KEYWORD_ONLY)
