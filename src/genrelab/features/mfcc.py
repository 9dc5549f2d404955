"""Mel-frequency cepstral coefficients: the shape of the spectrum in a few numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from genrelab.features.base import Frames
from genrelab.features.mel import MEL_NORMS, MelFrontEnd
from genrelab.features.parameters import choice, number, whole


@dataclass(frozen=True, kw_only=True)
class MFCC(MelFrontEnd):
    """The cosine transform of the mel spectrum in decibels, ``(n_mfcc, frames)``.

    Equals ``librosa.feature.mfcc`` of librosa 0.11 for the same parameters. Its frames are those
    of :class:`~genrelab.features.LogMel`, so the two share their cache.

    Parameters
    ----------
    n_mfcc
        Number of coefficients, at most ``n_mels``.
    dct_type
        1, 2 or 3.
    norm
        ``"ortho"`` or ``None``, of the cosine transform.
    lifter
        Weight of the higher coefficients, ``1 + lifter / 2 * sin(pi * (n + 1) / lifter)``; 0
        leaves them as they are.
    mel_norm
        ``norm`` of :class:`~genrelab.features.LogMel`.

    The others are those of :class:`~genrelab.features.mel.MelFrontEnd` and
    :class:`~genrelab.features.stft.SpectralFrontEnd`.

    Examples
    --------
    >>> import numpy as np
    >>> MFCC(n_mfcc=13)(np.zeros(30 * 22050, np.float32)).shape
    (13, 646)
    """

    name: ClassVar[str] = "mfcc"
    FINISH_FIELDS: ClassVar[frozenset[str]] = frozenset({"top_db", "n_mfcc", "dct_type", "lifter"})

    n_mfcc: int = 20
    dct_type: int = 2
    norm: str | None = "ortho"
    lifter: float = 0.0
    mel_norm: str | None = "slaney"

    def __post_init__(self) -> None:
        super().__post_init__()
        whole(self, "n_mfcc", most=self.n_mels)
        choice(self, "dct_type", (1, 2, 3))
        if self.dct_type == 1 and self.n_mels < 2:
            raise ValueError("dct_type 1 needs at least 2 mel bands.")
        choice(self, "norm", ("ortho", None))
        number(self, "lifter")
        choice(self, "mel_norm", MEL_NORMS)

    @property
    def n_bins(self) -> int:
        """The number of coefficients."""
        return self.n_mfcc

    @property
    def _filter_norm(self) -> str | None:
        return self.mel_norm

    def finish(self, frames: Frames) -> Frames:
        """Clip one input to ``top_db`` and transform it: ``(n_mels, k)`` to ``(n_mfcc, k)``."""
        coefficients = cosine_transform(
            super().finish(frames), self.n_mfcc, dct_type=self.dct_type, norm=self.norm
        )
        if self.lifter > 0:
            n = np.arange(1, self.n_mfcc + 1)
            weights = 1 + self.lifter / 2 * np.sin(np.pi * n / self.lifter)
            coefficients *= weights.astype(np.float32)[:, None]
        return coefficients


def cosine_transform(
    frames: Frames, n_mfcc: int, *, dct_type: int = 2, norm: str | None = "ortho"
) -> Frames:
    """Return the first ``n_mfcc`` rows of the cosine transform along the bins."""
    import scipy.fft

    transformed = scipy.fft.dct(frames, axis=0, type=dct_type, norm=norm)
    return np.array(transformed[:n_mfcc], dtype=np.float32, order="C")
