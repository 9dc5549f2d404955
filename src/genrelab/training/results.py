"""What a finished run leaves behind for people: its report, and its row in a ledger."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from genrelab import models
from genrelab.evaluation import ledger as ledgers
from genrelab.evaluation.predictions import Predictions
from genrelab.evaluation.report import headline, write_report
from genrelab.evaluation.result import RunResult
from genrelab.training.run import fold_folder, read_run


def finish_run(out: str | Path, *, ledger: str | Path | None = None) -> str | None:
    """Write the report of a run, enter it in a ledger if one is given, and return its headline.

    ``None`` for a run with folds still to do. A run without a test part (a model trained on
    everything) has nothing to report, and the sentence says so.
    """
    out = Path(out)
    about = read_run(out)
    if not (out / "predictions.parquet").exists():
        return None
    predictions = Predictions.read(out / "predictions.parquet")
    if not len(predictions.table[predictions.table["part"] == "test"]):
        trained = predictions.table["track_id"].nunique()
        return f"{about['name']}: trained on {trained} tracks, none was kept for a test."
    result = RunResult.read(out)
    written = write_report(out, [result])
    if ledger is not None:
        ledgers.append(ledger, _row(result, about, out))
    return headline(written.runs[0])


def _row(result: RunResult, about: Mapping[str, Any], out: Path) -> ledgers.Row:
    recipe = about["recipe"]
    folds = [
        json.loads((fold_folder(out, k) / "done.json").read_text(encoding="utf-8"))
        for k in range(about["n_folds"])
    ]
    front_end = recipe["front_end"] or models.entry(recipe["model"]["name"]).front_end
    return ledgers.row_from(
        result,
        model=in_words(recipe["model"]),
        front_end=in_words(front_end) + _excerpt_in_words(recipe.get("segmentation") or {}),
        seed=recipe["seed"],
        recipe_hash=about["recipe_fingerprint"],
        dataset_fingerprint=about["dataset_fingerprint"],
        folds_fingerprint=about["folds_fingerprint"],
        parameters=folds[0]["parameters"],
        training_seconds=sum(fold["seconds"] for fold in folds),
        machine=about["machine"],
    )


def in_words(named: Mapping[str, Any]) -> str:
    """Return a name with its options.

    Examples
    --------
    >>> in_words({"name": "kfold", "folds": 5, "group": "artist"})
    'kfold (folds=5, group=artist)'
    """
    options = ", ".join(f"{k}={v}" for k, v in named.items() if k != "name")
    return f"{named['name']} ({options})" if options else str(named["name"])


def _excerpt_in_words(segmentation: Mapping[str, Any]) -> str:
    """Return what a row says of the stretch that was seen: nothing where it was all."""
    if not segmentation:
        return ""
    name, seconds = segmentation["name"], segmentation["seconds"]
    stretch = f"{seconds:g} s, {name}" if seconds else f"{name} part"
    return f"; of each track: {stretch}"
