"""Examples: tracks as a model sees them in training, out of the feature store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genrelab.features import FeatureStore, FrontEnd, Windowing


@dataclass(frozen=True)
class Examples:
    """The tracks of one part of one fold.

    Parameters
    ----------
    store
        Where their frames lie.
    front_end
        Finishes each model input.
    ids
        Track ids, all in the store.
    y
        Class index of each track.
    """

    store: FeatureStore
    front_end: FrontEnd
    ids: tuple[str, ...]
    y: NDArray[np.int64]

    def __post_init__(self) -> None:
        if len(self.ids) != len(self.y):
            raise ValueError("there must be one class index a track.")

    def __len__(self) -> int:
        return len(self.ids)

    def n_frames(self, i: int) -> int:
        """Return how many frames track ``i`` has."""
        return self.store.n_frames(self.ids[i])

    def usual_frames(self) -> int:
        """Return the most common length in frames; the longer one where two are as common."""
        found = [self.n_frames(i) for i in range(len(self))]
        lengths, counts = np.unique(found, return_counts=True)
        return int(lengths[counts == counts.max()].max())

    def window(self, i: int, start: int, windowing: Windowing) -> NDArray[np.float32]:
        """Return one finished input of track ``i``: ``(bins, frames)``."""
        stop = None if windowing.frames is None else start + windowing.frames
        frames = self.store.frames(self.ids[i], start=start, stop=stop)
        return self.front_end.finish(windowing.cut(frames))

    def windows(self, i: int, windowing: Windowing) -> NDArray[np.float32]:
        """Return all finished inputs of track ``i``: ``(windows, bins, frames)``."""
        frames = self.store.frames(self.ids[i])
        starts = windowing.starts(frames.shape[1])
        return np.stack([self.front_end.finish(windowing.cut(frames, s)) for s in starts])

    def crops(
        self, chosen: Sequence[int], windowing: Windowing, rng: np.random.Generator
    ) -> NDArray[np.float32]:
        """Return one random crop of each chosen track: ``(tracks, 1, bins, frames)``."""
        inputs = []
        for i in chosen:
            room = self.n_frames(i) - (windowing.frames or self.n_frames(i))
            start = int(rng.integers(room + 1)) if room > 0 else 0
            inputs.append(self.window(i, start, windowing))
        return np.stack(inputs)[:, None]
