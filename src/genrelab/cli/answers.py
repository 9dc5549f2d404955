"""Answers as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any, TextIO

from rich.text import Text

from genrelab.cli.writing import OutcomeWriter, shown
from genrelab.clock import clock
from genrelab.runtime.answers import Answer, Stretch, ranked

UNSURE = "unsure"


class Writer(OutcomeWriter[Answer]):
    """Writes answers.

    Parameters
    ----------
    format_, out
        As :class:`~genrelab.cli.writing.OutcomeWriter` takes them.
    labels
        The bundle's labels, in order.
    top
        How many genres a line of the table shows.
    unsure_below
        Answers with less confidence are labelled ``unsure``.
    stretches
        Whether answers tell of less than the whole track too: their timeline, their parts. Then
        the CSV has a row a stretch, each with its file's path, and the columns ``start``, ``end``
        and ``part``; times are seconds, so that a spreadsheet can add them up. It has no row for
        a track as a whole, which would count everything twice.
    """

    def __init__(
        self,
        format_: str,
        out: TextIO,
        *,
        labels: Sequence[str],
        top: int = 1,
        unsure_below: float = 0.0,
        stretches: bool = False,
    ) -> None:
        between = ["start", "end", "part"] if stretches else []
        super().__init__(format_, out, [*between, "label", "confidence", *labels, "duration"])
        self._labels = labels
        self._top = min(top, len(labels))
        self._unsure_below = unsure_below
        self._stretches = stretches

    def values(self, outcome: Answer) -> dict[str, Any]:
        """Return the answer's JSON."""
        values = {**self._said(outcome), "duration": outcome.duration}
        if outcome.timeline is not None:
            values["timeline"] = asdict(outcome.timeline)
            values["timeline"]["stretches"] = list(map(self._stretch, outcome.timeline.stretches))
        if outcome.parts:
            values["parts"] = list(map(self._stretch, outcome.parts))
        return values

    def rows(self, outcome: Answer) -> Iterator[list[str]]:
        """Yield a row for the answer, or for each of its stretches."""
        for said in outcome.stretches if self._stretches else [outcome]:
            row = []
            if isinstance(said, Stretch):
                row += [repr(said.start), repr(said.end), said.part]
            row += [self._label(said), repr(said.confidence)]
            row += [repr(said.probabilities[label]) for label in self._labels]
            yield [*row, repr(outcome.duration)]

    def lines(self, outcome: Answer) -> Iterator[Text]:
        """Yield a line for the answer and one for each of its stretches."""
        yield self._verdict(outcome).append("  ").append(shown(outcome.path))
        width = len(clock(outcome.duration))
        for stretch in outcome.stretches:
            start, end = clock(stretch.start).rjust(width), clock(stretch.end).rjust(width)
            line = Text(f"    {start} - {end}  ").append(self._verdict(stretch))
            if stretch.part:
                line.append("  ").append(shown(stretch.part))
            yield line

    def _label(self, said: Answer | Stretch) -> str:
        return UNSURE if said.confidence < self._unsure_below else said.label

    def _said(self, said: Answer | Stretch) -> dict[str, Any]:
        return {
            "label": self._label(said),
            "confidence": said.confidence,
            "probabilities": said.probabilities,
        }

    def _stretch(self, stretch: Stretch) -> dict[str, Any]:
        part = {"part": stretch.part} if stretch.part else {}
        return {"start": stretch.start, "end": stretch.end, **part, **self._said(stretch)}

    def _verdict(self, said: Answer | Stretch) -> Text:
        """Return the genre, or that it is unsure, its confidence and the next best."""
        width = max(map(len, map(shown, self._labels)))
        unsure = said.confidence < self._unsure_below
        best = shown(said.label)
        verdict = f"{UNSURE} ({best})" if unsure else best
        if self._unsure_below > 0:
            verdict = verdict.ljust(width + len(f"{UNSURE} ()"))
        line = Text().append(verdict.ljust(width), "dim" if unsure else "bold")
        line.append(f" {said.confidence:4.0%}", "" if unsure else "green")
        for label, p in ranked(said.probabilities)[1 : self._top]:
            line.append(f"  {shown(label).ljust(width)} {p:4.0%}", "dim")
        return line
