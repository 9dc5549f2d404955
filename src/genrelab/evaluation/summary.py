"""The numbers of one run, each derived once: what reports, comparisons and the ledger show.

The dataclasses here are the schema of ``report.json`` (docs/report.md describes it).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from genrelab.evaluation import metrics
from genrelab.evaluation.looks import Looks
from genrelab.evaluation.notes import notes, protocol_in_words
from genrelab.evaluation.predictions import PARTS, Predictions
from genrelab.evaluation.result import RunResult, Units, units
from genrelab.evaluation.routing import Routing, routings
from genrelab.evaluation.statistics import (
    N_RESAMPLES,
    Bootstrap,
    Interval,
    OverFolds,
    clopper_pearson_if_constant,
    over_folds,
)

Floats = NDArray[np.float64]
N_MISTAKES = 20


@dataclass(frozen=True)
class Counts:
    """How much was tested.

    ``tests`` are rows (a track tested in two folds is two), ``artists`` the known ones.
    """

    tests: int
    tracks: int
    artists: int
    folds: int
    classes: int


@dataclass(frozen=True)
class Scores:
    """Measures over all test rows, each with its interval."""

    accuracy: Interval
    balanced_accuracy: Interval
    macro_f1: Interval
    log_loss: Interval
    brier: Interval


@dataclass(frozen=True)
class Calibration:
    """Gap between confidence and accuracy: equal-width bins, equal-mass bins, and the former."""

    expected_calibration_error: float
    equal_mass_error: float
    bins: tuple[metrics.ReliabilityBin, ...]


@dataclass(frozen=True)
class Genre:
    """One row of the table of genres; ``None`` where a share is undefined."""

    label: str
    tests: int
    predicted: int
    precision: float | None
    recall: float | None
    f1: float | None


@dataclass(frozen=True)
class FoldScores:
    """One fold: tracks and accuracy of each part (``None`` where the part was not kept)."""

    fold: int
    train_tracks: int
    valid_tracks: int
    test_tracks: int
    train_accuracy: float | None
    valid_accuracy: float | None
    test_accuracy: float
    test_macro_f1: float
    test_log_loss: float


@dataclass(frozen=True)
class PartsOverFolds:
    """Accuracy of each part over the folds; ``None`` where no fold kept the part."""

    train: OverFolds | None
    valid: OverFolds | None
    test: OverFolds


@dataclass(frozen=True)
class BestFold:
    """The fold with the highest test accuracy: shown beside the mean where a paper reports it."""

    fold: int
    test_accuracy: float
    of: int


@dataclass(frozen=True)
class Mistake:
    """A track that was named wrongly, and how surely."""

    track_id: str
    artist: str
    fold: int
    label: str
    predicted: str
    confidence: float
    probability_of_label: float


@dataclass(frozen=True)
class RunSummary:
    """Everything a report says in numbers about one run.

    ``chance`` is the accuracy of always naming the genre that has most test rows; ``notes`` are
    sentences on what a reader must know before trusting the numbers. ``protocol_measures`` and
    ``protocol_flatters`` are empty, and ``looks`` is ``None``, where the run does not say;
    ``best_fold`` is there only for a protocol whose paper reports it.
    """

    name: str
    dataset: str
    protocol: str
    protocol_in_words: str
    protocol_measures: str
    protocol_flatters: str
    grouped: bool
    labels: tuple[str, ...]
    counts: Counts
    chance: float
    scores: Scores
    macro_precision: float | None
    calibration: Calibration
    accuracy_over_folds: PartsOverFolds
    best_fold: BestFold | None
    genres: tuple[Genre, ...]
    folds: tuple[FoldScores, ...]
    confusion: tuple[tuple[int, ...], ...]
    mistakes: tuple[Mistake, ...]
    routing: tuple[Routing, ...]
    looks: Looks | None
    notes: tuple[str, ...]


def summarise(run: RunResult, *, n_resamples: int = N_RESAMPLES, seed: int = 0) -> RunSummary:
    """Compute the summary of a run; the same table gives the same summary on any machine."""
    # Rows in a fixed order, so that neither sums nor draws depend on how the table came about.
    ordered = run.predictions.table.sort_values(["fold", "part", "track_id"], kind="stable")
    run = replace(run, predictions=Predictions(ordered.reset_index(drop=True)))
    test = run.test
    groups = [g or "" for g in test.table["group"].fillna("")]
    over = units(list(test.table["track_id"]), groups, grouped=run.grouped)
    truth, answer, p = test.y_true, test.y_pred, test.probabilities
    n_classes = len(test.labels)
    genres = _genres(test)
    precisions = np.array([np.nan if g.precision is None else g.precision for g in genres])
    folds = tuple(_fold(run.predictions, fold) for fold in test.folds)
    return RunSummary(
        name=run.name,
        dataset=run.dataset,
        protocol=run.protocol,
        protocol_in_words=protocol_in_words(run, test, over),
        protocol_measures=run.protocol_measures,
        protocol_flatters=run.protocol_flatters,
        grouped=run.grouped,
        labels=test.labels,
        counts=Counts(
            tests=len(truth),
            tracks=int(test.table["track_id"].nunique()),
            artists=_n_artists(test),
            folds=len(folds),
            classes=n_classes,
        ),
        chance=float(np.bincount(truth, minlength=n_classes).max() / len(truth)),
        scores=_scores(truth, p, over, n_resamples, seed),
        macro_precision=_defined(float(metrics.mean_of_defined(precisions))),
        calibration=Calibration(
            metrics.expected_calibration_error(truth, p),
            metrics.expected_calibration_error(truth, p, equal_mass=True),
            tuple(metrics.reliability(truth, p)),
        ),
        accuracy_over_folds=PartsOverFolds(
            train=_over_folds([f.train_accuracy for f in folds]),
            valid=_over_folds([f.valid_accuracy for f in folds]),
            test=over_folds([f.test_accuracy for f in folds]),
        ),
        best_fold=_best_fold(folds) if run.shows_best_fold else None,
        genres=genres,
        folds=folds,
        confusion=tuple(
            tuple(int(n) for n in row) for row in metrics.confusion_matrix(truth, answer, n_classes)
        ),
        mistakes=_mistakes(test),
        routing=routings(run.diagnostics, test.labels),
        looks=run.looks,
        notes=tuple(notes(run, test, over)),
    )


def _scores(truth: NDArray[np.int64], p: Floats, over: Units, n: int, seed: int) -> Scores:
    """Give each measure its interval; all are functions of sums over rows, resampled once."""
    k = p.shape[1]
    classes = np.arange(k)
    answer = p.argmax(axis=1)
    true = (truth[:, None] == classes).astype(float)  # (rows, classes)
    predicted = (answer[:, None] == classes).astype(float)
    losses = metrics.log_losses(truth, p)
    squares = metrics.brier_scores(truth, p)
    rows = np.concatenate(
        [np.stack([np.ones(len(truth)), losses, squares], 1), true * predicted, true, predicted],
        axis=1,
    )
    bootstrap = Bootstrap(rows, over.of, unit=over.name, n_resamples=n, seed=seed)
    hits, trues, named = (slice(3 + i * k, 3 + (i + 1) * k) for i in range(3))
    return Scores(
        accuracy=clopper_pearson_if_constant(
            bootstrap.interval(lambda s: s[..., hits].sum(-1) / s[..., 0])
        ),
        balanced_accuracy=bootstrap.interval(
            lambda s: metrics.balanced_accuracy_of(s[..., hits], s[..., trues])
        ),
        macro_f1=bootstrap.interval(
            lambda s: metrics.macro_f1_of(s[..., hits], s[..., trues], s[..., named])
        ),
        log_loss=bootstrap.interval(lambda s: s[..., 1] / s[..., 0]),
        brier=bootstrap.interval(lambda s: s[..., 2] / s[..., 0]),
    )


def _defined(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _genres(test: Predictions) -> tuple[Genre, ...]:
    found = metrics.per_class(test.y_true, test.y_pred, len(test.labels))
    return tuple(
        Genre(
            label=label,
            tests=int(found.n_true[k]),
            predicted=int(found.n_predicted[k]),
            precision=_defined(found.precision[k]),
            recall=_defined(found.recall[k]),
            f1=_defined(found.f1[k]),
        )
        for k, label in enumerate(test.labels)
    )


def _over_folds(values: Sequence[float | None]) -> OverFolds | None:
    known = [v for v in values if v is not None]
    return over_folds(known) if known else None


def _fold(predictions: Predictions, fold: int) -> FoldScores:
    parts = {part: predictions.of(part, fold) for part in PARTS}
    accuracy = {
        part: metrics.accuracy(parts[part].y_true, parts[part].y_pred)
        if len(parts[part].table)
        else None
        for part in ("train", "valid")
    }
    test = parts["test"]
    return FoldScores(
        fold=fold,
        train_tracks=len(parts["train"].table),
        valid_tracks=len(parts["valid"].table),
        test_tracks=len(test.table),
        train_accuracy=accuracy["train"],
        valid_accuracy=accuracy["valid"],
        test_accuracy=metrics.accuracy(test.y_true, test.y_pred),
        test_macro_f1=metrics.macro_f1(test.y_true, test.y_pred, len(test.labels)),
        test_log_loss=metrics.log_loss(test.y_true, test.probabilities),
    )


def _best_fold(folds: Sequence[FoldScores]) -> BestFold:
    best = max(folds, key=lambda f: f.test_accuracy)  # the first of equal ones
    return BestFold(best.fold, best.test_accuracy, len(folds))


def _mistakes(test: Predictions) -> tuple[Mistake, ...]:
    truth, answer, p = test.y_true, test.y_pred, test.probabilities
    confidence = p.max(axis=1)
    # The table is sorted by fold and track, so equal confidence gives one order everywhere.
    order = [i for i in np.argsort(-confidence, kind="stable") if answer[i] != truth[i]]
    rows = test.table
    return tuple(
        Mistake(
            track_id=str(rows["track_id"].iloc[i]),
            artist=str(rows["group"].iloc[i] or ""),
            fold=int(rows["fold"].iloc[i]),
            label=test.labels[truth[i]],
            predicted=test.labels[answer[i]],
            confidence=float(confidence[i]),
            probability_of_label=float(p[i, truth[i]]),
        )
        for i in order[:N_MISTAKES]
    )


def _n_artists(test: Predictions) -> int:
    groups = test.table["group"].fillna("")
    return int(groups[groups != ""].nunique())
