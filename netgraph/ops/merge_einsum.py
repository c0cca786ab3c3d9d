"""Sums of products by Einstein's notation."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np

from netgraph.errors import ShapeError
from netgraph.op import Op
from netgraph.ops.word import word
from netgraph.shape import Shape


def _equation(value: object) -> str:
    """Letters for the dims of each input and, behind ->, of the output; all begin with the batch: "bij,bjk->bik"."""
    text = value.replace(" ", "") if isinstance(value, str) else ""
    inputs, arrow, output = text.partition("->")
    terms = [*inputs.split(","), output]
    is_good = (arrow and all(term.isascii() and term.isalpha() and len(set(term)) == len(term) for term in terms)
               and len({term[:1] for term in terms}) == 1 and set(output) <= set(inputs))
    if not is_good:
        raise ValueError("letters for the dims of each input and of the output, the batch first and no letter twice in one, "
                         "such as 'bij,bjk->bik'")
    return text


Equation = Annotated[str, _equation]


@word("einsum")
@dataclass(frozen=True)
class Einsum(Op):
    """The sum of products that the equation names, the batch being each term's first letter: "bij,bjk->bik" is 'matmul'.

    Source: torch.einsum.
    """

    equation: Equation

    examples = (({"equation": "bij,bjk->bik"}, ((2, 3), (3, 4))), ({"equation": "nhd,nd,nkd->nhk"}, ((2, 3), (3,), (4, 3))),
                ({"equation": "bij->bi"}, ((2, 3),)), ({"equation": "bi,bj->bij"}, ((2,), (3,))))

    @property
    def terms(self) -> tuple[str, ...]:
        return tuple(self.equation.partition("->")[0].split(","))

    def shape(self, *xs: Shape) -> Shape:
        if len(xs) != len(self.terms) or any(len(x) + 1 != len(term) for x, term in zip(xs, self.terms, strict=False)):
            raise ShapeError(f"'einsum' of {self.equation!r} has other terms than its inputs {' and '.join(map(str, xs))}. "
                             f"Give each input one term, of the batch and a letter for each dim.")
        known = {letter: size for x, term in zip(xs, self.terms, strict=True) for letter, size in zip(term[1:], x, strict=True)}
        for x, term in zip(xs, self.terms, strict=True):
            if x != tuple(known[letter] for letter in term[1:]):
                raise ShapeError(f"'einsum' of {self.equation!r} wants one size for each letter, but got "
                                 f"{' and '.join(map(str, xs))}. Bring them to one size.")
        return tuple(known[letter] for letter in self.equation.partition("->")[2][1:])

    def flops(self, *xs: Shape) -> int:
        known = {letter: size for x, term in zip(xs, self.terms, strict=True) for letter, size in zip(term[1:], x, strict=True)}
        return 2 * math.prod(size for size in known.values() if isinstance(size, int)) * (len(xs) > 1)

    def forward(self, *xs: Any) -> Any:
        y = np.einsum(self.equation, *xs, optimize=True)
        return y

    def backward(self, gy: Any, xs: Any) -> Any:
        gxs = [einsum_gradient(self.equation, gy, xs, place) for place in range(len(xs))]
        return gxs

    def torch(self, torch: Any, *xs: Any) -> Any:
        return torch.einsum(self.equation, *xs)


def einsum_gradient(equation: str, gy: Any, xs: Any, place: int) -> Any:
    """The gradient of one input: the sum of the others' products with the output's, stretched over letters that it alone has."""
    inputs, _, output = equation.partition("->")
    terms = inputs.split(",")
    others = [term for i, term in enumerate(terms) if i != place]
    own = terms[place]
    shared = "".join(letter for letter in own if letter in output + "".join(others))
    g = np.einsum(",".join([output, *others]) + "->" + shared, gy, *(x for i, x in enumerate(xs) if i != place), optimize=True)
    lone = tuple(i for i, letter in enumerate(own) if letter not in shared)
    return np.broadcast_to(np.expand_dims(g, lone), xs[place].shape)
