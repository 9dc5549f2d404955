"""Which part of a file is wanted."""

from __future__ import annotations

import math
from dataclasses import dataclass

from genrelab.errors import AudioError


@dataclass(frozen=True, slots=True)
class Stretch:
    """``duration`` seconds from ``offset`` on; ``duration=None`` is to the end of the file."""

    offset: float = 0.0
    duration: float | None = None

    def __post_init__(self) -> None:
        if not (math.isfinite(self.offset) and self.offset >= 0):
            raise AudioError(f"the offset is {self.offset:g} s; it must be 0 or more.")
        if self.duration is not None and not (math.isfinite(self.duration) and self.duration > 0):
            raise AudioError(f"the duration is {self.duration:g} s; it must be more than 0.")

    def samples(self, rate: int) -> tuple[int, int | None]:
        """Return the first sample and the one after the last, at ``rate`` samples a second.

        Examples
        --------
        >>> Stretch(0.5, 0.25).samples(8000)
        (4000, 6000)
        """
        start = round(self.offset * rate)
        if self.duration is None:
            return start, None
        return start, start + max(1, round(self.duration * rate))

    def beyond(self, seconds: float) -> AudioError:
        """Return the sentence for audio that ends before the stretch begins."""
        return AudioError(
            f"the audio ends after {seconds:.2f} s, before the offset of {self.offset:g} s."
        )
