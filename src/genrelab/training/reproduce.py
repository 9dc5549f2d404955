"""A paper's table run: its recipes on the data at hand, and the page with paper and ours.

A run of a table is a run folder like any other, ``FOLDER/runs/RECIPE-DATASET``; rows that are the
same run share it. The honest counterpart lies beside it, ``RECIPE-DATASET-honest``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from genrelab.errors import GenrelabError, RecipeError, did_you_mean
from genrelab.evaluation.beside import MEASURES, Beside, Line, Measured, measure, write_beside
from genrelab.evaluation.result import RunResult
from genrelab.evaluation.statistics import N_RESAMPLES
from genrelab.training.extends import merge, read_values
from genrelab.training.outlook import Outlook, look_ahead
from genrelab.training.parallel import FoldJob, fold_jobs, run_folds
from genrelab.training.prepare import Listener, Loaded, prepare
from genrelab.training.recipe import Recipe, recipe_from
from genrelab.training.recipes import find_recipe, recipes_folder
from genrelab.training.results import finish_run
from genrelab.training.run import read_run_recipe, run_recipe
from genrelab.training.tables import Row, Table

#: Front ends that bands of a mel spectrogram, come as arrays, can stand for.
ARRAYS_STAND_FOR = ("log_mel", "mfcc")


@dataclass(frozen=True)
class Data:
    """What lies at hand of a table's data sets.

    Parameters
    ----------
    roots
        Data set to the folder that holds it.
    bases
        Data set to the values of a recipe whose data set stands in for it, such as
        ``base/gtzan-mel-crops``: its data set, front end and training are laid over those of a
        row's recipe, and its protocol over the table's honest one.
    """

    roots: Mapping[str, Path] = field(default_factory=dict)
    bases: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Planned:
    """One run of a table: the recipe, or why there is none."""

    name: str
    root: Path | None = None
    recipe: Recipe | None = None
    why_not: str = ""


@dataclass(frozen=True)
class PlannedRow:
    """A row with its run, and with the honest counterpart if it has one."""

    row: Row
    ours: Planned
    honest: Planned | None


def read_base(name: str) -> dict[str, Any]:
    """Return the values of a base, given by its file or by its name under ``recipes/base``."""
    path = Path(name)
    folder = recipes_folder()
    if not path.is_file() and folder is not None and not name.endswith(".toml"):
        path = folder / "base" / f"{name.removeprefix('base/')}.toml"
        if not path.is_file():
            known = [p.stem for p in path.parent.glob("*.toml")]
            raise RecipeError(f"there is no base {name!r}.{did_you_mean(name, known)}")
    return read_values(path)


def plan(
    table: Table, data: Data, *, overrides: Sequence[str] = (), honest: bool = True
) -> list[PlannedRow]:
    """Return what each row of a table is: a recipe on data that are there, or a reason.

    Parameters
    ----------
    table
        The table.
    data
        What lies at hand; a data set that the table does not have raises :class:`RecipeError`.
    overrides
        Of every recipe, as after ``--set``; those of the protocol leave the honest one alone.
    honest
        Whether to plan the honest counterparts.
    """
    for name in (*data.roots, *data.bases):
        if name not in table.datasets:
            raise RecipeError(
                f"{table.name} has no data set {name!r}.{did_you_mean(name, table.datasets)} "
                f"It has: {', '.join(table.datasets)}."
            )
    return [
        PlannedRow(
            row,
            _plan(row, data, overrides, None),
            _plan(row, data, overrides, table.honest[row.dataset])
            if honest and row.recipe and row.dataset in table.honest
            else None,
        )
        for row in table.rows
    ]


def _plan(
    row: Row, data: Data, overrides: Sequence[str], honest: Mapping[str, Any] | None
) -> Planned:
    if not row.recipe:
        return Planned("", why_not="quoted only")
    name = f"{row.recipe}-{row.dataset}" + ("-honest" if honest is not None else "")
    if row.dataset not in data.roots:
        return Planned(name, why_not=f"not run: no {row.dataset}")
    values = merge(read_values(find_recipe(row.recipe)), {"dataset": {"name": row.dataset}})
    base = data.bases.get(row.dataset)
    if base is not None:
        if why_not := _obstacle(values, base):
            return Planned(name, why_not=why_not)
        values = _lay(base, values)
        if honest is not None:
            honest = {"protocol": base["protocol"]} if "protocol" in base else honest
    if honest is not None:
        values = merge(values, honest)
        overrides = [o for o in overrides if not o.startswith("protocol")]
    recipe = recipe_from(values, [*row.set, *overrides])
    return Planned(name, data.roots[row.dataset], recipe)


def _lay(base: Mapping[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    """Lay a base's data set and training over a recipe's values."""
    laid = {k: v for k, v in base.items() if k in ("dataset", "front_end", "training")}
    training = dict(laid.get("training", {}))
    if {"crop", "crop_seconds"} & values.get("training", {}).keys():
        # What length a row cuts its inputs to is what the row is about.
        training = {k: v for k, v in training.items() if not k.startswith(("crop", "hop"))}
    if "front_end" not in base and _name(values.get("front_end")) != "mfcc":
        values = {k: v for k, v in values.items() if k != "front_end"}
    return merge(values, {**laid, "training": training})


def _obstacle(values: Mapping[str, Any], base: Mapping[str, Any]) -> str:
    """Say why the base's data cannot stand for what a recipe wants, or nothing."""
    wanted = _name(values.get("front_end"))
    if _name(base.get("dataset")) == "arrays" and wanted not in ("", *ARRAYS_STAND_FOR):
        return f"not run: arrays of mel bands are no {wanted}"
    return ""


def _name(table: Any) -> str:
    """Return the name in a table of a recipe that may be a name alone, or not be there."""
    return table if isinstance(table, str) else str((table or {}).get("name", ""))


def look_ahead_at(
    planned: Sequence[PlannedRow], *, cache: Path | None, workers: int, listener: Listener | None
) -> list[tuple[str, Outlook | str]]:
    """Make everything that the runs of a table need but train nothing: name and outlook of each.

    What cannot be run has a sentence in place of its outlook.
    """
    loaded: Loaded = {}
    found: list[tuple[str, Outlook | str]] = []
    for run in _runs(planned):
        if run.recipe is None:
            found.append((run.name, run.why_not))
            continue
        try:
            prepared = prepare(
                run.recipe, run.root, cache=cache, workers=workers, listener=listener, loaded=loaded
            )
            found.append((run.name, look_ahead(prepared)))
        except GenrelabError as error:
            found.append((run.name, f"cannot be run: {error}"))
    return found


def reproduce(
    table: Table,
    planned: Sequence[PlannedRow],
    out: Path,
    *,
    cache: Path | None = None,
    workers: int = 1,
    backend: str = "local",
    listener: Listener | None = None,
    ledger: Path | None = None,
    n_resamples: int = N_RESAMPLES,
) -> tuple[Beside, list[str]]:
    """Run what is planned and not yet run, and write the table; return it and what went wrong.

    Parameters
    ----------
    table, planned
        The table and what :func:`plan` made of it.
    out
        Holds ``runs/``, ``table.html``, ``table.md`` and ``table.json``; what was run there
        before is not run again.
    cache, listener
        As in :func:`~genrelab.training.prepare.prepare`.
    workers, backend
        As in :func:`~genrelab.training.parallel.run_folds`; features are computed on as many
        threads.
    ledger
        Where every finished run is entered.
    n_resamples
        Of the bootstrap behind the table's intervals.
    """
    loaded: Loaded = {}
    jobs: list[FoldJob] = []
    faults: dict[str, str] = {}
    for run in _runs(planned):
        if run.recipe is None:
            continue
        folder = out / "runs" / run.name
        try:
            prepared = prepare(
                run.recipe, run.root, cache=cache, workers=workers, listener=listener, loaded=loaded
            )
            run_recipe(prepared, folder, only=())
        except GenrelabError as error:
            faults[run.name] = str(error)
        else:
            jobs += fold_jobs(prepared, folder)
    for failure in run_folds(jobs, workers=workers, backend=backend, listener=listener):
        faults.setdefault(failure.out.name, f"fold {failure.fold}: {failure.message}")
    for folder in dict.fromkeys(job.out for job in jobs):
        if folder.name not in faults:
            finish_run(folder, ledger=ledger)
    beside = _beside(table, planned, out, faults, n_resamples)
    write_beside(out, beside)
    return beside, [f"{name}: {message}" for name, message in faults.items()]


def read_again(table: Table, out: Path, *, n_resamples: int = N_RESAMPLES) -> Beside:
    """Return the table from what was run before and kept, ``out/runs/``; nothing is run.

    Rows whose runs are not there are left out.
    """

    def kept(name: str) -> Planned | None:
        folder = out / "runs" / name
        if not (folder / "predictions.parquet").exists():
            return None
        return Planned(name, recipe=read_run_recipe(folder))

    planned = []
    for row in table.rows:
        name = f"{row.recipe}-{row.dataset}"
        if row.recipe and (ours := kept(name)) is not None:
            planned.append(PlannedRow(row, ours, kept(f"{name}-honest")))
    return _beside(table, planned, out, {}, n_resamples)


def _runs(planned: Sequence[PlannedRow]) -> list[Planned]:
    """Return every run once: rows of one table may be read from the same run."""
    each = [run for row in planned for run in (row.ours, row.honest) if run is not None]
    return list({run.name: run for run in each if run.name}.values())


def _beside(
    table: Table,
    planned: Sequence[PlannedRow],
    out: Path,
    faults: Mapping[str, str],
    n_resamples: int,
) -> Beside:
    read: dict[str, RunResult] = {}

    def measured(run: Planned | None, name: str, genre: str) -> tuple[Measured | None, str]:
        if run is None:
            return None, ""
        if run.recipe is None or run.name in faults:
            return None, run.why_not or "failed"
        folder = out / "runs" / run.name
        if run.name not in read:
            read[run.name] = RunResult.read(folder)
        curve = pd.read_csv(path) if (path := folder / "curve.csv").exists() else None
        found = measure(read[run.name], name, genre=genre, curve=curve, n_resamples=n_resamples)
        return found, "" if found else "has none"

    lines = []
    for row in planned:
        for name, paper in row.row.numbers.items():
            ours, why_not = measured(row.ours, name, row.row.genre)
            honest, why_not_honest = measured(row.honest, name, row.row.genre)
            words = MEASURES[name]
            label = row.row.label
            lines.append(Line(label, words, paper, ours, honest, why_not, why_not_honest))
    return Beside(
        name=table.name,
        title=table.title,
        source=table.source,
        protocol=table.protocol,
        statistic=table.statistic,
        best=table.best,
        notes=table.notes,
        lines=tuple(lines),
    )
