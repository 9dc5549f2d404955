"""A track into parts: windows, their distances, a graph, its clusters, and back to time."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genrelab.errors import AudioError, SegmentationError
from genrelab.segmentation import graph
from genrelab.segmentation.autoregression import Floats, Windows, describe
from genrelab.segmentation.cutting import Cut, Samples
from genrelab.segmentation.parts import (
    SILENT,
    Part,
    boundaries,
    labels_to_parts,
    representative,
    smooth,
)
from genrelab.segmentation.refinement import BLOCKS_PER_HOP, Blocks, ShortBlocks, refine
from genrelab.segmentation.spectral_clustering import Labels, in_order, spectral_clusters
from genrelab.segmentation.spectral_error import spectral_errors, symmetrise

#: Mean square of a window below which it is silent: -80 dB of full scale.
SILENCE = 1e-8
#: Samples of windows that are described in one go.
_AT_ONCE = 2**20


@dataclass(frozen=True)
class Segmentation:
    """A track's parts, and how they were found.

    Parameters
    ----------
    duration
        Seconds of the track.
    window, hop
        Seconds of a window, and from one to the next; more than was asked for where the track is
        so long that its windows would be too many.
    starts
        Where each window begins, in seconds, ``(windows,)``.
    labels
        Each window's cluster, ``(windows,)``, :data:`~genrelab.segmentation.parts.SILENT` for a
        silent one.
    distances
        Symmetrised spectral error measure, ``(windows, windows)``, equation 4.
    weights
        Adjacency of the graph, ``(windows, windows)``, equation 5; silent windows have no edge.
    eigenvalues
        The largest of the graph's Laplacian, falling.
    parts
        Runs of windows of one cluster, from 0 to the end of the track.
    notes
        What is worth saying of the audio, a sentence each.
    """

    duration: float
    window: float
    hop: float
    starts: Floats
    labels: Labels
    distances: Floats
    weights: Floats
    eigenvalues: Floats
    parts: tuple[Part, ...]
    notes: tuple[str, ...] = ()

    @property
    def representative(self) -> Part:
        """The longest run of the largest cluster."""
        return representative(self.parts)

    @property
    def n_clusters(self) -> int:
        """How many clusters there are, silence not counted."""
        return len({p.label for p in self.parts} - {SILENT})


@dataclass(frozen=True)
class Segmenter:
    """How tracks are segmented (asgharivaskasi, section 5).

    Parameters
    ----------
    window
        Seconds in which music is taken to be stationary.
    hop
        Seconds from one window to the next; 0 is half a window. As much as ``window``: windows do
        not overlap.
    order
        Of the autoregressive models.
    lags
        Lags of the residual's autocorrelation in equation 2; 0 takes all, as the paper does. The
        many lags of a long window add noise of their own: on joined clips (`benchmarks/joins.py`,
        the half of the artists that is for choosing) a few lags told music apart better.
    scale
        Of the distances in equation 5, see :func:`~genrelab.segmentation.graph.adjacency`; 1 is
        the paper's.
    n_clusters
        How many clusters; 0 asks the eigengap, up to ``max_clusters``.
    shortest
        Parts of fewer seconds are given to a neighbour; 0 keeps them.
    sample_rate
        Samples a second of what is looked at.
    max_windows
        A track that would have more windows gets windows twice as long, or four times, and so on:
        memory and time grow with the square and the cube of their number.
    seed
        Of k-means' starts.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> noise = rng.standard_normal(11025 * 20).astype(np.float32)
    >>> dull = np.convolve(noise, np.ones(8) / 8, "same").astype(np.float32)
    >>> found = Segmenter().segment_samples(np.concatenate([noise, dull, noise]))
    >>> [(round(p.start), round(p.end), p.letter) for p in found.parts]
    [(0, 20, 'A'), (20, 40, 'B'), (40, 60, 'A')]
    """

    window: float = 2.0
    hop: float = 0.0
    order: int = 16
    lags: int = 32
    scale: float | str = graph.LOCAL
    n_clusters: int = 0
    max_clusters: int = 8
    shortest: float = 5.0
    sample_rate: int = 11025
    max_windows: int = 1200
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0 < self.window < math.inf or not 0 <= self.hop <= self.window:
            raise SegmentationError("window must be above 0 s, and hop from 0 to a window.")
        counts = {"order": 1, "lags": 0, "n_clusters": 0, "max_clusters": 1, "max_windows": 2}
        counts |= {"sample_rate": 1, "seed": 0}
        for name, least in counts.items():
            value, word = getattr(self, name), name.removeprefix("n_")
            if not isinstance(value, int):
                raise SegmentationError(f"{word} must be a whole number, not {value!r}.")
            if value < least:
                raise SegmentationError(f"{word} must be at least {least}.")
        if not 0 <= self.shortest < math.inf:
            raise SegmentationError("shortest must be at least 0 s.")
        if self.scale != graph.LOCAL and (
            isinstance(self.scale, str) or not 0 < self.scale < math.inf
        ):
            raise SegmentationError(f"scale must be a number above 0 or {graph.LOCAL!r}.")
        if round(self.window * self.sample_rate) <= self.order:
            raise SegmentationError(
                f"a window of {self.window:g} s has too few samples for models of order "
                f"{self.order}."
            )

    def to_dict(self) -> dict[str, Any]:
        """Return the parameters as JSON-ready values."""
        return asdict(self)

    def segment(
        self,
        path: str | os.PathLike[str],
        *,
        offset: float = 0.0,
        duration: float | None = None,
    ) -> Segmentation:
        """Segment an audio file, or a stretch of it.

        The file is read in blocks; what is held is a few numbers a window. A track with too many
        windows is read to its end, to know how long it is, and again with windows of that length.

        Parameters
        ----------
        path
            Any audio file.
        offset, duration
            Of the stretch, in seconds; times in the result count from its start.

        Raises
        ------
        AudioError
            The file cannot be read.
        SegmentationError
            The graph has no edge at this scale.
        """
        from genrelab.audio import stream_audio

        factor = 1
        while True:
            with stream_audio(path, self.sample_rate, offset=offset, duration=duration) as audio:
                found = self._describe(audio, factor)
                if found is not None:
                    return self._segment(found, factor, tuple(audio.notes))
                for _ in audio:
                    pass
                factor = max(2 * factor, self._factor(round(audio.duration * self.sample_rate)))

    def segment_samples(self, y: Samples) -> Segmentation:
        """Segment mono samples ``(n,)`` at :attr:`sample_rate`."""
        factor = self._factor(len(y))
        found = self._describe([y], factor)
        assert found is not None
        return self._segment(found, factor, ())

    def _factor(self, n: int) -> int:
        """Return how many times longer windows must be to be few enough for ``n`` samples."""
        factor = 1
        while True:
            length, hop = self._lengths(factor)
            full, rest = divmod(max(0, n - length), hop)
            if 1 + full + (rest > hop / 2) <= self.max_windows:
                return factor
            factor *= 2

    def _lengths(self, factor: int) -> tuple[int, int]:
        """Return samples of a window, and from one to the next."""
        hop = self.hop or self.window / 2
        return round(self.window * self.sample_rate) * factor, max(
            1, round(hop * self.sample_rate) * factor
        )

    def _describe(self, blocks: Iterable[Samples], factor: int) -> _Described | None:
        """Return what the samples come to; None if there are too many windows."""
        length, hop = self._lengths(factor)
        blocks_of_hop = ShortBlocks(max(1, hop // BLOCKS_PER_HOP), self.order)
        cut = Cut(blocks, length, hop, blocks_of_hop)
        described: list[Windows] = []
        batch: list[Samples] = []
        for window in cut:
            batch.append(window)
            if len(cut.starts) > self.max_windows:
                return None
            if len(batch) * length >= _AT_ONCE:
                described.append(self._fit(batch))
                batch = []
        if batch:
            described.append(self._fit(batch))
        if not described:
            raise AudioError("the audio has no samples.")
        return _Described(
            Windows.join(described),
            np.array(cut.starts),
            cut.n_samples,
            blocks_of_hop.blocks(),
        )

    def _fit(self, batch: list[Samples]) -> Windows:
        return describe(np.stack(batch), order=self.order, lags=self.lags or None)

    def _segment(self, described: _Described, factor: int, notes: tuple[str, ...]) -> Segmentation:
        windows, rate = described.windows, self.sample_rate
        length, hop = (n / rate for n in self._lengths(factor))
        starts, duration = described.starts / rate, described.n_samples / rate
        distances = symmetrise(spectral_errors(windows, lags=self.lags or None))
        heard = windows.powers > SILENCE
        weights = np.zeros_like(distances)
        labels = np.full(len(windows), SILENT, np.int64)
        eigenvalues = np.ones(1)
        if heard.any():
            alike = graph.adjacency(distances[np.ix_(heard, heard)], self.scale)
            weights[np.ix_(heard, heard)] = alike
            labels[heard], eigenvalues = self._cluster(alike, distances[np.ix_(heard, heard)])
        edges = boundaries(starts, min(length, duration), duration)
        labels, edges = self._settle(labels, edges, distances, described)
        labels[labels != SILENT] = in_order(labels[labels != SILENT])
        parts = labels_to_parts(labels, edges)
        return Segmentation(
            duration, length, hop, starts, labels, distances, weights, eigenvalues, parts, notes
        )

    def _settle(
        self, labels: Labels, edges: Floats, distances: Floats, described: _Described
    ) -> tuple[Labels, Floats]:
        """Smooth and refine, until no part that the refinement has shortened is too short."""
        block_seconds = described.blocks.length / self.sample_rate
        labels = smooth(labels, edges, distances, self.shortest)
        while True:
            refined = refine(labels, edges, described.windows, described.blocks, block_seconds)
            fewer = smooth(labels, refined, distances, self.shortest)
            if np.array_equal(fewer, labels):
                return labels, refined
            labels = fewer

    def _cluster(self, weights: Floats, distances: Floats) -> tuple[Labels, Floats]:
        """Cluster the graph; a window without an edge goes with the nearest that has one."""
        joined = weights.any(axis=1)
        if len(weights) == 1:
            return np.zeros(1, np.int64), np.ones(1)
        if not joined.any():
            raise SegmentationError(
                f"at the scale {self.scale:g} no two windows are alike (the nearest are "
                f"{distances[~np.eye(len(distances), dtype=bool)].min():.3g} apart); give a larger "
                f"scale, or {graph.LOCAL!r}."
            )
        labels = np.zeros(len(weights), np.int64)
        labels[joined], eigenvalues = spectral_clusters(
            weights[np.ix_(joined, joined)],
            self.n_clusters or None,
            max_clusters=self.max_clusters,
            seed=self.seed,
        )
        nearest = distances[np.ix_(~joined, joined)].argmin(axis=1)
        labels[~joined] = labels[joined][nearest]
        return labels, eigenvalues


@dataclass(frozen=True)
class _Described:
    """What is kept of a track: windows, where they start, and short blocks, all in samples."""

    windows: Windows
    starts: NDArray[np.int64]
    n_samples: int
    blocks: Blocks
