"""The ledger: measured results, one row a run, in a CSV file that is kept under version control.

A row has an identity (what was run on what) and numbers. Running the same thing again replaces
its row, so the file holds the latest numbers once; it carries no date, so that running again
without a change leaves the file as it is. Rows are made from predictions by :func:`row_from`.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from itertools import groupby
from pathlib import Path
from typing import Any, get_type_hints

import genrelab
from genrelab.errors import RunError
from genrelab.evaluation.result import RunResult
from genrelab.evaluation.statistics import N_RESAMPLES, Interval, OverFolds
from genrelab.evaluation.summary import summarise
from genrelab.evaluation.wording import (
    NONE,
    decimals,
    mean_deviation,
    percent,
    percent_bounds,
    plural,
    span,
)

IDENTITY = (
    "dataset",
    "protocol",
    "model",
    "front_end",
    "seed",
    "recipe_hash",
    "dataset_fingerprint",
    "folds_fingerprint",
)


@dataclass(frozen=True)
class Row:
    """One measured run; shares lie between 0 and 1.

    ``accuracy`` is over all tests, with the bounds of its 95 % interval over ``n_units`` units
    (``"track"`` or ``"artist"``); ``accuracy_mean`` and ``accuracy_deviation`` are over folds.
    ``None`` stands for what a run does not have.
    """

    dataset: str
    protocol: str
    model: str
    front_end: str
    seed: int
    recipe_hash: str
    dataset_fingerprint: str
    folds_fingerprint: str
    accuracy: float
    accuracy_low: float | None
    accuracy_high: float | None
    unit: str
    n_units: int
    accuracy_mean: float
    accuracy_deviation: float | None
    macro_f1: float
    log_loss: float
    calibration_error: float
    n_tracks: int
    n_folds: int
    parameters: int | None
    training_seconds: float | None
    machine: str
    genrelab_version: str

    @property
    def identity(self) -> tuple[object, ...]:
        """What was run on what: the columns :data:`IDENTITY`."""
        return tuple(getattr(self, name) for name in IDENTITY)


COLUMNS = tuple(f.name for f in fields(Row))


def _rounded(value: float | None) -> float | None:
    """Four decimals: a tenth of a track in a thousand."""
    return None if value is None else round(value, 4)


def row_from(
    run: RunResult,
    *,
    model: str,
    front_end: str,
    seed: int,
    recipe_hash: str,
    dataset_fingerprint: str,
    folds_fingerprint: str,
    parameters: int | None = None,
    training_seconds: float | None = None,
    machine: str = "",
    n_resamples: int = N_RESAMPLES,
) -> Row:
    """Measure a run for the ledger.

    Without ``training_seconds`` they are summed from the run's history, if it has one.
    """
    summary = summarise(run, n_resamples=n_resamples)
    scores, over = summary.scores, summary.accuracy_over_folds.test
    if training_seconds is None and run.history is not None:
        training_seconds = float(run.history["seconds"].sum())
    return Row(
        dataset=run.dataset,
        protocol=run.protocol,
        model=model,
        front_end=front_end,
        seed=seed,
        recipe_hash=recipe_hash,
        dataset_fingerprint=dataset_fingerprint,
        folds_fingerprint=folds_fingerprint,
        accuracy=round(scores.accuracy.value, 4),
        accuracy_low=_rounded(scores.accuracy.low),
        accuracy_high=_rounded(scores.accuracy.high),
        unit=scores.accuracy.unit,
        n_units=scores.accuracy.n_units,
        accuracy_mean=round(over.mean, 4),
        accuracy_deviation=_rounded(over.deviation),
        macro_f1=round(scores.macro_f1.value, 4),
        log_loss=round(scores.log_loss.value, 4),
        calibration_error=round(summary.calibration.expected_calibration_error, 4),
        n_tracks=summary.counts.tracks,
        n_folds=summary.counts.folds,
        parameters=parameters,
        training_seconds=None if training_seconds is None else round(training_seconds, 1),
        machine=machine,
        genrelab_version=genrelab.__version__,
    )


def read(path: str | Path) -> list[Row]:
    """Read a ledger; a file that is not there is an empty one.

    Raises
    ------
    RunError
        If the file is no ledger; the sentence names the line.
    """
    path = Path(path)
    if not path.exists():
        return []
    types = get_type_hints(Row)
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        if tuple(reader.fieldnames or ()) != COLUMNS:
            raise RunError(f"{path}: no results ledger, since its columns are others.")
        rows = []
        for record in reader:
            try:
                values = {name: _parse(record[name], types[name]) for name in COLUMNS}
            except (TypeError, ValueError) as error:
                raise RunError(f"{path}, line {reader.line_num}: {error}.") from None
            rows.append(Row(**values))
    return rows


def _parse(text: str, kind: Any) -> Any:
    """Read a cell as ``str``, ``int``, ``float``, or one of the latter two or empty."""
    if kind is str:
        return text
    if text == "" and kind in (int | None, float | None):
        return None
    return int(text) if kind in (int, int | None) else float(text)


def append(path: str | Path, row: Row) -> list[Row]:
    """Put a row into a ledger, in place of one with the same identity; return all rows.

    The file is sorted and replaced in one step: a reader never sees half of it.
    """
    path = Path(path)
    rows = [other for other in read(path) if other.identity != row.identity]
    rows = sorted([*rows, row], key=lambda r: r.identity)
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(r) for r in rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    partial.write_text(text.getvalue(), encoding="utf-8", newline="")
    partial.replace(path)
    return rows


_HEAD = """\
<!-- Generated from results/ledger.csv; `make docs` writes it anew. Do not edit. -->
# Results

Measured with genrelab; a row comes from the predictions of one run. Accuracy is over all tests, \
with its 95 % interval over tracks, or over artists where the protocol keeps artists apart; then \
mean and sample deviation over folds. Accuracies are per cent.
"""
_TITLES = (
    "Model",
    "Front end",
    "Accuracy (95 % interval)",
    "Over folds",
    "Macro F1",
    "Log loss",
    "Calibration error",
    "Tracks",
    "Parameters",
    "Training",
    "Seed",
    "Recipe",
    "genrelab",
)


def to_markdown(rows: Sequence[Row]) -> str:
    """Return the page of results: a section a data set and protocol, best accuracy first."""
    lines = [_HEAD]
    ordered = sorted(rows, key=lambda r: (r.dataset, r.protocol, -r.accuracy, r.identity))
    for (dataset, protocol), group in groupby(ordered, key=lambda r: (r.dataset, r.protocol)):
        lines += [f"## {_cell(dataset)}, {_cell(protocol)}", ""]
        lines += ["| " + " | ".join(_TITLES) + " |", "| --- " * len(_TITLES) + "|"]
        lines += ["| " + " | ".join(_cells(row)) + " |" for row in group]
        lines.append("")
    if not rows:
        lines.append("No results yet.\n")
    return "\n".join(lines)


def _cells(row: Row) -> list[str]:
    accuracy = Interval(
        row.accuracy, row.accuracy_low, row.accuracy_high, 0.95, row.unit, row.n_units, ""
    )
    tracks = f"{row.n_tracks:,}"
    if row.unit == "artist":
        tracks += f" by {plural(row.n_units, 'artist')}"
    seconds = row.training_seconds
    trained = NONE if seconds is None else span(seconds)
    over = OverFolds(row.accuracy_mean, row.accuracy_deviation, row.n_folds)
    return [
        _cell(row.model),
        _cell(row.front_end),
        f"{percent(row.accuracy)} ({percent_bounds(accuracy)})",
        f"{mean_deviation(over)} ({row.n_folds})",
        decimals(row.macro_f1),
        decimals(row.log_loss),
        decimals(row.calibration_error),
        tracks,
        NONE if row.parameters is None else f"{row.parameters:,}",
        trained + (f", {_cell(row.machine)}" if row.machine else ""),
        str(row.seed),
        f"`{row.recipe_hash}`",
        row.genrelab_version,
    ]


def _cell(text: str) -> str:
    """Keep a name from breaking out of its cell."""
    text = " ".join(text.split())
    for sign in ("\\", "|", "`", "*", "_"):
        text = text.replace(sign, "\\" + sign)
    return text.replace("<", "&lt;")
