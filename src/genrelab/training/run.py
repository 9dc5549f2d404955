"""Running a recipe over all its folds, in a folder that a stopped run goes on from.

A run folder holds::

    recipe.toml           the resolved recipe
    run.json              data set, protocol, fingerprints, versions
    folds.json            the track ids of every part of every fold
    folds/00/             history.csv, predictions.parquet, bundle.onnx, done.json; checkpoints
    predictions.parquet   all folds
    history.csv           all folds
    diagnostics.csv       all folds; of models that send inputs different ways
    curve.csv             all folds, if ``training.curve`` asks for it; the folds have one too
    bundle.onnx           the fold with the best validation accuracy, or the only one
    report.html, .json

A fold is finished when its ``done.json`` is there; that file is written last.
"""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

import genrelab
from genrelab import protocols
from genrelab.errors import RunError
from genrelab.evaluation import looks
from genrelab.evaluation.predictions import Predictions
from genrelab.models.cost import count_parameters
from genrelab.models.pretrained import weights_sha256
from genrelab.protocols import Fold
from genrelab.runtime.bundle import BundleInfo
from genrelab.training.diagnostics import diagnostics
from genrelab.training.estimator import Estimator, NetworkEstimator, make_estimator
from genrelab.training.examples import Examples
from genrelab.training.prepare import Listener, Prepared
from genrelab.training.recipe import Recipe, read_recipe, write_recipe

#: Accuracy against epochs; the seconds are that epoch's own.
CURVE_COLUMNS = ["fold", "epoch", "train_accuracy", "valid_accuracy", "test_accuracy", "seconds"]


def run_recipe(
    prepared: Prepared,
    out: str | Path,
    *,
    only: Sequence[int] | None = None,
    listener: Listener | None = None,
) -> Path:
    """Train and evaluate on every fold; finished folds are not repeated.

    Parameters
    ----------
    prepared
        From :func:`prepare`.
    out
        The run folder; a folder of another recipe raises :class:`RunError`.
    only
        Indices of the folds to run now, so that several processes or machines can share a run;
        whichever finishes the last one writes the tables. With none of them, the folder is opened
        and, if all folds are done, its tables are written.
    listener
        Told of each epoch and fold, see :func:`prepare`.
    """
    out = Path(out)
    tell = listener or (lambda event: None)
    _open_folder(prepared, out)
    for fold in prepared.folds:
        if only is not None and fold.index not in only:
            continue
        run_fold(prepared, out, fold.index, listener=tell)
    if all((fold_folder(out, f.index) / "done.json").exists() for f in prepared.folds):
        _gather(prepared, out)
    return out


def run_fold(
    prepared: Prepared, out: str | Path, index: int, *, listener: Listener | None = None
) -> dict[str, Any]:
    """Train and evaluate on one fold of an open run, unless that is done; return its ``done.json``.

    What one worker of several does: it writes below the fold's own folder, and notes its look at
    the test part. :func:`run_recipe` opens the run before, and gathers the folds afterwards.
    """
    tell = listener or (lambda event: None)
    folder = fold_folder(Path(out), index)
    if not (folder / "done.json").exists():
        (fold,) = (f for f in prepared.folds if f.index == index)
        _run_fold(prepared, fold, folder, tell)
    done: dict[str, Any] = json.loads((folder / "done.json").read_text(encoding="utf-8"))
    tell({"event": "fold", **done})
    return done


def fold_folder(out: Path, index: int) -> Path:
    """Return the folder of one fold of a run."""
    return out / "folds" / f"{index:02d}"


def read_run(out: str | Path) -> dict[str, Any]:
    """Return what ``run.json`` says; a folder without one raises :class:`RunError`."""
    path = Path(out) / "run.json"
    try:
        described: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RunError(f"{out} is no run folder: it has no run.json.") from None
    except json.JSONDecodeError as error:
        raise RunError(f"{path} is damaged ({error}).") from error
    return described


def _open_folder(prepared: Prepared, out: Path) -> None:
    recipe = prepared.recipe
    protocol = protocols.about(str(recipe.protocol["name"]))
    measures, flatters = protocol.in_words(recipe.protocol)
    described = {
        "name": out.resolve().name,
        "title": recipe.title,
        "source": recipe.source,
        "dataset": prepared.dataset.name,
        "dataset_fingerprint": prepared.dataset.fingerprint,
        "labels": list(prepared.dataset.labels),
        "protocol": prepared.protocol,
        "protocol_measures": measures,
        "protocol_flatters": flatters,
        "shows_best_fold": protocol.best_fold,
        "folds_fingerprint": protocols.fingerprint(prepared.folds),
        "n_folds": len(prepared.folds),
        "grouped": prepared.grouped,
        "unreadable": sorted(t.id for t in prepared.dataset.tracks if t.id not in prepared.store),
        "recipe": recipe.to_dict(),
        "recipe_fingerprint": recipe.fingerprint,
        # The recipe names the file that a network starts from; its content decides.
        "weights_sha256": weights_sha256(recipe.model),
        "genrelab_version": genrelab.__version__,
        "machine": f"{os.cpu_count()} CPU cores, {platform.machine()}",
    }
    if (out / "run.json").exists():
        before = read_run(out)
        for key in ("recipe_fingerprint", "dataset_fingerprint", "folds_fingerprint"):
            if before[key] != described[key]:
                raise RunError(
                    f"{out} holds a run of another {key.partition('_')[0]}; "
                    "choose another folder with --out."
                )
        if before.get("weights_sha256") != described["weights_sha256"]:
            raise RunError(
                f"{out} holds a run that started from other weights; "
                "choose another folder with --out."
            )
        return
    if out.exists() and any(out.iterdir()):
        raise RunError(f"{out} is not empty and no run folder; choose another with --out.")
    out.mkdir(parents=True, exist_ok=True)
    write_recipe(recipe, out / "recipe.toml")
    _write_json(out / "folds.json", [asdict(f) for f in prepared.folds])
    _write_json(out / "run.json", described)


def _run_fold(prepared: Prepared, fold: Fold, folder: Path, tell: Listener) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    recipe, labels = prepared.recipe, prepared.dataset.labels
    estimator = make_estimator(
        recipe.model,
        n_classes=len(labels),
        n_bins=prepared.front_end.n_bins,
        training=recipe.training,
        # Each fold draws its own weights, and the same ones whichever fold is run first.
        seed=recipe.seed * 1000 + fold.index,
    )
    parts = {p: prepared.examples(getattr(fold, p)) for p in ("train", "valid", "test")}
    if recipe.training.curve:  # predicts the test part after so many epochs
        _note_look(prepared, fold, folder)
    began = time.perf_counter()
    history = estimator.fit(
        parts["train"],
        parts["valid"] if len(parts["valid"]) else None,
        folder=folder,
        listener=lambda row: tell(
            {"event": "epoch", "fold": fold.index, "epochs": recipe.training.epochs, **row}
        ),
        test=parts["test"],
    )
    fitting = time.perf_counter() - began
    tested = {part: examples for part, examples in parts.items() if len(examples)}
    _note_look(prepared, fold, folder)
    tables = {
        part: _predict(prepared, fold, part, examples, estimator)
        for part, examples in tested.items()
    }
    Predictions.concat(list(tables.values())).write(folder / "predictions.parquet")
    ways = diagnostics(estimator, fold.index, tested, labels)
    if ways is not None:
        ways.to_csv(folder / "diagnostics.csv", index=False)
    rows = pd.DataFrame([{"fold": fold.index, **row} for row in history])
    if "test_accuracy" in rows:
        curve = rows.dropna(subset="test_accuracy")
        curve.to_csv(folder / "curve.csv", columns=CURVE_COLUMNS, index=False)
        rows = rows.drop(columns="test_accuracy")  # the history is of what learning saw
    rows.to_csv(folder / "history.csv", index=False)
    accuracy = {
        f"{part}_accuracy": float((table.y_pred == table.y_true).mean())
        for part, table in tables.items()
    }
    estimator.export(_describe(prepared, fold, accuracy), folder / "bundle.onnx")
    done = {
        "fold": fold.index,
        **accuracy,
        "temperature": estimator.temperature,
        "epochs": len(history),
        # Of all epochs, also those before the run was stopped; classical models have none.
        "seconds": sum(row["seconds"] for row in history) or fitting,
        "parameters": _parameters(estimator),
    }
    _write_json(folder / "done.json", done)


def _note_look(prepared: Prepared, fold: Fold, folder: Path) -> None:
    """Note beside the run folder that this setting sees the fold's test part."""
    out = folder.parents[1].resolve()
    look = looks.Look(
        dataset=prepared.dataset.fingerprint,
        test_part=looks.part_fingerprint(fold.test),
        setting=prepared.recipe.fingerprint,
        run=out.name,
        fold=fold.index,
    )
    if fold.test:
        looks.note(out.parent / looks.FILE, look)


def _predict(
    prepared: Prepared, fold: Fold, part: str, examples: Examples, estimator: Estimator
) -> Predictions:
    tracks = prepared.dataset.by_id()
    return Predictions.from_arrays(
        dataset=prepared.dataset.name,
        protocol=prepared.protocol,
        fold=fold.index,
        part=part,
        track_ids=examples.ids,
        true_labels=[tracks[i].label for i in examples.ids],
        groups=[tracks[i].group for i in examples.ids],
        labels=prepared.dataset.labels,
        probabilities=estimator.predict_proba(examples),
    )


def _parameters(estimator: Estimator) -> int | None:
    if isinstance(estimator, NetworkEstimator):
        return count_parameters(estimator.network).weights
    return None


def _describe(prepared: Prepared, fold: Fold, accuracy: dict[str, float]) -> BundleInfo:
    recipe = prepared.recipe
    excerpt = recipe.excerpt()
    return BundleInfo(
        model=dict(recipe.model),
        labels=prepared.dataset.labels,
        front_end=prepared.front_end.to_dict(),
        segmentation={} if excerpt is None else excerpt.to_dict(),
        training={
            "dataset": prepared.dataset.name,
            "dataset_fingerprint": prepared.dataset.fingerprint,
            "tracks": len(fold.train),
            "protocol": dict(recipe.protocol),
            "folds_fingerprint": protocols.fingerprint(prepared.folds),
            "fold": fold.index,
            "recipe_fingerprint": recipe.fingerprint,
            "seed": recipe.seed,
        },
        results=tuple(
            {"metric": name, "value": value, "fold": fold.index}
            for name, value in accuracy.items()
            if name != "train_accuracy"
        ),
        genrelab_version=genrelab.__version__,
    )


def _gather(prepared: Prepared, out: Path) -> None:
    """Write the tables of the whole run, and choose the bundle by validation, never by test."""
    folders = [fold_folder(out, f.index) for f in prepared.folds]
    Predictions.concat([Predictions.read(f / "predictions.parquet") for f in folders]).write(
        out / "predictions.parquet"
    )
    histories = [_read_csv(f / "history.csv") for f in folders]
    pd.concat(histories, ignore_index=True).to_csv(out / "history.csv", index=False)
    ways = [pd.read_csv(p) for f in folders if (p := f / "diagnostics.csv").exists()]
    if ways:
        pd.concat(ways, ignore_index=True).to_csv(out / "diagnostics.csv", index=False)
    curves = [pd.read_csv(f / "curve.csv") for f in folders if (f / "curve.csv").exists()]
    if curves:
        pd.concat(curves, ignore_index=True).to_csv(out / "curve.csv", index=False)
    done = [json.loads((f / "done.json").read_text(encoding="utf-8")) for f in folders]
    chosen = max(range(len(done)), key=lambda k: done[k].get("valid_accuracy", 0.0))
    _replace(out / "bundle.onnx", (folders[chosen] / "bundle.onnx").read_bytes())


def _read_csv(path: Path) -> pd.DataFrame:
    try:
        return pd.read_csv(path)
    except pd.errors.EmptyDataError:  # classical models have no history
        return pd.DataFrame()


def read_run_recipe(out: str | Path) -> Recipe:
    """Return the resolved recipe of a run folder."""
    return read_recipe(Path(out) / "recipe.toml")


def _write_json(path: Path, value: Any) -> None:
    _replace(path, json.dumps(value, indent=1, ensure_ascii=False).encode())


def _replace(path: Path, data: bytes) -> None:
    """Write a file in one step, so that a kill leaves the old one or the new one."""
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    partial.write_bytes(data)
    partial.replace(path)
