"""What must be said beside the numbers of a run: how its folds lie, and why to doubt them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genrelab.evaluation.predictions import Predictions
from genrelab.evaluation.result import RunResult, Units
from genrelab.evaluation.wording import plural


def protocol_in_words(run: RunResult, test: Predictions, over: Units) -> str:
    """Say how the folds lie: how often a track is tested, and whether artists are kept apart."""
    n_folds, tracks = len(test.folds), int(test.table["track_id"].nunique())
    times = test.table.groupby("track_id").size()
    if n_folds == 1:
        how = f"One split, {plural(tracks, 'test track')}"
    elif int(times.max()) == 1:
        how = f"{n_folds} folds; {plural(tracks, 'track')}, each tested once, in one fold"
    else:
        how = (
            f"{n_folds} folds that overlap; {plural(tracks, 'track')}, each tested "
            f"{times.mean():.1f} times on average"
        )
    if not run.grouped:
        return f"{how}. Artists are not kept apart: one artist may be in training and in test."
    if over.name == "artist":
        return f"{how}. No artist is both in training and in test ({plural(over.n, 'artist')})."
    return f"{how}. Artists are kept apart."


def notes(run: RunResult, test: Predictions, over: Units) -> list[str]:
    """Return what a reader must know before trusting the numbers."""
    found = []
    if run.looks is not None and run.looks.times > 1:
        found.append(
            f"This test part was looked at {run.looks.times} times, with "
            f"{plural(run.looks.settings, 'setting')}"
            + (
                ": the best of them by test accuracy is worth less than its figure."
                if run.looks.settings > 1
                else "."
            )
        )
    if int(test.table.groupby("track_id").size().max()) > 1:
        found.append(
            "Some tracks are tested in several folds. Every test counts in the accuracy; "
            "intervals draw a track with all its tests."
        )
    if run.grouped and over.name == "track":
        found.append(
            "The protocol keeps artists apart, but the table names none, so intervals are over "
            "tracks and probably too narrow."
        )
    absent = [g for g, n in zip(test.labels, _support(test), strict=True) if n == 0]
    if absent:
        found.append(f"No test track is {', '.join(absent)}; means over genres leave that out.")
    return found + _leaks(run)


def _support(test: Predictions) -> NDArray[np.int64]:
    return np.bincount(test.y_true, minlength=len(test.labels))


def _leaks(run: RunResult) -> list[str]:
    """Say which tracks or artists a fold tests after training on them."""
    table = run.predictions.table
    keys = [("track_id", "track")] + ([("group", "artist")] if run.grouped else [])
    found = []
    for column, noun in keys:
        both = 0
        for _, rows in table.groupby("fold"):
            parts = [
                set(rows.loc[rows["part"] == part, column].dropna()) - {""}
                for part in ("train", "test")
            ]
            both += len(parts[0] & parts[1])
        if both:
            found.append(
                f"Leak: {plural(both, noun)} tested in a fold that trained on the same {noun}; "
                "the accuracy is too high."
            )
    return found
