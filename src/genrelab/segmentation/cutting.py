"""A stream of samples into windows, all but a window forgotten on the way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from genrelab.segmentation.refinement import ShortBlocks

Samples = NDArray[np.float32]


class Cut(Iterator[Samples]):
    """Windows of samples that come in blocks; the last one ends with the track.

    What is left behind the last full window gets a window of its own, moved back to be full, if it
    is longer than half a hop. A track shorter than a window is one window.
    """

    def __init__(
        self, blocks: Iterable[Samples], length: int, hop: int, watcher: ShortBlocks
    ) -> None:
        self._watcher = watcher
        self.starts: list[int] = []
        self.n_samples = 0
        self._windows = self._cut(blocks, length, hop)

    def __next__(self) -> Samples:
        return next(self._windows)

    def _cut(self, blocks: Iterable[Samples], length: int, hop: int) -> Iterator[Samples]:
        held = np.empty(0, np.float32)
        begin = 0  # of `held`, in the track
        following = 0  # the next window's start
        for block in blocks:
            self.n_samples += len(block)
            self._watcher.add(block)
            held = np.concatenate([held, block])
            while following + length <= begin + len(held):
                self.starts.append(following)
                yield held[following - begin : following - begin + length]
                following += hop
            # The last window may be moved back by up to a window.
            drop = max(0, min(following - begin, len(held) - length))
            held, begin = held[drop:], begin + drop
        end = self.n_samples
        if not self.starts and end:
            self.starts.append(0)
            yield held
        elif self.starts and end - (self.starts[-1] + length) > hop / 2:
            self.starts.append(end - length)
            yield held[end - length - begin :]
