"""The samples themselves, in columns: what a recurrent network over raw audio is given."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from genrelab.features.base import Frames, FrontEnd, Samples, TooShortError
from genrelab.features.framing import as_samples
from genrelab.features.parameters import whole


@dataclass(frozen=True, kw_only=True)
class Waveform(FrontEnd):
    """Samples between -1 and 1, one stretch behind the other, ``(frame_length, frames)``.

    Column ``t`` holds the samples from ``t * frame_length`` on. What is left behind the last full
    column is dropped: a network that reads column after column would end on one that is mostly
    zeros. A track shorter than a column is one column, filled with zeros.

    Source: Asgharivaskasi et al., "Music Genre Recognition using Deep Learning", section 4.4: of
    30 s, "the content for each second is passed as input for one timestep".

    Parameters
    ----------
    sample_rate
        Hz, of the samples it is given.
    frame_length
        Samples in a column; the default is one second.

    Examples
    --------
    >>> import numpy as np
    >>> Waveform()(np.zeros(30 * 22050 + 294, np.float32)).shape
    (22050, 30)
    """

    name: ClassVar[str] = "waveform"

    sample_rate: int = 22050
    frame_length: int = 22050

    def __post_init__(self) -> None:
        whole(self, "sample_rate")
        whole(self, "frame_length")

    @property
    def n_frame_bins(self) -> int:
        """Samples in a column."""
        return self.frame_length

    @property
    def n_bins(self) -> int:
        """Samples in a column."""
        return self.frame_length

    @property
    def frame_rate(self) -> float:
        """Columns a second."""
        return self.sample_rate / self.frame_length

    def n_frames(self, n_samples: int) -> int:
        """Return how many columns ``n_samples`` samples give; 0 where there are none."""
        return max(1, n_samples // self.frame_length) if n_samples > 0 else 0

    def frames(self, y: Samples) -> Frames:
        """Cut a whole track into columns: ``(samples,)`` to ``(frame_length, columns)``.

        No sample at all raises :class:`~genrelab.features.TooShortError`.
        """
        return np.concatenate(list(self.stream([y])), axis=1)

    def stream(self, blocks: Iterable[Samples]) -> Iterator[Frames]:
        """Yield the columns as they become full; joined, equal to :meth:`frames` of the whole."""
        held: list[Samples] = []
        n_held = 0
        short = True
        for given in blocks:
            # A copy: what a caller does with its block later must not reach what is kept of it.
            held.append(as_samples(given).copy())
            n_held += len(held[-1])
            if full := n_held // self.frame_length:
                samples = np.concatenate(held)
                end = full * self.frame_length
                yield samples[:end].reshape(full, self.frame_length).T
                held, n_held, short = [samples[end:].copy()], n_held - end, False
        if short:
            if n_held == 0:
                raise TooShortError("the audio has 0 samples and the front end needs at least 1.")
            column = np.zeros((self.frame_length, 1), np.float32)
            column[:n_held, 0] = np.concatenate(held)
            yield column
