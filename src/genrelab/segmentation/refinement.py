"""Boundaries to a fraction of a window: the split that makes both sides most likely.

Windows say which sounds meet, and where to about half a hop. Between them, the two autoregressive
models tell short blocks of samples apart: the boundary is put where the blocks before it, under the
model of the part on the left, and the blocks behind it, under that on the right, are likeliest. The
paper stops at the windows; this is the generalised likelihood ratio of Appel and von Brandt
(1983), with both models known.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from genrelab.segmentation.autoregression import NOISE_FLOOR, Floats, Windows, levinson_durbin
from genrelab.segmentation.parts import runs_of
from genrelab.segmentation.spectral_clustering import Labels

#: Blocks from one window's start to the next.
BLOCKS_PER_HOP = 16
#: Windows of a part that its model is made of: those next to the boundary, but for the nearest,
#: which may hold some of both sides.
_WINDOWS = 4
_DOUBTFUL = 2


@dataclass(frozen=True)
class Blocks:
    """Short blocks that follow each other from the start of a track.

    Parameters
    ----------
    products
        Sums over a block's samples of ``y[n] * y[n - k]``, ``k`` from 0 up, over the block's
        length; ``(blocks, order + 1)``.
    before
        The samples before each block, the last one first, and those before what follows the last
        block: ``(blocks + 1, order)``.
    length
        Samples of a block.
    """

    products: Floats
    before: Floats
    length: int

    def __len__(self) -> int:
        return len(self.products)

    def residual_powers(self, inverse: Floats, first: int, end: int) -> Floats:
        """Return what an inverse filter ``(order + 1,)`` leaves of blocks ``first`` to ``end``.

        Mean squares, ``(blocks,)``, as filtering the samples would give them: the sums over a block
        of ``y[n - i] * y[n - j]`` follow from the products by way of the samples at its ends.
        """
        head, tail = self.before[first:end], self.before[first + 1 : end + 1]
        order = self.before.shape[1]
        # phi[i, j] = sum of y[n - i] * y[n - j] for j >= i, one diagonal's step at a time.
        row = self.products[first:end] * self.length
        total = inverse[0] ** 2 * row[:, 0] + 2 * inverse[0] * (row[:, 1:] @ inverse[1:])
        for i in range(1, order + 1):
            row = (
                row[:, : order + 1 - i]
                + head[:, i - 1 : i] * head[:, i - 1 :]
                - tail[:, i - 1 : i] * tail[:, i - 1 :]
            )
            a = inverse[i:]
            total += a[0] ** 2 * row[:, 0] + 2 * a[0] * (row[:, 1:] @ a[1:])
        powers: Floats = np.maximum(total, 0.0) / self.length
        return powers


class ShortBlocks:
    """Gathers :class:`Blocks` from samples in pieces.

    Parameters
    ----------
    length
        Samples of a block.
    order
        The greatest lag.
    """

    def __init__(self, length: int, order: int) -> None:
        self.length, self.order = length, order
        self._held = np.zeros(order)  # samples before the next block, and what is there of it
        self._products: list[Floats] = []
        self._before: list[Floats] = []

    def add(self, samples: NDArray[np.floating]) -> None:
        """Take samples; what does not fill a block waits, and at the end is left out."""
        self._held = np.concatenate([self._held, samples])
        n = (len(self._held) - self.order) // self.length
        if n < 1:
            return
        end = self.order + n * self.length
        y = self._held[:end]
        # Products reach back into the block before: so they add up to those of the whole.
        lags = [
            (y[self.order :] * y[self.order - k : end - k]).reshape(n, self.length).sum(axis=1)
            for k in range(self.order + 1)
        ]
        self._products.append(np.stack(lags, axis=1) / self.length)
        starts = self.order + self.length * np.arange(n)
        self._before.append(y[starts[:, None] - 1 - np.arange(self.order)])
        self._held = self._held[end - self.order :]

    def blocks(self) -> Blocks:
        """Return all blocks."""
        last = self._held[: self.order][::-1][None]
        products = [np.zeros((0, self.order + 1)), *self._products]
        return Blocks(np.concatenate(products), np.concatenate([*self._before, last]), self.length)


def refine(
    labels: Labels, edges: Floats, windows: Windows, blocks: Blocks, block_seconds: float
) -> Floats:
    """Return the edges with those between different labels moved to the likeliest split.

    Parameters
    ----------
    labels
        Of the windows, ``(windows,)``.
    edges
        Where each window's say ends, ``(windows + 1,)`` seconds.
    windows
        What was clustered.
    blocks
        Short blocks from the start of the track.
    block_seconds
        Length of a block.

    Returns
    -------
    ``(windows + 1,)``, rising; only edges between parts are moved, at most by two
    windows' hops, and never past another edge between parts.
    """
    edges = edges.copy()
    runs = runs_of(labels)
    for (first, middle), (_, end) in pairwise(runs):
        sure = max(first + 1, middle - _DOUBTFUL)
        left = _model(windows, max(first, sure - _WINDOWS), sure)
        sure = min(end - 1, middle + _DOUBTFUL)
        right = _model(windows, sure, min(sure + _WINDOWS, end))
        low = edges[max(first, middle - _DOUBTFUL)]
        high = edges[min(end, middle + _DOUBTFUL)]
        begin, stop = int(np.ceil(low / block_seconds)), int(high / block_seconds)
        begin, stop = max(begin, 0), min(stop, len(blocks))
        if stop - begin < 2:
            continue
        gain = _surprise(blocks, begin, stop, *left) - _surprise(blocks, begin, stop, *right)
        # Before block k all are left: the sum of what the left costs more, up to k, is least there.
        cost = np.cumsum(gain)[:-1]
        edges[middle] = (begin + 1 + int(cost.argmin())) * block_seconds
        edges[first + 1 : middle] = np.minimum(edges[first + 1 : middle], edges[middle])
        edges[middle + 1 : end] = np.maximum(edges[middle + 1 : end], edges[middle])
    return edges


def _model(windows: Windows, first: int, end: int) -> tuple[Floats, float]:
    r = windows.autocorrelations[first:end, : windows.order + 1].mean(axis=0)
    filters, variances = levinson_durbin(r[None], windows.order)
    return filters[0], float(variances[0])


def _surprise(blocks: Blocks, first: int, end: int, inverse: Floats, variance: float) -> Floats:
    """Return each block's negative log-likelihood a sample, but for a constant, ``(blocks,)``."""
    left = blocks.residual_powers(inverse, first, end) + NOISE_FLOOR * (inverse @ inverse)
    surprise: Floats = (np.log(variance) + left / variance) / 2.0
    return surprise
