"""The predictions table: the one thing that every number and picture of a report comes from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from genrelab.errors import PredictionsError

KEYS = ("dataset", "protocol", "fold", "part", "track_id", "group", "label")
PARTS = ("train", "valid", "test")
PREFIX = "p:"


@dataclass(frozen=True)
class Predictions:
    """Probabilities for tracks, one row a (fold, part, track).

    The table has the columns ``dataset, protocol, fold, part, track_id, group, label`` and, in
    label order, one column ``p:<label>`` a class. ``group`` is empty where unknown.
    """

    table: pd.DataFrame

    def __post_init__(self) -> None:
        missing = [c for c in KEYS if c not in self.table.columns]
        if missing:
            raise PredictionsError(f"the predictions table has no column {missing[0]!r}.")
        if not self.labels:
            raise PredictionsError("the predictions table has no probability column 'p:<label>'.")
        unknown = set(self.table["label"]) - set(self.labels)
        if unknown:
            odd_label = min(str(label) for label in unknown)
            raise PredictionsError(f"no probability column for the label {odd_label!r}.")
        odd = set(self.table["part"]) - set(PARTS)
        if odd:
            raise PredictionsError(f"unknown part {min(odd)!r}; parts are {', '.join(PARTS)}.")
        if self.table.duplicated(["fold", "part", "track_id"]).any():
            raise PredictionsError("a track is predicted twice in one part of one fold.")
        if (self.table.groupby("track_id")["label"].nunique() > 1).any():
            raise PredictionsError("a track has two different true labels.")
        p = self.probabilities
        if not np.isfinite(p).all() or (p < 0).any() or not np.allclose(p.sum(1), 1, atol=1e-3):
            raise PredictionsError("the probabilities of some track are not a distribution.")

    @classmethod
    def from_arrays(
        cls,
        *,
        dataset: str,
        protocol: str,
        fold: int,
        part: str,
        track_ids: Sequence[str],
        true_labels: Sequence[str],
        groups: Sequence[str | None],
        labels: Sequence[str],
        probabilities: NDArray[np.floating],
    ) -> Predictions:
        """Make the rows of one part of one fold; ``probabilities`` is ``(tracks, classes)``."""
        table = pd.DataFrame(
            {
                "dataset": dataset,
                "protocol": protocol,
                "fold": fold,
                "part": part,
                "track_id": list(track_ids),
                "group": [g or "" for g in groups],
                "label": list(true_labels),
            }
        )
        for k, label in enumerate(labels):
            table[PREFIX + label] = np.asarray(probabilities[:, k], dtype=np.float64)
        return cls(table)

    @classmethod
    def concat(cls, several: Sequence[Predictions]) -> Predictions:
        """Join the rows of several tables with the same labels."""
        if len({p.labels for p in several}) != 1:
            raise PredictionsError("the tables to join have different labels.")
        return cls(pd.concat([p.table for p in several], ignore_index=True))

    @classmethod
    def read(cls, path: str | Path) -> Predictions:
        """Read a Parquet file."""
        try:
            return cls(pd.read_parquet(path))
        except FileNotFoundError:
            raise PredictionsError(f"{path}: no such predictions table.") from None
        except (OSError, ValueError) as error:
            raise PredictionsError(f"{path}: not a Parquet table ({error}).") from None

    def write(self, path: str | Path) -> None:
        """Write a Parquet file, in one step: a reader never sees half a table."""
        path = Path(path)
        partial = path.with_name(path.name + ".partial")
        self.table.to_parquet(partial, index=False)
        partial.replace(path)

    def of(self, part: str, fold: int | None = None) -> Predictions:
        """Return the rows of one part, and of one fold if given."""
        rows = self.table["part"] == part
        if fold is not None:
            rows &= self.table["fold"] == fold
        return Predictions(self.table[rows].reset_index(drop=True))

    @property
    def labels(self) -> tuple[str, ...]:
        """The genres in class order."""
        return tuple(c[len(PREFIX) :] for c in self.table.columns if c.startswith(PREFIX))

    @property
    def folds(self) -> list[int]:
        """The fold numbers present, sorted."""
        return sorted(int(f) for f in self.table["fold"].unique())

    @property
    def probabilities(self) -> NDArray[np.float64]:
        """``(rows, classes)``."""
        columns = [PREFIX + label for label in self.labels]
        return np.asarray(self.table[columns], dtype=np.float64)

    @property
    def y_true(self) -> NDArray[np.int64]:
        """Class index of the true label of each row."""
        index = {label: k for k, label in enumerate(self.labels)}
        return np.asarray(self.table["label"].map(index), dtype=np.int64)

    @property
    def y_pred(self) -> NDArray[np.int64]:
        """Class index of the most probable label of each row."""
        return np.asarray(self.probabilities.argmax(axis=1), dtype=np.int64)
