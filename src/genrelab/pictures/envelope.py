"""The outline of a track's waveform, as fine as a picture can show, from a stream."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genrelab.audio import stream_audio

Floats = NDArray[np.float64]

#: About as many as the picture is wide in dots.
COLUMNS = 1600


@dataclass(frozen=True)
class Envelope:
    """The least and the greatest sample of each of many short stretches.

    Parameters
    ----------
    edges
        Where stretches begin and end, in seconds, ``(columns + 1,)``.
    lows, highs
        ``(columns,)``, full scale is 1.
    """

    edges: Floats
    lows: Floats
    highs: Floats

    @property
    def peak(self) -> float:
        """The greatest magnitude."""
        return float(max(-self.lows.min(), self.highs.max()))


def read_envelope(
    path: str | os.PathLike[str], duration: float, *, columns: int = COLUMNS, rate: int = 11025
) -> Envelope:
    """Read the outline of a file in blocks; memory does not grow with its length.

    Parameters
    ----------
    path
        Any audio file.
    duration
        Of the file, in seconds.
    columns
        Into how many stretches; fewer where there are fewer samples.
    rate
        Samples a second of what is looked at.

    Raises
    ------
    AudioError
        The file cannot be read.
    """
    with stream_audio(path, rate) as blocks:
        return envelope_of(blocks, max(1, round(duration * rate)), columns=columns, rate=rate)


def envelope_of(
    blocks: Iterable[NDArray[np.floating]], n: int, *, columns: int = COLUMNS, rate: int = 11025
) -> Envelope:
    """Return the outline of ``n`` mono samples that come in blocks; more are left out.

    Examples
    --------
    >>> found = envelope_of([np.array([0.0, 1.0]), np.array([-1.0, 0.5])], 4, columns=2, rate=4)
    >>> found.edges, found.lows, found.highs
    (array([0. , 0.5, 1. ]), array([ 0., -1.]), array([1. , 0.5]))
    """
    columns = min(columns, n)
    edges = np.arange(columns + 1) * n // columns
    lows, highs = np.full(columns, np.inf), np.full(columns, -np.inf)
    position = 0
    for whole in blocks:
        block = whole[: n - position]
        if len(block) == 0:
            continue
        first, last = np.searchsorted(edges, [position, position + len(block) - 1], "right") - 1
        begins = np.maximum(edges[first : last + 1] - position, 0)
        here = slice(first, last + 1)
        lows[here] = np.minimum(lows[here], np.minimum.reduceat(block, begins))
        highs[here] = np.maximum(highs[here], np.maximum.reduceat(block, begins))
        position += len(block)
    unseen = lows > highs
    lows[unseen] = highs[unseen] = 0.0
    return Envelope(edges / rate, lows, highs)
