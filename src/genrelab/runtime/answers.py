"""What classifying one file gives: an answer, or a failure with its reason."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Answer:
    """A file's genre.

    Parameters
    ----------
    path
        The file, as it was given.
    label
        The most probable label.
    confidence
        Its probability.
    probabilities
        All labels, in the bundle's order, with their probabilities.
    duration
        Seconds of music that were heard.
    notes
        Things worth saying that are no failure, one sentence each: the file is truncated.

    Examples
    --------
    >>> Answer(Path("a.mp3"), "pop", 0.6, {"pop": 0.6, "rock": 0.4}, 30.0).top(1)
    [('pop', 0.6)]
    """

    path: Path
    label: str
    confidence: float
    probabilities: dict[str, float]
    duration: float
    notes: tuple[str, ...] = field(default=())

    def top(self, k: int) -> list[tuple[str, float]]:
        """Return the ``k`` most probable labels, best first."""
        return sorted(self.probabilities.items(), key=lambda item: -item[1])[:k]


@dataclass(frozen=True)
class Failure:
    """An input that could not be classified.

    Parameters
    ----------
    path
        The file or folder, as it was given.
    error
        One sentence that does not repeat the path.
    """

    path: Path
    error: str
