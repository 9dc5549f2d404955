"""Log-magnitude spectra on a linear frequency axis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from genrelab.features.base import Frames
from genrelab.features.parameters import choice, number
from genrelab.features.stft import SpectralFrontEnd, clip_to_top, to_db


@dataclass(frozen=True, kw_only=True)
class LogSTFT(SpectralFrontEnd):
    """The STFT in decibels, ``(n_fft // 2 + 1, frames)``.

    Equals ``librosa.power_to_db(abs(librosa.stft(y)) ** 2)`` with ``power=2`` and
    ``librosa.amplitude_to_db(abs(librosa.stft(y)))`` with ``power=1``; the two differ in what
    ``ref`` and ``amin`` mean.

    Parameters
    ----------
    power
        2 where ``ref`` and ``amin`` are powers, 1 where they are magnitudes.
    ref
        What is 0 dB.
    amin
        The least value told apart from silence.
    top_db
        How far below the loudest bin of an input its quiet bins may lie; ``None`` is any depth.

    Examples
    --------
    >>> import numpy as np
    >>> LogSTFT(n_fft=512, hop_length=256)(np.zeros(22050, np.float32)).shape
    (257, 87)
    """

    name: ClassVar[str] = "log_stft"
    FINISH_FIELDS: ClassVar[frozenset[str]] = frozenset({"top_db"})

    power: float = 2.0
    ref: float = 1.0
    amin: float = 1e-10
    top_db: float | None = 80.0

    def __post_init__(self) -> None:
        super().__post_init__()
        choice(self, "power", (1.0, 2.0))
        number(self, "ref")
        # Below this the power would be 0 in single precision, and its logarithm minus infinity.
        number(self, "amin", least=1e-37 ** (self.power / 2))
        if self.top_db is not None:
            number(self, "top_db")

    @property
    def n_frame_bins(self) -> int:
        """Bins from 0 Hz to half the sample rate."""
        return self.n_fft // 2 + 1

    @property
    def n_bins(self) -> int:
        """Bins from 0 Hz to half the sample rate."""
        return self.n_frame_bins

    def _rows(self, magnitude: NDArray[np.float32]) -> Frames:
        np.square(magnitude, out=magnitude)
        squared = 2 / self.power
        return to_db(magnitude, ref=self.ref**squared, amin=self.amin**squared)

    def finish(self, frames: Frames) -> Frames:
        """Clip one input to ``top_db`` below its loudest bin."""
        return clip_to_top(frames, self.top_db)
