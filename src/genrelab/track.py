"""A track: the unit that is labelled, split, classified and reported."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Track:
    """One labelled piece of music.

    Parameters
    ----------
    id
        Unique within its data set, stable across machines (a relative path with ``/``, or the
        data set's own number); never an absolute path.
    label
        The genre.
    path
        The audio file; ``None`` where the data set gives computed features only.
    group
        The artist, band or whatever else must not be in two parts of a grouped split; ``None``
        where unknown (an ungrouped track is a group of its own).
    offset
        Seconds into the file where the track starts.
    duration
        Seconds; ``None`` is to the end of the file.
    source
        What the track was cut from. Tracks of one source always stay in one part of a split.
        Defaults to the track's own id.
    """

    id: str
    label: str
    path: Path | None = None
    group: str | None = None
    offset: float = 0.0
    duration: float | None = None
    source: str = ""

    def __post_init__(self) -> None:
        if not self.source:
            object.__setattr__(self, "source", self.id)
