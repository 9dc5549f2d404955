"""A report: one page for people and one file for machines, from the same numbers.

``report.html`` needs nothing but itself: styles and pictures are in it, there are no scripts, and
whatever came from a data set (labels, track ids, names) is escaped. ``report.json`` holds the
dataclasses of :mod:`genrelab.evaluation.summary` and :mod:`genrelab.evaluation.comparison` as they
are; docs/report.md describes it.
"""

from __future__ import annotations

import json
import math
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass, is_dataclass
from importlib.metadata import version
from itertools import groupby
from pathlib import Path
from typing import Any

import jinja2
import numpy as np
from markupsafe import Markup
from matplotlib.figure import Figure

import genrelab
from genrelab.errors import PredictionsError
from genrelab.evaluation import plots, wording
from genrelab.evaluation.comparison import Comparison, compare, verdict
from genrelab.evaluation.ranking import Ranking, rank, ranking_figure
from genrelab.evaluation.result import RunResult
from genrelab.evaluation.routing import routing_figure
from genrelab.evaluation.statistics import N_RESAMPLES, Interval
from genrelab.evaluation.summary import RunSummary, summarise

FORMAT = 1
_DIGITS = 6


def versions() -> dict[str, str]:
    """Return what computed the numbers."""
    return {
        "genrelab": genrelab.__version__,
        "python": platform.python_version(),
        **{name: version(name) for name in ("numpy", "pandas", "scipy")},
    }


@dataclass(frozen=True)
class Report:
    """A report that was written: where the page lies, and the numbers in it."""

    page: Path
    runs: tuple[RunSummary, ...]
    comparisons: tuple[Comparison, ...]
    rankings: tuple[Ranking, ...]
    verdict: str


def headline(run: RunSummary) -> str:
    """Return the result of a run in one line."""
    accuracy, folds = run.scores.accuracy, run.accuracy_over_folds.test
    words = f"{run.name} on {run.dataset}: accuracy {wording.percent(accuracy.value)} %"
    units = wording.plural(accuracy.n_units, accuracy.unit)
    if accuracy.low is not None:
        words += f" (95 % interval {wording.percent_bounds(accuracy)} over {units})"
    if folds.deviation is not None:
        words += f", {wording.mean_deviation(folds)} over {folds.n} folds"
    return (
        f"{words}, macro F1 {wording.decimals(run.scores.macro_f1.value)}, "
        f"log loss {wording.decimals(run.scores.log_loss.value)}, calibration error "
        f"{wording.decimals(run.calibration.expected_calibration_error)}"
    )


def write_report(
    folder: str | Path,
    runs: Sequence[RunResult],
    *,
    n_resamples: int = N_RESAMPLES,
    seed: int = 0,
) -> Report:
    """Write ``report.html`` and ``report.json``.

    Parameters
    ----------
    folder
        Made if it is not there; older reports in it are replaced.
    runs
        One run is described; two or more are put side by side and compared on the test tracks
        they share. Their names must differ.
    n_resamples, seed
        Of the bootstrap and the permutation test; the same seed gives the same files.

    Raises
    ------
    PredictionsError
        If two runs have one name, or disagree about the true label of a track.
    """
    names = [run.name for run in runs]
    if not runs or len(set(names)) < len(names):
        raise PredictionsError("a report needs runs, each with a name of its own.")
    summaries = [summarise(run, n_resamples=n_resamples, seed=seed) for run in runs]
    comparisons = compare(list(runs), n_resamples=n_resamples, seed=seed)
    rankings = rank(runs)
    if len(runs) == 1:
        page = _run_page(runs[0], summaries[0])
    else:
        page = _comparison_page(summaries, comparisons, rankings)
    content = {
        "format": FORMAT,
        "versions": versions(),
        "resamples": n_resamples,
        "seed": seed,
        "runs": [
            {**asdict(s), "recipe": dict(r.recipe), "description": dict(r.description)}
            for r, s in zip(runs, summaries, strict=True)
        ],
        "comparisons": [asdict(c) for c in comparisons],
        "rankings": [asdict(r) for r in rankings],
        "verdict": verdict(comparisons),
    }
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    replace_json(folder / "report.json", as_json(content))
    replace_text(folder / "report.html", page)
    return Report(
        folder / "report.html",
        tuple(summaries),
        tuple(comparisons),
        tuple(rankings),
        verdict(comparisons),
    )


def replace_json(path: Path, content: Any) -> None:
    """Write a file for machines in one step."""
    replace_text(path, json.dumps(content, indent=1, ensure_ascii=False))


def replace_text(path: Path, text: str) -> None:
    """Write a file in one step: a reader sees the old one or the new one."""
    partial = path.with_name(path.name + ".partial")
    partial.write_text(text + "\n", encoding="utf-8")
    partial.replace(path)


def as_json(value: Any) -> Any:
    """Return ``value`` as JSON can hold it: six decimals, and ``None`` where undefined.

    Examples
    --------
    >>> as_json({"a": float("nan"), "b": (0.12345678, 1)})
    {'a': None, 'b': [0.123457, 1]}
    """
    if is_dataclass(value) and not isinstance(value, type):
        return as_json(asdict(value))
    if isinstance(value, dict):
        return {str(k): as_json(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [as_json(v) for v in value]
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        return round(float(value), _DIGITS) if math.isfinite(value) else None
    return value if value is None or isinstance(value, str) else str(value)


def environment() -> jinja2.Environment:
    """Return what pages are made with: their templates, and how numbers are written in them."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("genrelab.evaluation", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        percent=wording.percent,
        percent_bounds=wording.percent_bounds,
        decimals=wording.decimals,
        decimal_bounds=wording.decimal_bounds,
        mean_deviation=wording.mean_deviation,
        plural=wording.plural,
        signed_points=wording.signed_points,
        signed_bounds=wording.signed_bounds,
        bare_p=lambda p: wording.p_value(p).removeprefix("p = ").removeprefix("p "),
    )
    return environment


def _picture(figure: Figure | None, name: str, description: str) -> Markup | None:
    if figure is None:
        return None
    # Safe to hand to the page as it is: matplotlib escapes the text it draws.
    return Markup(plots.to_svg(figure, name=name, description=description))  # noqa: S704


def _run_page(run: RunResult, summary: RunSummary) -> str:
    folds, n_classes = summary.folds, summary.counts.classes
    learning = None if run.history is None else plots.learning_figure(run.history)
    pictures = {
        "confusion": _picture(
            plots.confusion_figure(summary.labels, np.asarray(summary.confusion)),
            "confusion",
            f"Confusion matrix of {n_classes} genres; the numbers are in report.json.",
        ),
        "folds": _picture(
            plots.folds_figure(folds, summary.accuracy_over_folds.test.mean),
            "folds",
            "Accuracy of each fold; the numbers are in the table beside it.",
        ),
        "learning": _picture(learning, "learning", "Loss and accuracy over epochs."),
        "reliability": _picture(
            plots.reliability_figure(summary), "reliability", "Accuracy against confidence."
        ),
    }
    routing = [
        (name, list(of_name), _routing_picture(summary, name))
        for name, of_name in groupby(summary.routing, key=lambda r: r.name)
    ]
    return _page(
        "run.html",
        title=f"{summary.name} on {summary.dataset}",
        summaries=[summary],
        run=summary,
        pictures=pictures,
        routing=routing,
        recipe=_readable(run.recipe),
        description=_readable(run.description),
    )


def _routing_picture(summary: RunSummary, name: str) -> Markup | None:
    tested = [r for r in summary.routing if r.name == name and r.part == "test"]
    return _picture(
        routing_figure(summary.labels, tested) if tested else None,
        f"routing-{name}",
        f"Share of each {name} in each genre's test inputs; the numbers are in report.json.",
    )


def _comparison_page(
    summaries: Sequence[RunSummary],
    comparisons: Sequence[Comparison],
    rankings: Sequence[Ranking],
) -> str:
    differences = [
        (f"{c.first} {wording.MINUS} {c.second}", c.paired.difference)
        for c in comparisons
        if c.paired is not None
    ]
    accuracies = [(s.name, s.scores.accuracy) for s in summaries]
    pictures = {
        "accuracy": _picture(
            plots.intervals_figure(accuracies), "accuracy", "Accuracy of each run with interval."
        ),
        "differences": _picture(
            plots.intervals_figure(differences, points=True) if differences else None,
            "differences",
            "Difference of accuracy of each pair with interval.",
        ),
    }
    same_labels = len({frozenset(s.labels) for s in summaries}) == 1
    f1 = [{g.label: g.f1 for g in s.genres} for s in summaries]
    return _page(
        "comparison.html",
        title=" and ".join(s.name for s in summaries) if len(summaries) == 2 else "Runs compared",
        summaries=summaries,
        runs=summaries,
        comparisons=comparisons,
        verdict=verdict(comparisons),
        rankings=[
            (r, _picture(ranking_figure(r), f"ranking-{n}", f"Mean ranks. {r.sentence}"))
            for n, r in enumerate(rankings)
        ],
        pictures=pictures,
        best=max(s.scores.accuracy.value for s in summaries),
        genres=[(label, [of[label] for of in f1]) for label in summaries[0].labels]
        if same_labels
        else [],
    )


def _page(template: str, *, title: str, summaries: Sequence[RunSummary], **values: Any) -> str:
    of_artists: list[Interval] = [
        s.scores.accuracy for s in summaries if s.scores.accuracy.unit == "artist"
    ]
    n_classes = max(s.counts.classes for s in summaries)
    page: str = (
        environment()
        .get_template(template)
        .render(
            title=title,
            unit="artist" if of_artists else "track",
            n_classes=n_classes,
            even_odds=f"{math.log(n_classes):.2f}",
            versions=versions(),
            **values,
        )
    )
    return page


def _readable(mapping: Any) -> str:
    return json.dumps(as_json(dict(mapping)), indent=2, ensure_ascii=False) if mapping else ""
