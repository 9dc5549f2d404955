"""The papers' tables and figures as data: ``recipes/tables/liu2021-table3.toml`` and so on.

A table says where it stands, what its numbers are, and row by row the paper's numbers with the
recipe that gives ours. A row without a recipe stands for what the paper only quotes, or what
genrelab does not make.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from genrelab.errors import RecipeError, did_you_mean
from genrelab.evaluation.beside import MEASURES
from genrelab.training.extends import NAMED, read_values
from genrelab.training.recipes import find_recipe, recipes_folder


@dataclass(frozen=True)
class Row:
    """One row of a table.

    Parameters
    ----------
    label
        As the paper has it.
    dataset
        The data set's name.
    numbers
        The paper's, in per cent, by measure (:data:`genrelab.evaluation.beside.MEASURES`);
        ``None`` where the paper shows a curve and says no number.
    recipe
        Name of the recipe; empty where there is none.
    genre
        The class that precision, recall and F-score are of; empty for the mean over all.
    set
        Overrides of the recipe, as after ``--set``.
    """

    label: str
    dataset: str
    numbers: Mapping[str, float | None]
    recipe: str = ""
    genre: str = ""
    set: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """A table or figure of a paper.

    Parameters
    ----------
    name, title, source
        What it is called here, what it shows, and where it stands.
    protocol, statistic
        How the paper tested, and what its numbers are.
    rows
        In the paper's order.
    best
        Whether the paper reports the best fold; ours is then shown beside the mean.
    honest
        By data set, what is laid over a row's recipe for the same model under a protocol that
        keeps artists apart. Empty where the paper's own does.
    notes
        Sentences for the reader.
    also
        Names of figures and tables that the same runs show.
    """

    name: str
    title: str
    source: str
    protocol: str
    statistic: str
    rows: tuple[Row, ...]
    best: bool = False
    honest: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    also: tuple[str, ...] = ()

    @property
    def datasets(self) -> tuple[str, ...]:
        """The data sets that its recipes need, in order of the rows."""
        return tuple(dict.fromkeys(row.dataset for row in self.rows if row.recipe))


def table_files() -> list[Path]:
    """Return the files of all tables that come with genrelab, sorted by name."""
    folder = recipes_folder()
    return sorted((folder / "tables").glob("*.toml")) if folder else []


def find_table(name: str) -> Table:
    """Return a table by its name, that of a figure of the same runs, or the path of its file.

    Raises
    ------
    RecipeError
        There is none; suggests near ones.

    Examples
    --------
    >>> find_table("liu2021-table3").rows[-1].numbers
    {'test': 93.9}
    >>> find_table("liu2021-figure4").name
    'liu2021-table3'
    """
    if name.endswith(".toml"):
        return read_table(Path(name))
    tables = [read_table(path) for path in table_files()]
    known = {called: table for table in tables for called in (*table.also, table.name)}
    if name not in known:
        raise RecipeError(
            f"there is no table {name!r}.{did_you_mean(name, list(known))} "
            "`genrelab reproduce` lists them."
        )
    return known[name]


def read_table(path: Path) -> Table:
    """Read the file of a table; an unknown key, measure or recipe raises :class:`RecipeError`."""
    values = read_values(path)
    for key in NAMED:  # which reading over a base made tables of
        if isinstance(values.get(key), dict):
            values[key] = values[key]["name"]
    shared = values.pop("dataset", None)
    rows = values.pop("rows", None)
    known = [f.name for f in fields(Table) if f.name not in ("name", "rows")]
    for key in values:
        if key not in known:
            raise RecipeError(f"{path}: unknown key {key!r}.{did_you_mean(key, known)}")
    missing = [k for k in ("title", "source", "protocol", "statistic") if k not in values]
    if missing or not rows:
        raise RecipeError(f"{path}: a table needs {missing[0] if missing else 'rows'}.")
    for key in ("notes", "also"):
        values[key] = tuple(values.get(key, ()))
    read = tuple(_read_row(path, row, shared) for row in rows)
    return Table(name=path.stem, rows=read, **values)


def _read_row(path: Path, values: Mapping[str, Any], shared: str | None) -> Row:
    label, dataset = values.get("label"), values.get("dataset", shared)
    if not label or not dataset:
        raise RecipeError(f"{path}: every row needs a label and a data set.")
    own = [f.name for f in fields(Row) if f.name != "numbers"]
    for key in values:
        if key not in own and key not in MEASURES:
            raise RecipeError(
                f"{path}, {label}: unknown key {key!r}.{did_you_mean(key, [*own, *MEASURES])}"
            )
    numbers = {m: _number(values[m]) for m in MEASURES if m in values}
    if not numbers:
        raise RecipeError(f"{path}, {label}: a row needs a measure: {', '.join(MEASURES)}.")
    recipe = values.get("recipe", "")
    if recipe:
        find_recipe(recipe)
    return Row(
        label, dataset, numbers, recipe, values.get("genre", ""), tuple(values.get("set", ()))
    )


def _number(value: float) -> float | None:
    """TOML has no word for nothing; not a number stands for it."""
    return None if math.isnan(value) else float(value)
