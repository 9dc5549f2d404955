"""The test parts of a run, each once: what the tests over folds look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from genrelab.evaluation.looks import part_fingerprint
from genrelab.evaluation.result import RunResult


@dataclass(frozen=True)
class PartTested:
    """One test part: its accuracy, its tracks, and those it was trained on (0 if not kept)."""

    accuracy: float
    test_tracks: int
    train_tracks: int


def parts_tested(run: RunResult) -> Mapping[str, PartTested]:
    """Return the different test parts by their fingerprints, in order of these.

    Folds with the same test part, which differ in their weights alone, are averaged.
    """
    by_part: dict[str, list[PartTested]] = {}
    train = run.predictions.of("train").table.groupby("fold").size()
    test = run.test
    right, folds = test.y_true == test.y_pred, np.asarray(test.table["fold"])
    ids = np.asarray(test.table["track_id"], dtype=object)
    for fold in test.folds:
        rows = folds == fold
        part = PartTested(float(right[rows].mean()), int(rows.sum()), int(train.get(fold, 0)))
        by_part.setdefault(part_fingerprint(ids[rows]), []).append(part)
    return {
        key: PartTested(
            float(np.mean([p.accuracy for p in parts])),
            parts[0].test_tracks,
            min(p.train_tracks for p in parts),
        )
        for key, parts in sorted(by_part.items())
    }
