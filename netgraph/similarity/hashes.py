"""Words and numbers flow in; 64 bits that stand for each come out, the same in every process and on every machine."""

from __future__ import annotations

from hashlib import blake2b

import numpy as np

from netgraph.cache import cached


@cached
def word_hash(word: str) -> int:
    """64 bits that stand for a word.

    >>> word_hash("conv") == word_hash("conv"), word_hash("conv") == word_hash("gelu")
    (True, False)
    """
    return int.from_bytes(blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def stirred(bits: np.ndarray) -> np.ndarray:
    """64 bits well stirred, so that sums of them tell sets apart.

    Source: the last step of SplitMix64 (Steele, Lea & Flood 2014).

    >>> int(stirred(np.array([1], np.uint64))[0])
    6238072747940578789
    """
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(bits ^ (bits >> np.uint64(31)))
