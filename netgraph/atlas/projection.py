"""Vectors come in; points of a plane go out, near each other where the vectors are."""

from __future__ import annotations

from typing import Literal

import numpy as np

from netgraph.errors import DrawError, suggestion
from netgraph.packages import package

Projection = Literal["pca", "umap"]
NEIGHBOURS = 15          # of a point that UMAP looks at, its own default


def projected(vectors: np.ndarray, method: Projection) -> tuple[np.ndarray, str]:
    """The points, and in words how they were found.

    `pca` are the two directions of greatest variance (Pearson 1901), `umap` the plane that keeps neighbours (McInnes et al. 2018).

    Shapes: vectors (n, d) -> (n, 2).
    Raises: DrawError for another method, InstallError for umap without umap-learn.

    >>> projected(np.array([[0.0, 0, 0], [3, 0, 0], [6, 0, 0]]), "pca")
    (array([[-3.,  0.],
           [ 0.,  0.],
           [ 3.,  0.]]), 'PCA, 100 % of the variance')
    """
    if method == "pca":
        return _pca(vectors)
    if method == "umap":
        return _umap(vectors), "UMAP"
    raise DrawError(f"There is no projection '{str(method)[:60]}'. {suggestion(method, ['pca', 'umap'])}")


def _pca(vectors: np.ndarray) -> tuple[np.ndarray, str]:
    centred = vectors - vectors.mean(axis=0)
    tall = np.zeros((len(vectors), max(2, vectors.shape[1])))
    tall[:, :vectors.shape[1]] = centred
    variances, axes = np.linalg.eigh(tall.T @ tall)
    chosen = axes[:, ::-1][:, :2]
    # An axis may point either way: its largest part shall be positive, so that the same graphs always give the same map.
    chosen = chosen * np.where(chosen[np.abs(chosen).argmax(axis=0), [0, 1]] < 0, -1.0, 1.0)
    share = variances[-2:].sum() / variances.sum() if variances.sum() > 0 else 1.0
    return tall @ chosen + 0.0, f"PCA, {share:.0%} of the variance".replace("%", " %")


def _umap(vectors: np.ndarray) -> np.ndarray:
    library = package("umap", "umap", "A map by UMAP")
    count = min(NEIGHBOURS, len(vectors) - 1)
    if count < 2:
        raise DrawError(f"UMAP wants at least 3 graphs, but got {len(vectors)}. Use method='pca'.")
    points: np.ndarray = library.UMAP(n_neighbors=count, random_state=0, n_jobs=1).fit_transform(vectors)
    return points.astype(np.float64)
