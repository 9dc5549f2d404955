"""A run as evaluation sees it: predictions, history, and what the run says of itself."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from genrelab.errors import PredictionsError, RunError
from genrelab.evaluation import looks
from genrelab.evaluation.looks import Looks
from genrelab.evaluation.predictions import Predictions

HISTORY_COLUMNS = (
    "fold",
    "epoch",
    "train_loss",
    "train_accuracy",
    "valid_loss",
    "valid_accuracy",
    "learning_rate",
    "seconds",
)
DIAGNOSTICS_COLUMNS = ("fold", "part", "label", "name", "way", "inputs")
_OF_THE_PROTOCOL = ("protocol_measures", "protocol_flatters", "shows_best_fold")


@dataclass(frozen=True)
class Units:
    """What chance acts on: tracks or whole artists.

    Parameters
    ----------
    of
        Unit of each row of the test part, ``(rows,)``, counted from 0 in order of the name.
    n
        How many there are.
    name
        ``"track"`` or ``"artist"``.
    """

    of: NDArray[np.int64]
    n: int
    name: str


def units(track_ids: Sequence[str], groups: Sequence[str | None], *, grouped: bool) -> Units:
    """Return the unit of each row: its artist if ``grouped`` and any is known, else its track.

    A track without an artist is an artist of its own.

    Examples
    --------
    >>> units(["t1", "t2", "t3"], ["abba", "abba", ""], grouped=True)
    Units(of=array([0, 0, 1]), n=2, name='artist')
    """
    by_artist = grouped and any(groups)
    keys = [
        f"artist {group}" if by_artist and group else f"track {track}"
        for track, group in zip(track_ids, groups, strict=True)
    ]
    codes, found = pd.factorize(np.asarray(keys, dtype=object), sort=True)
    return Units(np.asarray(codes, np.int64), len(found), "artist" if by_artist else "track")


@dataclass(frozen=True)
class RunResult:
    """One run: everything a report is made of.

    Parameters
    ----------
    name
        As it stands in titles and tables.
    predictions
        Rows of the test part, and of training and validation where they were kept.
    history
        One row a (fold, epoch) with the columns of :data:`HISTORY_COLUMNS`; values may be missing
        (``nan``). ``None`` for models that are not trained in epochs.
    grouped
        Whether the protocol keeps artists apart: intervals and tests then go over artists.
    diagnostics
        How many inputs went which way, with the columns of
        :data:`DIAGNOSTICS_COLUMNS`; ``None`` for models with one way.
    protocol_measures, protocol_flatters
        What the protocol's accuracy is the accuracy of, and one sentence on how it can flatter;
        empty where the run does not say.
    shows_best_fold
        Whether the protocol's paper reports the best fold: a report then shows it beside the mean.
    looks
        How often the test parts have been looked at; ``None`` where nothing is known of it.
    recipe
        The resolved recipe, for the reader; any JSON.
    description
        Anything else worth telling: parameters, machine, fingerprints; any JSON.
    """

    name: str
    predictions: Predictions
    history: pd.DataFrame | None = None
    diagnostics: pd.DataFrame | None = None
    grouped: bool = False
    protocol_measures: str = ""
    protocol_flatters: str = ""
    shows_best_fold: bool = False
    looks: Looks | None = None
    recipe: Mapping[str, Any] = field(default_factory=dict)
    description: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not (self.predictions.table["part"] == "test").any():
            raise PredictionsError(f"{self.name}: no track was tested, so there is no result.")
        for column in ("dataset", "protocol"):
            if self.predictions.table[column].nunique() != 1:
                raise PredictionsError(f"{self.name}: the predictions mix several {column}s.")
        if self.history is not None:
            missing = [c for c in HISTORY_COLUMNS if c not in self.history.columns]
            if missing:
                raise RunError(f"{self.name}: the history has no column {missing[0]!r}.")
        if self.diagnostics is not None:
            missing = [c for c in DIAGNOSTICS_COLUMNS if c not in self.diagnostics.columns]
            if missing:
                raise RunError(f"{self.name}: the diagnostics have no column {missing[0]!r}.")

    @property
    def dataset(self) -> str:
        """The data set's name."""
        return str(self.predictions.table["dataset"].iloc[0])

    @property
    def protocol(self) -> str:
        """The protocol's name."""
        return str(self.predictions.table["protocol"].iloc[0])

    @property
    def test(self) -> Predictions:
        """The rows that results come from."""
        return self.predictions.of("test")

    @classmethod
    def read(cls, folder: str | Path) -> RunResult:
        """Read a run folder: ``predictions.parquet``, ``run.json``, and tables that may be there.

        These are ``history.csv`` and ``diagnostics.csv``, and beside the folder ``looks.csv``.

        ``run.json`` holds ``name``, ``grouped``, ``recipe`` and what the protocol measures;
        whatever else it holds becomes the description.

        Raises
        ------
        RunError
            If the folder is missing or unfinished.
        """
        folder = Path(folder)
        if not folder.is_dir():
            raise RunError(f"{folder}: no such run folder.")
        about = _read_about(folder / "run.json")
        if not (folder / "predictions.parquet").is_file():
            raise RunError(
                f"{folder}: the run has no predictions yet; finish it with genrelab run."
            )
        known = ("name", "grouped", "recipe", *_OF_THE_PROTOCOL)
        name = str(about.get("name") or folder.resolve().name)
        return cls(
            name=name,
            predictions=Predictions.read(folder / "predictions.parquet"),
            history=_read_table(folder / "history.csv"),
            diagnostics=_read_table(folder / "diagnostics.csv"),
            grouped=bool(about.get("grouped", False)),
            protocol_measures=str(about.get("protocol_measures", "")),
            protocol_flatters=str(about.get("protocol_flatters", "")),
            shows_best_fold=bool(about.get("shows_best_fold", False)),
            looks=looks.count(
                looks.read(folder.resolve().parent / looks.FILE),
                run=name,
                setting=str(about.get("recipe_fingerprint", "")),
            ),
            recipe=about.get("recipe") or {},
            description={k: v for k, v in about.items() if k not in known},
        )


def read_runs(folders: Sequence[str | Path]) -> list[RunResult]:
    """Read run folders; runs of one name are told apart by their folders."""
    runs = [RunResult.read(folder) for folder in folders]
    times = Counter(run.name for run in runs)
    return [
        run if times[run.name] == 1 else replace(run, name=f"{run.name} ({folder})")
        for run, folder in zip(runs, folders, strict=True)
    ]


def _read_about(path: Path) -> dict[str, Any]:
    try:
        about = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RunError(f"{path.parent}: no run folder, since it has no run.json.") from None
    except ValueError as error:
        raise RunError(f"{path}: not JSON ({error}).") from None
    if not isinstance(about, dict):
        raise RunError(f"{path}: it must hold one JSON object.")
    return about


def _read_table(path: Path) -> pd.DataFrame | None:
    if not path.is_file():
        return None
    try:
        table = pd.read_csv(path)
    except pd.errors.EmptyDataError:  # as models that are not trained in epochs leave a history
        return None
    except ValueError as error:
        raise RunError(f"{path}: not a table ({error}).") from None
    return table if len(table) else None
