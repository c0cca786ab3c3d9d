"""Numbers go in; the nearest multiples of 2**-BITS come out, whose sums and products float64 holds exactly, in whatever order.

Sums of rounded numbers depend on their order, and a matrix product on the size of the batch. A graph's vector may depend on neither. So
learned weights and values lie on a grid: a product of two is a multiple of 2**-2·BITS, and as long as sums stay below 2**(53 - 2·BITS),
float64 holds each of them to the last digit. The outcome is the same on every machine.
"""

from __future__ import annotations

import numpy as np

BITS = 14
LIMIT = 2.0 ** (53 - 2 * BITS)


def snapped(values: np.ndarray) -> np.ndarray:
    """The values on the grid, as float64.

    >>> snapped(np.array([0.1, 1.0, -2.00001]))
    array([ 0.09997559,  1.        , -2.        ])
    """
    return np.rint(np.asarray(values, np.float64) * 2.0**BITS) / 2.0**BITS


def product(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """values @ weights of numbers on the grid, and that on the grid again.

    Shapes: values (N, A), weights (A, B) -> (N, B).

    >>> product(np.array([[0.5, 2.0]]), np.array([[1.0], [0.25]]))
    array([[1.]])
    """
    return snapped(values @ weights)


def gathered(values: np.ndarray, rows: np.ndarray, places: np.ndarray, size: int) -> np.ndarray:
    """For each place the sum of the rows that are paired with it.

    Shapes: values (N, D), rows (P,), places (P,) -> (size, D).

    >>> gathered(np.array([[1.0], [2.0], [4.0]]), np.array([0, 1, 2]), np.array([1, 0, 1]), 3)
    array([[2.],
           [5.],
           [0.]])
    """
    from scipy.sparse import csr_array  # which counted edits do without
    counts = csr_array((np.ones(len(rows)), (places, rows)), shape=(size, len(values)))
    return np.asarray(counts @ values)
