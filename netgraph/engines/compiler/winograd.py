"""Convolution by Winograd's minimal filtering: images and kernels of 3 × 3 flow in; output comes out, for 36 products in place of 144.

The output is made in tiles of m × m pixels, each from n × n, n = m + 2: Y = Aᵀ [(G k Gᵀ) · (Bᵀ d B)] A (Lavin & Gray 2016, section 4.1).
Rows and columns are transformed at once, by one matrix product with the Kronecker square of Bᵀ, of G or of Aᵀ.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np

from netgraph.engines.compiler.channels_last import PaddedImages, blocks
from netgraph.engines.compiler.convolution import output_sides
from netgraph.engines.compiler.ending import Tail
from netgraph.engines.compiler.keeping import KeptForm
from netgraph.engines.compiler.scratch import Scratch

POINTS = {2: (0, 1, -1), 4: (0, 2 / 3, -2 / 3, 3 / 2, -3 / 2)}    # with ∞; for tiles of 4, a quarter of the error of 0, ±1, ±2
START = 20                                                 # a matrix product of so many columns takes as long as its start
LEAST_GAIN = 1.2                                           # for less, what is not counted here outweighs it


@cache
def transforms(m: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The Kronecker squares of Bᵀ (n², n²), G (n², 9) and Aᵀ (m², n²) for tiles of m × m, in float64.

    G and A give the values of polynomials at n points, where ∞ stands for the first coefficient. The product of two polynomials is
    found from its values by the inverse of all n powers of the points; its transpose is Bᵀ (Lavin & Gray 2016, section 4.1).
    """
    n, points = m + 2, np.array(POINTS[m])
    powers = [np.vstack([np.vander(points, count, increasing=True), np.eye(1, count, count - 1)]) for count in (n, 3, m)]
    of_input, of_kernel, of_output = np.linalg.inv(powers[0]).T, powers[1], powers[2].T
    return np.kron(of_input, of_input), np.kron(of_kernel, of_kernel), np.kron(of_output, of_output)


def best_tile(weight_shape: tuple[int, ...], samples: int, sides: tuple[int, ...]) -> int | None:
    """The m of the tiles that need the fewest multiplications, transforms and starts of products counted; None where windows need fewer."""
    units, channels = weight_shape[:2]

    def cost(m: int) -> float:
        n, tiles = m + 2, samples * math.prod(-(-side // m) for side in sides)
        return n ** 2 * (units * channels * (tiles + START) + tiles * (n ** 2 * channels + m ** 2 * units))

    best = min(POINTS, key=cost)
    return best if LEAST_GAIN * cost(best) < 9 * units * channels * (samples * math.prod(sides) + START) else None


class WinogradKernel:
    """A convolution of 3 × 3 with stride 1, for data of one shape, channels last."""

    def __init__(self, op: Any, m: int, scratch: Scratch) -> None:
        self.op, self.m, self.n, self.scratch = op, m, m + 2, scratch
        self.title = f"Winograd's {self.n ** 2} matrix products for tiles of {m} × {m}, channels last"
        self.images: PaddedImages | None = None
        self.weights = KeptForm(self.transformed)

    def transformed(self, weight: np.ndarray, scale: np.ndarray) -> np.ndarray:
        """G k Gᵀ of each kernel times its unit's scale: (n², C, M)."""
        units, channels = weight.shape[:2]
        scaled = np.multiply(weight.reshape(units, channels, 9), scale[:, None, None])
        kernels: np.ndarray = np.dot(transforms(self.m)[1].astype(weight.dtype), scaled.transpose(2, 1, 0).reshape(9, -1))
        return kernels.reshape(-1, channels, units)

    def prepare(self, x: np.ndarray, units: int) -> PaddedImages:
        """The images with their border, and the tiles in them."""
        m, n = self.m, self.n
        after = tuple(-side % m for side in output_sides(self.op, x.shape[2:]))
        images = self.images = PaddedImages(x.shape, self.op, x.dtype, after)
        self.seen = images.windows((n, n), (m, m), (1, 1))
        samples, high, wide = self.seen.shape[:3]
        self.blocks = list(blocks(samples, high, wide, n * n * max(x.shape[1], units)))
        of_input, _, of_output = transforms(m)
        self.of_input = of_input.astype(x.dtype)
        self.of_output = np.hstack([of_output, np.ones((m * m, 1))]).astype(x.dtype)
        return images

    def fill(self, x: np.ndarray, weight: np.ndarray, tail: Tail, out: np.ndarray) -> bool:
        """Puts y (N, M, H', W') into `out`. False for output that is not finite: an infinite pixel would be a NaN in its whole tile."""
        padded = self.images or self.prepare(x, len(weight))
        padded.fill(x)
        kernels, arrays = self.weights.of(weight, tail.scale), [np.moveaxis(array, 1, -1) for array in (out, *tail.added)]
        for samples, rows in self.blocks:
            with np.errstate(over="ignore", invalid="ignore"):
                pixels = self.convolved(np.moveaxis(self.seen[samples, rows], (3, 4), (0, 1)), kernels, tail.shift)
                if not math.isfinite(np.dot(pixels.reshape(-1), pixels.reshape(-1))):
                    return False
            start = self.m * (rows.start or 0)
            images = [array[samples, start:start + self.m * pixels.shape[3]] for array in arrays]
            for numbers, there, *added in self.by_place(pixels, images):
                tail.ending.finish(numbers, there, *added)
        return True

    def by_place(self, pixels: np.ndarray, images: list[np.ndarray]) -> Iterator[list[np.ndarray]]:
        """Pixels by their place in the tiles, with the parts of images that lie there: all at once where the tiles fill the images."""
        m = self.m
        if all(array.flags.c_contiguous and array.shape[1:3] == (m * pixels.shape[3], m * pixels.shape[4]) for array in images):
            n, _, _, channels = images[0].shape
            yield [pixels, *(array.reshape(n, -1, m, pixels.shape[4], m, channels).transpose(2, 4, 0, 1, 3, 5) for array in images)]
            return
        for i, j in np.ndindex(m, m):
            parts = [array[:, i::m, j::m] for array in images]
            yield [pixels[i, j, :, :parts[0].shape[1], :parts[0].shape[2]], *parts]

    def convolved(self, seen: np.ndarray, kernels: np.ndarray, shift: np.ndarray) -> np.ndarray:
        """The pixels (m, m, N, H, W, M) of the tiles (n, n, N, H, W, C), shifted: one more product, of which each pixel gets all.

        Each result lies where the one before the last was.
        """
        count, (channels, units) = math.prod(seen.shape[2:5]), kernels.shape[1:]

        def array(place: int, *shape: int) -> np.ndarray:
            return self.scratch.take(place, math.prod(shape), seen.dtype).reshape(shape)

        tiles, inputs = array(0, self.n ** 2, count * channels), array(1, self.n ** 2, count * channels)
        np.copyto(tiles.reshape(seen.shape), seen)
        np.dot(self.of_input, tiles, inputs)
        products, pixels = array(0, self.n ** 2 + 1, count * units), array(1, self.m ** 2, count * units)
        products[-1].reshape(count, units)[...] = shift
        np.matmul(inputs.reshape(-1, count, channels), kernels, out=products[:-1].reshape(-1, count, units))
        np.dot(self.of_output, products, pixels)
        return pixels.reshape(self.m, self.m, *seen.shape[2:5], units)
