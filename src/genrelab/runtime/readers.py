"""What is made of one stream of a track's frames: the whole, its genre over time, its parts.

Each reader cuts inputs out of the stream and is handed their probabilities, batch by batch, before
it is asked for the next batch; so any of them can share one pass over the audio
(:func:`~genrelab.runtime.abreast.abreast`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from genrelab.features.base import Frames
from genrelab.runtime.aggregate import Aggregate
from genrelab.runtime.answers import Stretch, Timeline
from genrelab.runtime.batches import Batcher
from genrelab.runtime.bundle import BundleInfo
from genrelab.runtime.timeline import timeline_of, timeline_windowing
from genrelab.segmentation import SILENT, Part

Probabilities = NDArray[np.float64]


class Reader(Protocol):
    """Cuts inputs and takes what the model says of them."""

    def read(self, pieces: Iterator[Frames]) -> Iterator[NDArray[np.float32] | None]:
        """Yield batches of inputs ``(n, 1, bins, frames)``, or ``None`` to let others go on."""

    def take(self, probabilities: Probabilities) -> None:
        """Take the probabilities ``(n, classes)`` of the batch last yielded."""


class WholeReader:
    """The track as a whole, by the bundle's own windows."""

    def __init__(self, info: BundleInfo, batch: Batcher) -> None:
        self._info, self._batch = info, batch
        self.track = Aggregate(info.aggregate, len(info.labels))

    def read(self, pieces: Iterator[Frames]) -> Iterator[NDArray[np.float32]]:
        """Yield batches of inputs."""
        return self._batch(pieces, self._info.windowing)

    def take(self, probabilities: Probabilities) -> None:
        """Take a batch's probabilities."""
        self.track.add(probabilities)


class TimelineReader:
    """The track over time, by windows that overlap."""

    def __init__(self, info: BundleInfo, batch: Batcher) -> None:
        self._info, self._batch = info, batch
        self._windowing = timeline_windowing(info, batch.front_end.frame_rate)
        self._rows: list[Probabilities] = []

    def read(self, pieces: Iterator[Frames]) -> Iterator[NDArray[np.float32]]:
        """Yield batches of inputs."""
        return self._batch(pieces, self._windowing)

    def take(self, probabilities: Probabilities) -> None:
        """Take a batch's probabilities."""
        self._rows.append(probabilities)

    def timeline(self, n_frames: int, duration: float, whole: Probabilities | None) -> Timeline:
        """Return the timeline of a track of so many frames and seconds.

        ``whole`` are the track's own probabilities, where they are known: where a bundle takes
        tracks at their own length, a short one is an input of its own, which says more than one
        filled up.
        """
        fine = self._windowing
        assert fine.frames is not None
        assert fine.hop is not None
        rows = self._rows
        if whole is not None and self._info.windowing.frames is None and n_frames <= fine.frames:
            rows = [whole[None]]
        rate = self._batch.front_end.frame_rate
        return timeline_of(
            np.concatenate(rows),
            [start / rate for start in fine.starts(n_frames)],
            window=fine.frames / rate,
            hop=fine.hop / rate,
            duration=duration,
            labels=self._info.labels,
        )


class PartsReader:
    """Each part of a segmented track as if it were a track; silent parts are passed over."""

    def __init__(self, info: BundleInfo, batch: Batcher, parts: Sequence[Part]) -> None:
        self._info, self._batch, self._parts = info, batch, parts
        self._judged = [Aggregate(info.aggregate, len(info.labels)) for _ in parts]
        self._current = 0

    def read(self, pieces: Iterator[Frames]) -> Iterator[NDArray[np.float32] | None]:
        """Yield batches of inputs, none of which holds frames of two parts."""
        rate = self._batch.front_end.frame_rate
        frames = _Split(pieces)
        ends = [round(part.end * rate) for part in self._parts[:-1]]
        for k, end in enumerate([*ends, None]):
            self._current = k
            if self._parts[k].label == SILENT:
                for _ in frames.until(end):
                    yield None  # so that the other readers keep up
                continue
            yield from self._batch(frames.until(end), self._info.windowing, lengthen=True)

    def take(self, probabilities: Probabilities) -> None:
        """Take a batch's probabilities."""
        self._judged[self._current].add(probabilities)

    def stretches(self) -> tuple[Stretch, ...]:
        """Return the parts that were heard, each with its genre."""
        return tuple(
            Stretch.judged(
                part.start,
                part.end,
                dict(zip(self._info.labels, judged.probabilities().tolist(), strict=True)),
                part.letter,
            )
            for part, judged in zip(self._parts, self._judged, strict=True)
            if judged.n_windows
        )


class _Split:
    """Frames up to one end after the other."""

    def __init__(self, pieces: Iterable[Frames]) -> None:
        self._pieces = iter(pieces)
        self._held: Frames | None = None
        self._at = 0

    def until(self, end: int | None) -> Iterator[Frames]:
        """Yield what comes before frame ``end`` of the track; ``None`` is all there is."""
        while end is None or self._at < end:
            piece = next(self._pieces, None) if self._held is None else self._held
            self._held = None
            if piece is None:
                return
            room = piece.shape[1] if end is None else end - self._at
            if piece.shape[1] > room:
                piece, self._held = piece[:, :room], piece[:, room:]
            self._at += piece.shape[1]
            yield piece
