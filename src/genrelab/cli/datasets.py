"""``genrelab datasets``: what data sets there are, and what is in one of them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Put the commands on the app."""
    group = typer.Typer(help="List the data sets, or show what is in one.")
    group.callback(invoke_without_command=True)(datasets)
    group.command("show")(show)
    app.add_typer(group, name="datasets")


def datasets(context: typer.Context) -> None:
    """List the data sets with sizes, sources and options; or show what is in one."""
    if context.invoked_subcommand:
        return
    from genrelab.datasets import describe, names

    for name in names():
        found = describe(name)
        print(f"{name}: {found.info.title}")
        print(f"    size: {found.size}")
        for title, text in (
            ("citation", found.info.citation),
            ("licence", found.info.licence),
            ("home", found.info.home),
        ):
            if text:
                print(f"    {title}: {text}")
        print(f"    needs --data: {'yes' if found.needs_root else 'no'}")
        options = ", ".join(f"{key}={value!r}" for key, value in found.options.items())
        print(f"    options: {options}")


def show(
    name: Annotated[str, typer.Argument(help="A name that `genrelab datasets` lists.")],
    data: Annotated[
        Path | None, typer.Option(help="Where the data set lies; some need none.")
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="An option of the data set, as bands=3."),
    ] = None,
) -> None:
    """Count the tracks and artists of each class, and name what cannot be used.

    Exits with 1 if anything was left out.
    """
    import sys

    from rich.console import Console
    from rich.progress import Progress

    from genrelab.cli.options import read_options
    from genrelab.datasets import load

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bars:
        bar = bars.add_task("tracks", total=None)
        found = load(
            name,
            data,
            progress=lambda done, total: bars.update(bar, completed=done, total=total),
            **read_options(set_ or []),
        )

    width = max(len(label) for label in (*found.labels, "class"))
    print(f"{'class':<{width}}  tracks  artists")
    for label, tracks in found.counts().items():
        artists = {t.group for t in found.tracks if t.label == label and t.group}
        print(f"{label:<{width}}  {tracks:>6}  {len(artists):>7}")
    artists = {t.group for t in found.tracks if t.group}
    print(f"{'all':<{width}}  {len(found.tracks):>6}  {len(artists):>7}")
    print()
    alone = sum(t.group is None for t in found.tracks)
    print(f"tracks without an artist: {alone}")
    print(f"sources: {len({t.source for t in found.tracks})}")
    for column, parts in found.splits.items():
        values = [parts.get(t.id, "") for t in found.tracks]
        first = [v for v in ("train", "valid", "test") if v in values]
        order = [*first, *sorted(set(values) - {*first, ""}), *([""] if "" in values else [])]
        counts = ", ".join(f"{v or 'left out'} {values.count(v)}" for v in order)
        print(f"split {column}: {counts}")
    print(f"fingerprint: {found.fingerprint}")
    for problem in found.problems:
        print(f"{problem.subject}: {problem.message}", file=sys.stderr)
    if found.problems:
        raise typer.Exit(1)
