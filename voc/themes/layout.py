"""Places of vectors in a few dimensions in which groups stand apart: UMAP (McInnes, Healy and Melville 2018), in numpy.

Exact neighbours, a seed, and sums on one thread: the same places for any number of threads, and nothing to compile.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from voc.themes.model import Floats

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

BLOCK: Final = 1024
_HALVINGS: Final = 40
#: Of the curve 1 / (1 + A · d^(2B)): how surely two places at distance d are neighbours (UMAP with ``min_dist`` 0).
A: Final = 1.932
B: Final = 0.7905
EPOCHS: Final = 60
#: An epoch is taken in so many steps, each moving along a part of the edges drawn anew.
STEPS: Final = 12
#: For each edge drawn, so many rows taken at random push its first end away.
PUSHES: Final = 5
REACH: Final = 10.0
FARTHEST: Final = 4.0  # that one force moves a place


class Layout:
    """``lay_out`` as what BERTopic reduces vectors with."""

    def __init__(self, dims: int, neighbours: int, seed: int) -> None:
        self._dims, self._neighbours, self._seed = dims, neighbours, seed
        self._places: Floats = np.empty((0, dims), dtype=np.float32)

    def fit(self, vectors: npt.NDArray[np.floating], y: Any = None) -> Layout:
        """Place ``vectors``, shape (n, dim)."""
        self._places = lay_out(vectors, self._dims, self._neighbours, self._seed)
        return self

    def transform(self, vectors: npt.NDArray[np.floating]) -> Floats:
        """The places of the vectors that were fitted, shape (n, dims)."""
        return self._places


def lay_out(vectors: npt.NDArray[np.floating], dims: int, neighbours: int, seed: int) -> Floats:
    """Return a place for each row, shape (n, min(dims, n − 2)); the same for the same input and seed.

    ``vectors``: unit vectors, shape (n, dim), n ≥ 4. Neighbours attract one another, all else pushes apart.
    """
    from threadpoolctl import threadpool_limits

    n = len(vectors)
    with threadpool_limits(1):  # sums in another order give other places
        graph = neighbour_graph(np.asarray(vectors, dtype=np.float32), min(neighbours, n - 1))
        start = spectral(graph, min(dims, n - 2))
    return _settled(graph, start, np.random.default_rng(seed))


def spectral(graph: csr_matrix, dims: int) -> npt.NDArray[np.float64]:
    """Return the leading eigenvectors of the normalised graph but for the one that every graph has, shape (n, dims)."""
    from scipy.sparse import diags
    from scipy.sparse.linalg import LinearOperator, eigsh

    n = graph.shape[0]
    root = np.sqrt(np.asarray(graph.sum(axis=1)).ravel())
    walk, trivial = diags(1 / root) @ graph @ diags(1 / root), root / np.linalg.norm(root)

    def deflated(x: npt.NDArray[np.float64]) -> Any:
        x = x.ravel()
        return walk @ x - trivial * (trivial @ x)

    operator = LinearOperator((n, n), matvec=deflated, dtype=np.float64)
    values, found = eigsh(operator, k=dims, which="LA", v0=np.random.default_rng(0).random(n), tol=1e-4)
    vectors: npt.NDArray[np.float64] = found[:, np.argsort(-values, kind="stable")]
    return vectors


def _settled(graph: csr_matrix, start: npt.NDArray[np.float64], draw: np.random.Generator) -> Floats:
    """Move the places from ``start``: along edges, drawn as often as they are sure, and away from rows at random."""
    edges = graph.tocoo()
    chance = np.cumsum(edges.data / edges.data.max() / STEPS)
    places = (REACH * start.T / np.abs(start).max()).astype(np.float32)
    places += draw.normal(scale=1e-4, size=places.shape).astype(np.float32)
    n, rounds = places.shape[1], EPOCHS * STEPS
    for k in range(rounds):
        drawn = np.searchsorted(chance, np.arange(draw.random(), chance[-1]))
        one, other = edges.row[drawn], edges.col[drawn]
        here = places.take(one, axis=1)
        pulled = _force(here - places.take(other, axis=1), _pull)
        moved = pulled.copy()
        for rows in draw.integers(0, n, (PUSHES, len(one)), dtype=np.int32):
            moved += _force(here - places.take(rows, axis=1), _push)
        for place, ahead, behind in zip(places, moved, pulled, strict=True):
            place += (1 - k / rounds) * (np.bincount(one, ahead, n) - np.bincount(other, behind, n))
    return np.ascontiguousarray(places.T)


def _force(apart: Floats, slope: Callable[[Floats], Floats]) -> Floats:
    """Of places ``apart``, shape (dims, m), the force on the first of each two."""
    squared = np.maximum(np.einsum("ij,ij->j", apart, apart), np.float32(1e-12))
    force: Floats = np.clip(slope(squared) * apart, -FARTHEST, FARTHEST)
    return force


def _pull(squared: Floats) -> Floats:
    slope: Floats = -2 * A * B * squared ** (B - 1) / (1 + A * squared**B)
    return slope


def _push(squared: Floats) -> Floats:
    return np.asarray(2 * B / ((0.001 + squared) * (1 + A * squared**B)), dtype=squared.dtype)


def neighbour_graph(vectors: Floats, neighbours: int) -> csr_matrix:
    """Return how surely two rows are neighbours, shape (n, n), symmetric, 0 … 1: UMAP's fuzzy union, exact.

    Each row's nearest neighbour counts fully, the others fade so that a row's weights sum to log2(neighbours).
    """
    from scipy.sparse import csr_matrix

    n = len(vectors)
    index = np.empty((n, neighbours), dtype=np.int64)
    distance = np.empty((n, neighbours), dtype=np.float64)
    for start in range(0, n, BLOCK):
        rows = np.arange(start, min(start + BLOCK, n))
        cosines = vectors[rows] @ vectors.T
        cosines[rows - start, rows] = -2.0
        index[rows] = np.argpartition(-cosines, neighbours - 1, axis=1)[:, :neighbours]
        distance[rows] = 1 - np.take_along_axis(cosines, index[rows], axis=1)
    beyond = np.maximum(distance - distance.min(axis=1, keepdims=True), 0)
    low, high, width = np.zeros((n, 1)), np.full((n, 1), 16.0), np.ones((n, 1))
    for _ in range(_HALVINGS):
        too_wide = np.exp(-beyond / width).sum(axis=1, keepdims=True) > np.log2(max(neighbours, 2))
        high, low = np.where(too_wide, width, high), np.where(too_wide, low, width)
        width = (low + high) / 2
    weights = np.exp(-beyond / np.maximum(width, 1e-6))
    rows = np.repeat(np.arange(n), neighbours)
    near = csr_matrix((weights.ravel(), (rows, index.ravel())), shape=(n, n))
    joined: csr_matrix = near + near.T - near.multiply(near.T)
    return joined
