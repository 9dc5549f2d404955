"""``genrelab reproduce``: a paper's table, its numbers beside ours."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(reproduce)


def reproduce(
    table: Annotated[
        str, typer.Argument(help="A table or figure, or a TOML file; without it, all are listed.")
    ] = "",
    data: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=ROOT", help="Where a data set lies, as gtzan=/music/gtzan."),
    ] = None,
    base: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=BASE",
            help="What lies there instead of the data set: a recipe, or one of recipes/base, whose "
            "data set and training are taken, as gtzan=gtzan-mel-crops. Its protocol becomes the "
            "honest one.",
        ),
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Override, as training.epochs=20."),
    ] = None,
    rows: Annotated[
        list[str] | None, typer.Option(help="Only rows whose label contains this; repeatable.")
    ] = None,
    honest: Annotated[
        bool, typer.Option(help="Run the models under a protocol that keeps artists apart, too.")
    ] = True,
    out: Annotated[
        Path | None, typer.Option(help="Folder of runs and page; reproduced/TABLE by default.")
    ] = None,
    cache: Annotated[Path | None, typer.Option(help="Folder of the feature cache.")] = None,
    workers: Annotated[
        int, typer.Option(help="Folds side by side, each on one thread; the numbers are the same.")
    ] = 1,
    backend: Annotated[
        str,
        typer.Option(
            help="Where folds run: local, or ray for the Ray cluster of RAY_ADDRESS, whose "
            "machines must see the data, the cache and the folder."
        ),
    ] = "local",
    ledger: Annotated[
        Path | None, typer.Option(help="A ledger (CSV) that finished runs are entered in.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Train nothing: say what would be run, and how long.")
    ] = False,
) -> None:
    """Run a paper's table, and write the paper's numbers beside ours; what was run is kept."""
    from dataclasses import replace

    from genrelab.cli.progress import RunProgress
    from genrelab.errors import RecipeError, RunError
    from genrelab.evaluation.beside import to_text
    from genrelab.training import reproduce as training
    from genrelab.training.tables import find_table

    if not table:
        _list()
        return
    if workers < 1:
        raise RunError(f"--workers must be at least 1, not {workers}.")
    chosen = find_table(table)
    given = training.Data(
        roots={name: Path(root) for name, root in _pairs("--data", data).items()},
        bases={name: training.read_base(b) for name, b in _pairs("--base", base).items()},
    )
    planned = training.plan(chosen, given, overrides=set_ or [], honest=honest)
    if rows:
        kept = tuple(row for row in chosen.rows if any(part in row.label for part in rows))
        if not kept:
            raise RecipeError(f"no label of {chosen.name} has {' or '.join(rows)}.")
        chosen = replace(chosen, rows=kept)
        planned = [p for p in planned if p.row in kept]
    out = out or Path("reproduced") / chosen.name
    with RunProgress() as progress:
        if dry_run:
            found = training.look_ahead_at(planned, cache=cache, workers=workers, listener=progress)
            faults = [f"{name}: {x}" for name, x in found if str(x).startswith("cannot be run")]
        else:
            beside, faults = training.reproduce(
                chosen,
                planned,
                out,
                cache=cache,
                workers=workers,
                backend=backend,
                listener=progress,
                ledger=ledger,
            )
    if dry_run:
        for name, outlook in found:
            print(f"{name}: {outlook}")
    else:
        print(to_text(beside))
        for fault in faults:
            typer.echo(fault, err=True)
        typer.echo(f"page: {out / 'table.html'}", err=True)
    if faults or progress.problems:
        raise typer.Exit(1)


def _pairs(option: str, given: list[str] | None) -> dict[str, str]:
    from genrelab.errors import RecipeError

    pairs = {}
    for text in given or []:
        name, equals, value = text.partition("=")
        if not equals or not name or not value:
            raise RecipeError(f"{option} takes NAME=VALUE, as gtzan=/music/gtzan, not {text!r}.")
        pairs[name] = value
    return pairs


def _list() -> None:
    from genrelab.training.tables import read_table, table_files

    tables = [read_table(path) for path in table_files()]
    width = max((len(table.name) for table in tables), default=0)
    for table in tables:
        also = f"; also {', '.join(table.also)}" if table.also else ""
        print(f"{table.name.ljust(width)}  {table.title} ({', '.join(table.datasets)}{also})")
