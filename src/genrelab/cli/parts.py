"""Segmentations as text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from rich.text import Text

from genrelab.cli.writing import OutcomeWriter, shown
from genrelab.clock import clock
from genrelab.segmentation import Part, Segmenter
from genrelab.segmentation.parts import representative

COLUMNS = ("part", "letter", "start", "end", "duration", "share", "representative")


@dataclass(frozen=True)
class Parted:
    """What is told of a file's segmentation.

    Parameters
    ----------
    path
        The file.
    duration, window, hop, n_clusters, parts, eigenvalues, notes
        As :class:`~genrelab.segmentation.Segmentation` has them.
    fault
        Why its picture could not be written, in one sentence; else empty.
    """

    path: Path
    duration: float
    window: float
    hop: float
    n_clusters: int
    parts: tuple[Part, ...]
    eigenvalues: tuple[float, ...]
    notes: tuple[str, ...]
    fault: str = ""

    @classmethod
    def from_dict(cls, path: Path, values: dict[str, Any]) -> Parted:
        """Return what ``dataclasses.asdict`` and JSON made ``values`` of."""
        changed = {name: tuple(values[name]) for name in ("eigenvalues", "notes")}
        parts = tuple(Part(**part) for part in values["parts"])
        return cls(**{**values, **changed, "path": path, "parts": parts})

    @property
    def representative(self) -> Part:
        """The longest run of the largest cluster."""
        return representative(self.parts)


class PartsWriter(OutcomeWriter[Parted]):
    """Writes the parts of files.

    Parameters
    ----------
    format_, out
        As :class:`~genrelab.cli.writing.OutcomeWriter` takes them.
    segmenter
        Whose parameters JSON tells.
    """

    def __init__(self, format_: str, out: TextIO, segmenter: Segmenter) -> None:
        super().__init__(format_, out, COLUMNS)
        self._segmenter = segmenter
        self._first = True

    def values(self, outcome: Parted) -> dict[str, Any]:
        """Return the segmentation's JSON."""
        return {
            "duration": outcome.duration,
            "window": outcome.window,
            "hop": outcome.hop,
            "n_clusters": outcome.n_clusters,
            "parts": [_part(p) for p in outcome.parts],
            "representative": _part(outcome.representative),
            "eigenvalues": outcome.eigenvalues,
            "parameters": self._segmenter.to_dict(),
        }

    def rows(self, outcome: Parted) -> Iterator[list[str]]:
        """Yield a row for each part."""
        best = outcome.representative
        for k, part in enumerate(outcome.parts, start=1):
            times = [part.start, part.end, part.duration, part.duration / outcome.duration]
            yield [str(k), part.letter, *map(repr, times), str(int(part == best))]

    def lines(self, outcome: Parted) -> Iterator[Text]:
        """Yield a heading and a line for each part; an empty line between files."""
        if not self._first:
            yield Text()
        self._first = False
        yield Text(shown(outcome.path), "bold").append(f"  {_summary(outcome)}", "not bold")
        time = len(clock(outcome.duration, tenths=True))
        letters = max(len(p.letter) for p in outcome.parts)
        places = len(str(len(outcome.parts)))
        for k, part in enumerate(outcome.parts, start=1):
            start, end, length = (
                clock(t, tenths=True).rjust(time) for t in (part.start, part.end, part.duration)
            )
            line = Text(f"{k:{places + 2}}  ", "dim")
            line.append(part.letter.ljust(letters), "bold")
            line.append(f"  {start} to {end}", "not dim")
            line.append(f"  {length}  {part.duration / outcome.duration:4.0%}", "green")
            if part == outcome.representative:
                line.append("  representative", "bold")
            yield line


def _part(part: Part) -> dict[str, Any]:
    return {"start": part.start, "end": part.end, "letter": part.letter}


def _summary(found: Parted) -> str:
    n, k = len(found.parts), found.n_clusters
    text = f"{clock(found.duration, tenths=True)}, {n} part{'s' * (n != 1)}"
    text += f" of {k} cluster{'s' * (k != 1)}"
    return f"{text}, from windows of {found.window:g} s"
