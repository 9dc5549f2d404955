"""Features that came as arrays, where the audio they were made from is not there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar, NoReturn

from genrelab.features.base import Frames, FrontEnd, Samples
from genrelab.features.mfcc import cosine_transform
from genrelab.features.parameters import is_number, whole


@dataclass(frozen=True, kw_only=True)
class Precomputed(FrontEnd):
    """What is known of features that somebody else computed; it cannot compute them from audio.

    Parameters
    ----------
    n_frame_bins
        Rows of the arrays.
    rate
        Frames a second.
    scale, offset
        A stored number ``v`` means ``scale * v + offset``; the store applies them.
    n_mfcc
        Number of cosine-transform coefficients of the rows that a model is to see; ``None`` gives
        it the rows themselves.

    Examples
    --------
    >>> Precomputed(n_frame_bins=128, rate=11.5, n_mfcc=20).n_bins
    20
    """

    name: ClassVar[str] = "precomputed"
    FINISH_FIELDS: ClassVar[frozenset[str]] = frozenset({"n_mfcc"})

    n_frame_bins: int = 128
    rate: float = 1.0
    scale: float = 1.0
    offset: float = 0.0
    n_mfcc: int | None = None

    def __post_init__(self) -> None:
        whole(self, "n_frame_bins")
        if self.n_mfcc is not None:
            whole(self, "n_mfcc", most=self.n_frame_bins)
        for name in ("rate", "scale", "offset"):
            value = getattr(self, name)
            if not is_number(value):
                raise ValueError(f"{name} must be a number, not {value!r}.")
            object.__setattr__(self, name, float(value))
        if not self.rate > 0:
            raise ValueError(f"rate must be a number above 0, not {self.rate!r}.")
        if not self.scale:
            raise ValueError("scale must not be 0: all values would be the same.")

    @property
    def n_bins(self) -> int:
        """Rows that a model sees."""
        return self.n_frame_bins if self.n_mfcc is None else self.n_mfcc

    @property
    def frame_rate(self) -> float:
        """Frames a second."""
        return self.rate

    def n_frames(self, n_samples: int) -> int:
        """Raise ``ValueError``: nothing is computed from samples."""
        self._refuse()

    def frames(self, y: Samples) -> Frames:
        """Raise ``ValueError``: nothing is computed from samples."""
        self._refuse()

    def stream(self, blocks: Iterable[Samples]) -> Iterator[Frames]:
        """Raise ``ValueError``: nothing is computed from samples."""
        self._refuse()

    def finish(self, frames: Frames) -> Frames:
        """Return the rows, or their first ``n_mfcc`` cosine-transform coefficients."""
        return frames if self.n_mfcc is None else cosine_transform(frames, self.n_mfcc)

    def _refuse(self) -> NoReturn:
        raise ValueError("precomputed features cannot be computed from audio.")
