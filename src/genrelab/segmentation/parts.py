"""From labelled windows back to time: parts, stray windows, and the representative part.

asgharivaskasi, Algorithm 4, and section 5 for what the parts are for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:  # what is there imports SciPy
    from genrelab.segmentation.autoregression import Floats
    from genrelab.segmentation.spectral_clustering import Labels

#: The label of windows that are silent: they are in no cluster.
SILENT = -1


@dataclass(frozen=True)
class Part:
    """A stretch of a track whose windows are in one cluster.

    Parameters
    ----------
    start, end
        Seconds from the beginning of the track.
    label
        The cluster's number, from 0 in order of appearance, or :data:`SILENT`.

    Examples
    --------
    >>> Part(0.0, 12.5, 0).letter, Part(12.5, 20.0, 27).letter, Part(20.0, 21.0, SILENT).letter
    ('A', 'AB', 'silence')
    """

    start: float
    end: float
    label: int

    @property
    def duration(self) -> float:
        """Seconds."""
        return self.end - self.start

    @property
    def letter(self) -> str:
        """A, B, C and so on; ``silence`` for a silent part."""
        if self.label == SILENT:
            return "silence"
        letters, rest = "", self.label + 1
        while rest:
            rest, place = divmod(rest - 1, 26)
            letters = chr(ord("A") + place) + letters
        return letters


def boundaries(starts: Sequence[float] | Floats, window: float, duration: float) -> Floats:
    """Return where each window's say ends, ``(windows + 1,)`` seconds from 0 to ``duration``.

    Half-way between the centres of neighbouring windows, so that they cover the track once, however
    much they overlap; for windows that do not, that is where one ends and the next begins, as in
    Algorithm 4. Of a window that sticks out of the track, what is in it counts.

    Examples
    --------
    >>> boundaries([0, 5, 10, 12], window=10, duration=22).tolist()
    [0.0, 7.5, 12.5, 16.0, 22.0]
    """
    begin = np.asarray(starts, dtype=np.float64)
    centres = begin + np.minimum(window, duration - begin) / 2.0
    inner = (centres[1:] + centres[:-1]) / 2.0
    return np.concatenate([[0.0], inner, [float(duration)]])


def labels_to_parts(labels: Labels, edges: Floats) -> tuple[Part, ...]:
    """Return the runs of equal labels (Algorithm 4).

    Parameters
    ----------
    labels
        ``(windows,)``.
    edges
        From :func:`boundaries`, ``(windows + 1,)``.

    Examples
    --------
    >>> labels_to_parts(np.array([0, 0, 1]), np.array([0.0, 1.0, 2.0, 3.5]))
    (Part(start=0.0, end=2.0, label=0), Part(start=2.0, end=3.5, label=1))
    """
    return tuple(
        Part(float(edges[first]), float(edges[end]), int(labels[first]))
        for first, end in runs_of(labels)
    )


def runs_of(labels: NDArray[np.integer]) -> list[tuple[int, int]]:
    """Return first place and end of each run of equal labels.

    Examples
    --------
    >>> runs_of(np.array([4, 4, 1]))
    [(0, 2), (2, 3)]
    """
    places = [len(list(same)) for _, same in groupby(labels.tolist())]
    ends = np.cumsum(places).tolist()
    return [(end - n, end) for n, end in zip(places, ends, strict=True)]


def smooth(labels: Labels, edges: Floats, distances: Floats, shortest: float) -> Labels:
    """Give runs shorter than ``shortest`` seconds to a neighbour, the shortest run first.

    The neighbour that takes a run is the one whose windows are nearer to it on average. Silence
    neither gives nor takes.

    Parameters
    ----------
    labels, edges
        As for :func:`labels_to_parts`.
    distances
        Symmetric, ``(windows, windows)``.
    shortest
        Seconds; 0 changes nothing.
    """
    labels = labels.copy()
    while True:
        runs = runs_of(labels)
        short = [
            (edges[end] - edges[first], k)
            for k, (first, end) in enumerate(runs)
            if edges[end] - edges[first] < shortest - 1e-9
            and labels[first] != SILENT
            and _neighbours(runs, k, labels)
        ]
        if not short:
            return labels
        _, k = min(short)
        first, end = runs[k]
        near = min(
            _neighbours(runs, k, labels),
            key=lambda run: float(distances[first:end, run[0] : run[1]].mean()),
        )
        labels[first:end] = labels[near[0]]


def _neighbours(runs: Sequence[tuple[int, int]], k: int, labels: Labels) -> list[tuple[int, int]]:
    beside = [runs[j] for j in (k - 1, k + 1) if 0 <= j < len(runs)]
    return [run for run in beside if labels[run[0]] != SILENT]


def representative(parts: Sequence[Part]) -> Part:
    """Return the longest run of the largest cluster; silence only where there is nothing else.

    Of equals, the earliest.

    Examples
    --------
    >>> representative([Part(0, 5, 0), Part(5, 11, 1), Part(11, 14, 0)])
    Part(start=0, end=5, label=0)
    """
    heard = [p for p in parts if p.label != SILENT] or list(parts)
    total: dict[int, float] = {}
    for part in heard:
        total[part.label] = total.get(part.label, 0.0) + part.duration
    # Sums of seconds that differ in the last bit are equal.
    largest = max(total, key=lambda label: round(total[label], 6))
    runs = [p for p in heard if p.label == largest]
    return max(runs, key=lambda p: round(p.duration, 6))
