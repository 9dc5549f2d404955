"""Mel spectra in decibels: the input of most networks for music."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from genrelab.features.mel import MEL_NORMS, MelFrontEnd
from genrelab.features.parameters import choice


@dataclass(frozen=True, kw_only=True)
class LogMel(MelFrontEnd):
    """The mel spectrum in decibels, ``(n_mels, frames)``.

    Equals ``librosa.power_to_db(librosa.feature.melspectrogram(y=y, ...))`` of librosa 0.11 for
    the same parameters, within 0.001 dB.

    Parameters
    ----------
    norm
        ``"slaney"`` scales each filter to unit area, ``None`` leaves it at unit height.

    The others are those of :class:`~genrelab.features.mel.MelFrontEnd` and
    :class:`~genrelab.features.stft.SpectralFrontEnd`.

    Examples
    --------
    >>> import numpy as np
    >>> LogMel()(np.zeros(30 * 22050, np.float32)).shape
    (128, 646)
    """

    name: ClassVar[str] = "log_mel"
    FINISH_FIELDS: ClassVar[frozenset[str]] = frozenset({"top_db"})

    norm: str | None = "slaney"

    def __post_init__(self) -> None:
        super().__post_init__()
        choice(self, "norm", MEL_NORMS)

    @property
    def n_bins(self) -> int:
        """The number of mel bands."""
        return self.n_mels

    @property
    def _filter_norm(self) -> str | None:
        return self.norm
