"""``genrelab run``: train and evaluate a recipe over all its folds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer


def register(app: typer.Typer) -> None:
    """Put the commands on the app."""
    app.command("run")(run)
    app.command("recipes")(recipes)


def run(
    recipe: Annotated[str, typer.Argument(help="A TOML file, or a name of `genrelab recipes`.")],
    data: Annotated[
        Path | None, typer.Option(help="Where the data set lies; some need none.")
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Override, as training.epochs=20."),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="The run folder; runs/NAME by default.")] = None,
    folds: Annotated[
        str, typer.Option(help="Only these folds, as 0,2,4: several processes can share a run.")
    ] = "",
    cache: Annotated[Path | None, typer.Option(help="Folder of the feature cache.")] = None,
    workers: Annotated[
        int, typer.Option(help="Threads that compute features; 0 is one a core.")
    ] = 0,
    jobs: Annotated[
        int,
        typer.Option(
            help="Run so many folds side by side, each on one thread; 0 is one after the other on "
            "all threads."
        ),
    ] = 0,
    backend: Annotated[
        str, typer.Option(help="Where the jobs run: local, or ray for a Ray cluster.")
    ] = "local",
    ledger: Annotated[
        Path | None, typer.Option(help="A ledger (CSV) that the finished run is entered in.")
    ] = None,
) -> None:
    """Train and evaluate over all folds; a run that was stopped goes on where it stopped."""
    import os

    from genrelab.cli.progress import RunProgress
    from genrelab.errors import RecipeError, RunError
    from genrelab.training.parallel import fold_jobs, run_folds
    from genrelab.training.prepare import prepare
    from genrelab.training.recipe import read_recipe
    from genrelab.training.recipes import find_recipe
    from genrelab.training.results import finish_run
    from genrelab.training.run import run_recipe

    path = find_recipe(recipe)
    out = out or Path("runs") / path.stem
    try:
        only = [int(k) for k in folds.split(",") if k.strip()] or None
    except ValueError:
        raise RecipeError(f"--folds takes fold numbers as 0,2,4, not {folds!r}.") from None
    with RunProgress() as progress:
        prepared = prepare(
            read_recipe(path, set_ or []),
            data,
            cache=cache,
            workers=workers or os.cpu_count() or 1,
            listener=progress,
        )
        if jobs or backend != "local":
            mine = [j for j in fold_jobs(prepared, out) if only is None or j.fold in only]
            for failure in run_folds(
                mine, workers=max(jobs, 1), backend=backend, listener=progress
            ):
                raise RunError(f"fold {failure.fold}: {failure.message}")
        else:
            run_recipe(prepared, out, only=only, listener=progress)
    summary = finish_run(out, ledger=ledger)
    if summary is None:
        print(f"{out}: these folds are done, others are not yet.")
    else:
        print(summary)
    if progress.problems:
        raise typer.Exit(1)


def recipes() -> None:
    """List the recipes that come with genrelab; `genrelab reproduce` lists the papers' tables."""
    from genrelab.training.recipe import read_recipe
    from genrelab.training.recipes import recipe_files

    rows: list[tuple[Any, ...]] = []
    for path in recipe_files():
        found = read_recipe(path)
        rows.append((path.stem, found.model["name"], found.dataset["name"], found.title))
    widths = [max(len(str(row[k])) for row in rows) for k in range(3)]
    for row in rows:
        cells = [str(row[k]).ljust(widths[k]) for k in range(3)]
        print("  ".join([*cells, str(row[3])]).rstrip())
