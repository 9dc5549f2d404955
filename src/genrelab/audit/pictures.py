"""The same audit where there is no audio: features that came as arrays.

Peaks are taken of the picture's own values, whatever they mean; a copy is found as far as bins and
frames tell it apart.
"""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

from genrelab.audit.landmarks import Constellation, find_landmarks
from genrelab.audit.listening import Heard, Progress
from genrelab.features import FeatureStore

#: Frames looked at on either side of where landmarks say that two pictures lie.
_SLACK = 1


def constellation_of(bins: int, rate: float, floor: float) -> Constellation:
    """Return which points of pictures of this shape are peaks: the reach of audio, in frames."""
    reach = max(1, round(0.19 * rate))
    return Constellation(
        reach_bins=max(1, bins // 32),
        reach_frames=reach,
        window=max(reach, round(0.5 * rate)),
        density=5,
        least_gap=1,
        greatest_gap=min(120, max(2, round(3 * rate))),
        greatest_leap=min(60, max(1, bins // 3)),
        floor=floor,
    )


def look_at_all(
    store: FeatureStore, *, rate: float, progress: Progress | None = None
) -> list[Heard]:
    """Return what is found in the pictures of a store, in its order.

    Parameters
    ----------
    store
        The features.
    rate
        Frames a second.
    """
    found = []
    for track_id in store.ids:
        first, last = store.rows(track_id)
        rows = np.asarray(store.array[first:last])
        values = rows.astype(np.float32)
        floor = float(values.min())
        notes = list(store.notes.get(track_id, []))
        if floor == values.max():
            notes.append("all values of the picture are the same.")
        constellation = constellation_of(rows.shape[1], rate, floor)
        found.append(
            Heard(
                track_id,
                seconds=len(rows) / rate,
                digest=hashlib.sha256(rows.tobytes()).hexdigest()[:32],
                notes=tuple(notes),
                landmarks=find_landmarks([values], constellation),
            )
        )
        if progress is not None:
            progress(len(found), len(store))
    return found


def picture_similarity(
    first: NDArray[np.float32], second: NDArray[np.float32], *, offset: int
) -> float:
    """Return the correlation of two pictures ``(bins, frames)`` where they overlap.

    Every bin's mean is taken away first: it is alike in much music. ``offset`` is the frame of
    the first where the second begins; a frame more or less is tried too.
    """
    best = 0.0
    for lag in range(offset - _SLACK, offset + _SLACK + 1):
        a = first[:, max(0, lag) : max(0, lag + second.shape[1])]
        b = second[:, max(0, -lag) :][:, : a.shape[1]]
        a = a[:, : b.shape[1]]
        if a.shape[1] < 2:
            continue
        a = a - a.mean(axis=1, keepdims=True)
        b = b - b.mean(axis=1, keepdims=True)
        size = float(np.sqrt((a * a).sum() * (b * b).sum()))
        if size > 0:
            best = max(best, float((a * b).sum()) / size)
    return best
