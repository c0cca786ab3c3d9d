"""Where random numbers stand: a generator flows in, text for a graph's attribute comes out, and the other way round."""

from __future__ import annotations

import json

import numpy as np

from netgraph.errors import WeightError, shorten

RANDOM_STATE = "random_state"                              # the graph's attribute


def state_text(rng: np.random.Generator) -> str:
    """The state of a generator as text."""
    return json.dumps(rng.bit_generator.state)


def generator(text: object, seed: int) -> np.random.Generator:
    """A generator that goes on from the state in the text; without one, a fresh one from the seed.

    Raises: WeightError for text that is no state.

    >>> first = generator(None, seed=0)
    >>> twin = generator(state_text(first), seed=1)
    >>> bool(first.random() == twin.random())
    True
    """
    rng = np.random.default_rng((seed, 1))
    if text is None:
        return rng
    try:
        rng.bit_generator.state = json.loads(str(text)[:1000])
    except (ValueError, TypeError, KeyError, OverflowError):
        raise WeightError(f"G.graph['{RANDOM_STATE}'] is {shorten(text)}, which is no state of NumPy's generator. "
                          "Remove the attribute.") from None
    return rng
