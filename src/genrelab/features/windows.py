"""From a track's frames to model inputs: one rule for training, testing and classifying."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from genrelab.features.base import Frames

PADS = ("zero", "repeat")


@dataclass(frozen=True)
class Windowing:
    """How a track of any length becomes inputs of one length.

    Parameters
    ----------
    frames
        Frames in a window; ``None`` takes the whole track as one input of its own length.
    hop
        Frames from one window's start to the next; ``None`` is one window.
    pad
        What fills a track shorter than a window: ``"zero"`` appends zeros (what the BBNN authors
        did), ``"repeat"`` appends the track again.
    slack
        A rest of at most this many frames behind the last full window is left unseen: a window of
        its own would be nearly the same again and cost as much.

    A last window that would stick out is moved back to end with the track, so that every frame is
    seen (up to ``slack``) and every window is full.

    Examples
    --------
    >>> Windowing(frames=4, hop=4).starts(10)
    [0, 4, 6]
    >>> Windowing(frames=4, hop=2).starts(3)
    [0]
    """

    frames: int | None = None
    hop: int | None = None
    pad: str = "repeat"
    slack: int = 0

    def __post_init__(self) -> None:
        if self.frames is not None and self.frames < 1:
            raise ValueError("a window needs at least one frame.")
        if self.hop is not None and self.hop < 1:
            raise ValueError("the hop between windows needs at least one frame.")
        if self.slack < 0:
            raise ValueError("the slack cannot be negative.")
        if self.pad not in PADS:
            raise ValueError(f"pad must be one of {', '.join(PADS)}, not {self.pad!r}.")

    def starts(self, n_frames: int) -> list[int]:
        """Return the first frame of each window of a track of ``n_frames`` frames."""
        if self.frames is None or n_frames <= self.frames:
            return [0]
        last = n_frames - self.frames
        starts = list(range(0, last + 1, self.hop or self.frames))
        return [*starts, last] if last - starts[-1] > self.slack else starts

    def cut(self, frames: Frames, start: int = 0) -> Frames:
        """Return the window at ``start``: ``(bins, frames)``, padded if the track is too short."""
        if self.frames is None:
            return frames
        window = frames[:, start : start + self.frames]
        missing = self.frames - window.shape[1]
        if missing <= 0:
            return window
        if window.shape[1] == 0:
            raise ValueError("there is no frame to make a window of.")
        mode = {"zero": "constant", "repeat": "wrap"}[self.pad]
        return np.pad(window, ((0, 0), (0, missing)), mode=mode)  # type: ignore[call-overload,no-any-return]

    def stream(self, pieces: Iterable[Frames]) -> Iterator[Frames]:
        """Yield the windows of :meth:`starts` and :meth:`cut` from frames that arrive in pieces.

        Memory stays at one window and one piece; with ``frames=None`` at the whole track.
        """
        held: Frames | None = None
        skip = 0  # frames of `held` that lie before the next window's start
        tail: Frames | None = None  # the last frames seen, for the moved-back last window
        hop = self.hop or self.frames or 0
        cut_any = False
        rest = 0  # frames behind the last window that was cut
        for piece in pieces:
            if piece.shape[1] == 0:
                continue
            held = piece if held is None else np.concatenate([held, piece], axis=1)
            rest += piece.shape[1]
            if self.frames is None:
                continue
            while held.shape[1] - skip >= self.frames:
                yield held[:, skip : skip + self.frames]
                cut_any = True
                rest = held.shape[1] - skip - self.frames
                skip += hop
            keep = max(0, min(skip, held.shape[1] - self.frames))
            held, skip = held[:, keep:], skip - keep
            tail = held
        if held is None:
            return
        if self.frames is None or not cut_any:
            yield self.cut(held)
        elif rest > self.slack and tail is not None:
            yield tail[:, -self.frames :]

    def to_dict(self) -> dict[str, Any]:
        """Return the parameters as JSON-ready values."""
        return asdict(self)
