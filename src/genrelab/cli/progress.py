"""What a person sees of a run: bars on a terminal, a line a fold elsewhere; all on stderr."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
from rich.progress import TimeElapsedColumn as Elapsed


class RunProgress:
    """A listener for :func:`genrelab.training.run.run_recipe` that draws what it hears.

    Attributes
    ----------
    problems
        How many tracks could not be used.
    """

    def __init__(self) -> None:
        self.problems = 0
        console = Console(stderr=True)
        self._terminal = console.is_terminal
        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            Elapsed(),
            TextColumn("{task.fields[note]}"),
            console=console,
            disable=not self._terminal,
            transient=True,
        )
        self._steps: dict[str, TaskID] = {}
        self._fold: dict[int, TaskID] = {}

    def __enter__(self) -> RunProgress:
        self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bars.stop()

    def __call__(self, event: dict[str, Any]) -> None:
        """Draw one event."""
        getattr(self, f"_on_{event['event']}")(event)

    def _say(self, text: str) -> None:
        if self._terminal:
            self._bars.console.print(text, markup=False, highlight=False)
        else:
            print(text, file=sys.stderr, flush=True)

    def _on_problem(self, event: dict[str, Any]) -> None:
        self.problems += 1
        self._say(f"{event['subject']}: {event['message']}")

    def _on_dataset(self, event: dict[str, Any]) -> None:
        self._step("data set", event)

    def _on_excerpts(self, event: dict[str, Any]) -> None:
        self._step("excerpts", event)

    def _on_features(self, event: dict[str, Any]) -> None:
        self._step("features", event)

    def _step(self, name: str, event: dict[str, Any]) -> None:
        if name not in self._steps:
            self._steps[name] = self._bars.add_task(name, total=event["total"], note="")
        self._bars.update(self._steps[name], completed=event["done"], total=event["total"])

    def _on_again(self, event: dict[str, Any]) -> None:
        self._say(f"a worker died; {event['folds']} folds are given out again")

    def _on_epoch(self, event: dict[str, Any]) -> None:
        fold = event["fold"]
        if fold not in self._fold:
            self._fold[fold] = self._bars.add_task(f"fold {fold}", total=event["epochs"], note="")
        note = f"loss {event['train_loss']:.3f}, validation {event['valid_accuracy']:.1%}"
        self._bars.update(self._fold[fold], completed=event["epoch"], note=note)

    def _on_fold(self, event: dict[str, Any]) -> None:
        if event["fold"] in self._fold:
            self._bars.remove_task(self._fold.pop(event["fold"]))
        parts = [
            f"{part} {event[f'{part}_accuracy']:.1%}"
            for part in ("train", "valid", "test")
            if f"{part}_accuracy" in event
        ]
        self._say(f"fold {event['fold']}: {', '.join(parts)} ({event['seconds']:.0f} s)")
