"""From the windows of a track to stretches of one genre each, and the points where it changes.

Each window speaks for the time that is nearer to its centre than to any other's, its *cell*; the
cells cover the track once, however much the windows overlap. A path gives each cell a label. Its
worth is the number of seconds that are expected to be labelled rightly, which is the sum over the
cells of their length times the probability of their label, less a price in seconds for each change
of label; the stretches come from the path that is worth most. That has three consequences:

- Samples that two windows share are not counted twice, so the hop hardly matters.
- No window, however sure, says more than its cell is long. With a sum of logarithms, which is
  what a hidden Markov model adds up, one wrong window at 0.999999 outweighs several right ones at
  0.9, and networks are that sure when they are wrong.
- A stretch has the label whose mean probability over it is the largest (another label for the
  whole stretch would be worth more otherwise): the rule by which a whole track is judged.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from genrelab.features.windows import Windowing
from genrelab.runtime.answers import Stretch, Timeline
from genrelab.runtime.bundle import BundleInfo
from genrelab.segmentation.parts import boundaries, runs_of

#: Seconds that a stretch in the midst of another must last to stand, where its windows are wholly
#: sure of it and of the other around it; one where the two are only half as far apart must last
#: twice as long. Shorter than any song, longer than a break within one.
SHORTEST = 20.0
#: A stretch must outlast at least this many windows, so that a single one can never make it.
SHORTEST_WINDOWS = 2.0
#: Seconds in a window for bundles that take a whole track as one input. They were trained on
#: longer pieces: shorter windows find changes more exactly, and judge worse.
POOLED_SECONDS = 10.0


def timeline_windowing(info: BundleInfo, frame_rate: float) -> Windowing:
    """Return how a track is cut for its timeline: the bundle's windows, every half window.

    Parameters
    ----------
    info
        The bundle. If it has no windows, they are of :data:`POOLED_SECONDS`, and of no fewer
        frames than its model needs.
    frame_rate
        Frames a second of its front end.
    """
    frames = info.windowing.frames
    if frames is None:
        frames = max(info.min_frames, round(POOLED_SECONDS * frame_rate))
    return Windowing(frames=frames, hop=max(1, frames // 2), pad=info.windowing.pad)


def timeline_of(
    probabilities: NDArray[np.float64],
    starts: Sequence[float],
    *,
    window: float,
    hop: float,
    duration: float,
    labels: Sequence[str],
    shortest: float = SHORTEST,
) -> Timeline:
    """Return the timeline of a track from the probabilities of its windows.

    Parameters
    ----------
    probabilities
        ``(windows, classes)``.
    starts
        Seconds where each window starts, ascending.
    window, hop
        Seconds in a window, and from one to the next.
    duration
        Seconds in the track; windows that stick out are taken to end with it.
    labels
        Names of the classes.
    shortest
        See :data:`SHORTEST`; at least :data:`SHORTEST_WINDOWS` windows.

    Examples
    --------
    Forty seconds of one genre and forty of another, in windows of ten seconds:

    >>> rows = np.repeat([[0.9, 0.1], [0.2, 0.8]], 4, axis=0)
    >>> timeline = timeline_of(rows, [0, 10, 20, 30, 40, 50, 60, 70], window=10, hop=10,
    ...                        duration=80, labels=["pop", "rock"])
    >>> [(s.start, s.end, s.label, round(s.confidence, 2)) for s in timeline.stretches]
    [(0.0, 40.0, 'pop', 0.9), (40.0, 80.0, 'rock', 0.8)]
    """
    edges = boundaries(starts, window, duration)
    seconds = np.diff(edges)
    # A stretch in the midst of another costs two changes.
    price = max(shortest, SHORTEST_WINDOWS * window) / 2
    path = best_path(probabilities * seconds[:, None], price)
    stretches = []
    for begin, end in runs_of(path):
        mean = np.average(probabilities[begin:end], axis=0, weights=seconds[begin:end])
        by_label = dict(zip(labels, map(float, mean), strict=True))
        stretches.append(Stretch.judged(float(edges[begin]), float(edges[end]), by_label))
    return Timeline(
        float(window),
        float(hop),
        tuple(map(float, starts)),
        tuple(labels),
        tuple(tuple(row) for row in probabilities.tolist()),
        tuple(stretches),
    )


def best_path(worth: NDArray[np.float64], price: float) -> NDArray[np.intp]:
    """Return the label of each cell, ``(cells,)``, on the path that is worth most (Viterbi, 1967).

    Parameters
    ----------
    worth
        ``(cells, classes)``: what it is worth to give the cell this label.
    price
        What each change of label from one cell to the next costs.

    Where a change is worth exactly its price, there is none.
    """
    n, n_classes = worth.shape
    stay = np.arange(n_classes)
    came = np.empty((n, n_classes), dtype=np.intp)
    total = worth[0]
    for i in range(1, n):
        best = int(total.argmax())
        changed = total[best] - price
        came[i] = np.where(total >= changed, stay, best)
        total = np.maximum(total, changed) + worth[i]
    path = np.empty(n, dtype=np.intp)
    path[-1] = total.argmax()
    for i in range(n - 1, 0, -1):
        path[i - 1] = came[i, path[i]]
    return path
