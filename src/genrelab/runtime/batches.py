"""From a stream of frames to batches of finished model inputs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from genrelab.errors import AudioError
from genrelab.features.base import Frames, FrontEnd
from genrelab.features.windows import Windowing

#: A bundle that takes tracks at their own length gets at most this many seconds at once.
WHOLE_SECONDS = 600.0
#: Frames in one run of the network. Larger batches are no faster and take more memory.
BATCH_FRAMES = 1024


@dataclass(frozen=True)
class Batcher:
    """Cuts frames into the inputs of a bundle.

    Parameters
    ----------
    front_end
        Finishes each input.
    min_frames
        Fewest frames that an input may have.
    """

    front_end: FrontEnd
    min_frames: int

    def __call__(
        self, pieces: Iterable[Frames], windowing: Windowing, *, lengthen: bool = False
    ) -> Iterator[NDArray[np.float32]]:
        """Yield inputs ``(n, 1, bins, frames)``; how many at once depends on the frames alone.

        Parameters
        ----------
        pieces
            Frames ``(frame_bins, frames)`` piece by piece.
        windowing
            How they become inputs.
        lengthen
            Whether an input that is too short for the model is repeated; otherwise it raises
            :class:`AudioError`.
        """
        if windowing.frames is None:
            most = max(1, round(WHOLE_SECONDS * self.front_end.frame_rate))
            windows, size = whole_or_parts(pieces, most), 1
        else:
            windows = windowing.stream(pieces)
            size = max(1, BATCH_FRAMES // windowing.frames)
        fit = self._repeated if lengthen else self._long_enough
        finished = (self.front_end.finish(w) for w in map(fit, windows))
        while batch := list(islice(finished, size)):
            yield np.stack(batch)[:, None]

    def _repeated(self, window: Frames) -> Frames:
        return Windowing(frames=max(window.shape[1], self.min_frames)).cut(window)

    def _long_enough(self, window: Frames) -> Frames:
        if window.shape[1] < self.min_frames:
            seconds = self.min_frames / self.front_end.frame_rate
            raise AudioError(f"the audio is shorter than the {seconds:.2f} s that the model needs.")
        return window


def whole_or_parts(pieces: Iterable[Frames], most: int) -> Iterator[Frames]:
    """Yield a track as one input, or in parts of ``most`` frames if it is longer than that.

    The last part is moved back to end with the track, as the last window of
    :class:`~genrelab.features.windows.Windowing` is.
    """
    held: list[Frames] = []
    n = 0
    before: Frames | None = None
    for piece in pieces:
        held.append(piece)
        n += piece.shape[1]
        while n > most:
            joined = np.concatenate(held, axis=1)
            before, held = joined[:, :most], [joined[:, most:]]
            n -= most
            yield before
    if n:
        if before is not None:
            held.insert(0, before)
        yield np.concatenate(held, axis=1)[:, -most:]
