"""A paper's table with our numbers beside it: measured, written as a page, Markdown and JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from genrelab.evaluation import metrics
from genrelab.evaluation.predictions import Predictions
from genrelab.evaluation.report import as_json, environment, replace_json, replace_text, versions
from genrelab.evaluation.result import RunResult, units
from genrelab.evaluation.statistics import (
    N_RESAMPLES,
    Bootstrap,
    Interval,
    OverFolds,
    Statistic,
    clopper_pearson_if_constant,
    over_folds,
)
from genrelab.evaluation.wording import NONE, mean_deviation, percent, percent_bounds

#: What a number of a paper's table may be, as rows name it and in words.
MEASURES = {
    "validation": "validation accuracy",
    "test": "test accuracy",
    "curve": "test accuracy, mean over epochs",
    "precision": "precision",
    "recall": "recall",
    "f1": "F-score",
}
FORMAT = 1


@dataclass(frozen=True)
class Measured:
    """One measure of one run.

    Parameters
    ----------
    dataset, protocol
        As the run says of itself.
    value
        Over all tests, with its interval over tracks or artists.
    over_folds
        Mean and deviation over the folds, where it is defined in each.
    best_fold
        The highest of the folds: to set beside a paper that reports it, and worth nothing else.
    """

    dataset: str
    protocol: str
    value: Interval
    over_folds: OverFolds
    best_fold: float


@dataclass(frozen=True)
class Line:
    """One number of a paper, and ours.

    Parameters
    ----------
    label, measure
        Row and measure, in words.
    paper
        The paper's number in per cent; ``None`` where it has none.
    ours, honest
        The same model under the paper's protocol, and under one that keeps artists apart.
    why_not, why_not_honest
        Why a number is missing.
    """

    label: str
    measure: str
    paper: float | None
    ours: Measured | None = None
    honest: Measured | None = None
    why_not: str = ""
    why_not_honest: str = ""


@dataclass(frozen=True)
class Beside:
    """A whole table; see :class:`genrelab.training.tables.Table` for what is the paper's."""

    name: str
    title: str
    source: str
    protocol: str
    statistic: str
    best: bool
    notes: tuple[str, ...]
    lines: tuple[Line, ...]


def measure(
    run: RunResult,
    name: str,
    *,
    genre: str = "",
    curve: pd.DataFrame | None = None,
    n_resamples: int = N_RESAMPLES,
) -> Measured | None:
    """Measure a run as a row of a table asks.

    Parameters
    ----------
    run
        The finished run.
    name
        A key of :data:`MEASURES`.
    genre
        Class that precision, recall and F-score are of; empty for the mean over classes.
    curve
        Accuracy against epochs, as ``curve.csv`` holds it; for ``curve``, which has no interval,
        since the tests of other epochs are not kept.
    n_resamples
        Of the bootstrap.

    Returns
    -------
    Measured | None
        ``None`` where the run has no such number: no validation part, no such genre, no curve.
    """
    if name == "curve":
        return None if curve is None or not len(curve) else _of_curve(run, curve)
    table = run.predictions.of("valid" if name == "validation" else "test")
    if not len(table.table) or (genre and genre not in table.labels):
        return None
    statistic = _statistic(name, table, genre)
    groups = [g or "" for g in table.table["group"].fillna("")]
    over = units(list(table.table["track_id"]), groups, grouped=run.grouped)
    rows = _rows(table)
    value = Bootstrap(rows, over.of, unit=over.name, n_resamples=n_resamples).interval(statistic)
    if name in ("validation", "test"):
        value = clopper_pearson_if_constant(value)
    fold_of = np.asarray(table.table["fold"])
    by_fold = [float(statistic(rows[fold_of == fold].sum(axis=0))) for fold in table.folds]
    return _measured(run, value, by_fold)


def _rows(table: Predictions) -> NDArray[np.float64]:
    """Return what each row adds to right answers, tracks and answers: ``(rows, 3 classes)``."""
    classes = np.arange(len(table.labels))
    true = (table.y_true[:, None] == classes).astype(float)
    named = (table.y_pred[:, None] == classes).astype(float)
    return np.concatenate([true * named, true, named], axis=1)


def _statistic(name: str, table: Predictions, genre: str) -> Statistic:
    k = len(table.labels)
    hits, true, named = (slice(i * k, (i + 1) * k) for i in range(3))
    if name in ("validation", "test"):
        return lambda s: metrics.share(s[..., hits].sum(-1), s[..., true].sum(-1))
    of_classes: dict[str, Statistic] = {
        "precision": lambda s: metrics.precision_of(s[..., hits], s[..., true], s[..., named]),
        "recall": lambda s: metrics.share(s[..., hits], s[..., true]),
        "f1": lambda s: metrics.f1_of(s[..., hits], s[..., true], s[..., named]),
    }
    each = of_classes[name]
    if genre:
        at = table.labels.index(genre)
        return lambda s: each(s)[..., at]
    return lambda s: metrics.mean_of_defined(each(s))


def _of_curve(run: RunResult, curve: pd.DataFrame) -> Measured | None:
    by_fold = [float(v) for v in curve.groupby("fold")["test_accuracy"].mean()]
    tracks = int(run.test.table["track_id"].nunique())
    value = Interval(float(np.mean(by_fold)), None, None, 0.95, "track", tracks, "none")
    return _measured(run, value, by_fold)


def _measured(run: RunResult, value: Interval, by_fold: Sequence[float]) -> Measured | None:
    known = [v for v in by_fold if not np.isnan(v)]
    if np.isnan(value.value) or not known:
        return None
    return Measured(run.dataset, run.protocol, value, over_folds(known), max(known))


def headings(table: Beside) -> list[str]:
    """Return the headings of the table's columns."""
    best = ["Best fold"] if table.best else []
    ours = ["Ours (95 % interval)", "Over folds", *best, "On", "Honest (95 % interval)"]
    return ["Row", "Measure", "Paper", *ours, "Over folds", "Under"]


def cells(table: Beside, line: Line) -> list[str]:
    """Return one line of the table as texts, in the order of :func:`headings`."""
    paper = NONE if line.paper is None else f"{line.paper:.4g}"
    found = [line.label, line.measure, paper]
    ours, honest = line.ours, line.honest
    if ours is None:
        found += [line.why_not or NONE, NONE, *([NONE] * table.best), NONE]
    else:
        best = [percent(ours.best_fold)] if table.best else []
        where = f"{ours.dataset}, {ours.protocol}"
        found += [_with_bounds(ours.value), mean_deviation(ours.over_folds), *best, where]
    if honest is None:
        return [*found, line.why_not_honest or NONE, NONE, NONE]
    where = honest.protocol
    if ours is None or honest.dataset != ours.dataset:
        where = f"{honest.dataset}, {honest.protocol}"
    return [*found, _with_bounds(honest.value), mean_deviation(honest.over_folds), where]


def _with_bounds(value: Interval) -> str:
    return (
        f"{percent(value.value)} ({percent_bounds(value)})"
        if value.low is not None
        else (percent(value.value))
    )


def explanations(table: Beside) -> list[str]:
    """Return what must be known to read the table, a sentence each."""
    said = [
        f"The paper's protocol: {table.protocol}. Its numbers: {table.statistic}.",
        "Ours is over all tests, then mean and deviation over folds. All numbers are per cent.",
    ]
    if table.best:
        said.append(
            "The best fold is chosen by test accuracy, as the paper's number is, and lies above "
            "what a model is worth: it stands here to be compared with the paper alone."
        )
    if any(line.honest for line in table.lines):
        said.append("Honest: the same model and training with no artist in two parts.")
    return [*said, *table.notes]


def to_markdown(table: Beside) -> str:
    """Return the table as Markdown."""
    rows = [headings(table), ["---"] * len(headings(table))]
    rows += [[cell.replace("|", "\\|") for cell in cells(table, line)] for line in table.lines]
    lines = [f"# {table.title}", "", f"{table.source} (`{table.name}`).", ""]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([*lines, "", *(f"- {said}" for said in explanations(table))]) + "\n"


def to_text(table: Beside) -> str:
    """Return the table for a terminal: columns side by side, sentences below."""
    rows = [headings(table), *(cells(table, line) for line in table.lines)]
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    lines = [f"{table.title} ({table.source})"]
    lines += [
        "  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
    return "\n".join([*lines, *explanations(table)])


def write_beside(folder: str | Path, table: Beside) -> Path:
    """Write ``table.html``, ``table.md`` and ``table.json`` into a folder; return the page."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    content = {"format": FORMAT, "versions": versions(), **asdict(table)}
    replace_json(folder / "table.json", as_json(content))
    replace_text(folder / "table.md", to_markdown(table))
    grouped = any(
        m is not None and m.value.unit == "artist" for x in table.lines for m in (x.ours, x.honest)
    )
    page = environment().get_template("beside.html")
    replace_text(
        folder / "table.html",
        page.render(
            title=table.title,
            table=table,
            headings=headings(table),
            rows=[cells(table, line) for line in table.lines],
            said=explanations(table),
            unit="artist" if grouped else "track",
            versions=versions(),
        ),
    )
    return folder / "table.html"
