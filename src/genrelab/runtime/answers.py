"""What classifying one file gives: an answer, or a failure with its reason."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Stretch:
    """What is heard from one time of a track to another.

    Parameters
    ----------
    start, end
        Seconds from the track's beginning.
    label
        The most probable label.
    confidence
        Its probability.
    probabilities
        All labels, in the bundle's order, with their probabilities.
    part
        What the stretch is in the piece, where that is known; else empty.
    """

    start: float
    end: float
    label: str
    confidence: float
    probabilities: dict[str, float]
    part: str = ""

    @classmethod
    def judged(
        cls, start: float, end: float, probabilities: dict[str, float], part: str = ""
    ) -> Stretch:
        """Return the stretch whose label is the most probable one.

        Examples
        --------
        >>> Stretch.judged(0.0, 9.5, {"pop": 0.4, "rock": 0.6}).label
        'rock'
        """
        label = max(probabilities, key=lambda name: probabilities[name])
        return cls(start, end, label, probabilities[label], probabilities, part)


@dataclass(frozen=True)
class Timeline:
    """A track's genre over time; made by :func:`genrelab.runtime.timeline.timeline_of`.

    Parameters
    ----------
    window
        Seconds in a window.
    hop
        Seconds from one window's start to the next; the last one lies closer, to end with the
        track.
    starts
        Where each window starts, in seconds.
    labels
        The bundle's labels, in order: the columns of ``probabilities``.
    probabilities
        One row a window.
    stretches
        The stretches of one genre each, from 0 to the track's duration without gaps; no two
        neighbours have the same label. Where one ends and the next starts is a change point.
    """

    window: float
    hop: float
    starts: tuple[float, ...]
    labels: tuple[str, ...]
    probabilities: tuple[tuple[float, ...], ...]
    stretches: tuple[Stretch, ...]

    @property
    def changes(self) -> list[float]:
        """The change points, in seconds."""
        return [stretch.start for stretch in self.stretches[1:]]


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
    timeline
        The genre over time, where it was asked for.
    parts
        The parts that the piece falls into, each with its genre, where they were asked for.

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
    timeline: Timeline | None = None
    parts: tuple[Stretch, ...] = ()

    @property
    def stretches(self) -> tuple[Stretch, ...]:
        """Everything that is said of less than the whole: the parts, then the timeline's."""
        return self.parts + (() if self.timeline is None else self.timeline.stretches)

    @classmethod
    def from_dict(cls, path: Path, values: dict[str, Any]) -> Answer:
        """Return the answer that ``dataclasses.asdict`` and JSON made ``values`` of."""
        timeline = values["timeline"]
        if timeline is not None:
            rows = tuple(map(tuple, timeline["probabilities"]))
            timeline = Timeline(
                timeline["window"],
                timeline["hop"],
                tuple(timeline["starts"]),
                tuple(timeline["labels"]),
                rows,
                tuple(Stretch(**stretch) for stretch in timeline["stretches"]),
            )
        changed = {
            "path": path,
            "notes": tuple(values["notes"]),
            "timeline": timeline,
            "parts": tuple(Stretch(**part) for part in values["parts"]),
        }
        return cls(**{**values, **changed})

    def top(self, k: int) -> list[tuple[str, float]]:
        """Return the ``k`` most probable labels, best first."""
        return ranked(self.probabilities)[:k]


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


def ranked(probabilities: dict[str, float]) -> list[tuple[str, float]]:
    """Return labels and their probabilities, best first."""
    return sorted(probabilities.items(), key=lambda item: -item[1])
