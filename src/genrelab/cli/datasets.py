"""``genrelab datasets``: what data sets there are, what is in one, whether it is as published."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from genrelab.datasets.checking import Check

#: So many faults of a kind are printed unless all are asked for.
MAX_ROWS = 20


def register(app: typer.Typer) -> None:
    """Put the commands on the app."""
    group = typer.Typer(help="List the data sets, show what is in one, or check it.")
    group.callback(invoke_without_command=True)(datasets)
    group.command("show")(show)
    group.command("check")(check)
    app.add_typer(group, name="datasets")


def datasets(context: typer.Context) -> None:
    """List the data sets with sizes, sources and options; show what is in one; check it."""
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
            ("classes", ", ".join(found.info.counts)),
            ("splits", ", ".join(found.info.splits)),
            ("groups", found.info.groups),
            ("checksums", found.info.checksums),
        ):
            if text:
                print(f"    {title}: {text}")
        print(f"    needs --data: {'yes' if found.needs_root else 'no'}")
        options = ", ".join(f"{key}={value!r}" for key, value in found.options.items())
        print(f"    options: {options or 'none'}")


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


def check(
    name: Annotated[str, typer.Argument(help="A name that `genrelab datasets` lists.")],
    data: Annotated[Path, typer.Option(help="Where the data set lies.")],
    fast: Annotated[
        bool, typer.Option("--fast", help="Compare names alone; read no audio.")
    ] = False,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON, with every fault.")] = False,
    all_: Annotated[
        bool, typer.Option("--all", help=f"Print more than {MAX_ROWS} faults of a kind.")
    ] = False,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Threads that read; by default one a processor.")
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="An option of the data set."),
    ] = None,
) -> None:
    """Name what is missing, extra, damaged, short or mislabelled, beside what was published.

    Exits with 1 if anything is, and the data set is thus not the one the papers used.
    """
    import json
    import sys
    from dataclasses import asdict

    from rich.console import Console
    from rich.progress import Progress

    from genrelab.cli.options import read_options
    from genrelab.datasets import checking, published

    wanted = published(name, data, **read_options(set_ or []))
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bars:
        bar = bars.add_task("files", total=None)
        found = checking.check(
            wanted,
            data,
            fast=fast,
            workers=workers,
            progress=lambda done, total: bars.update(bar, completed=done, total=total),
        )
    if json_:
        content = {"dataset": name, "as_published": found.as_published, **asdict(found)}
        json.dump(content, sys.stdout, indent=2, ensure_ascii=False)
        print()
    else:
        _print_check(found, MAX_ROWS if not all_ else len(found.faults))
    if not found.as_published:
        raise typer.Exit(1)


def _print_check(found: Check, most: int) -> None:
    from genrelab.datasets.checking import KINDS

    rows = [(label, n, found.present[label]) for label, n in found.expected.items()]
    rows.append(("all", sum(found.expected.values()), sum(found.present.values())))
    width = max(len(label) for label in (*found.expected, "class"))
    print(f"{'class':<{width}}  published  there")
    for label, published, there in rows:
        print(f"{label:<{width}}  {published:>9}  {there:>5}")
    print()
    if found.faults:
        width = max(len(f.subject) for f in found.faults)
        print(f"{'fault':<11}  {'track or file':<{width}}  what")
    for kind in KINDS:
        faults = [f for f in found.faults if f.kind == kind]
        for f in faults[:most]:
            print(f"{kind:<11}  {f.subject:<{width}}  {f.message}")
        if len(faults) > most:
            print(f"{kind:<11}  and {len(faults) - most} more; --all prints them.")
    if found.faults:
        print()
    there = sum(found.present.values())
    if not found.read:
        print("Names were compared; the audio was not read.")
    elif found.verified:
        print(f"{found.verified} of {there} files have their published checksum.")
    else:
        print(f"{there} files were read; none has a published checksum to compare with.")
    if found.as_published:
        print("This is the data set that was published.")
    else:
        counts = {kind: sum(f.kind == kind for f in found.faults) for kind in KINDS}
        words = ", ".join(f"{n} {kind}" for kind, n in counts.items() if n)
        print(f"This is not the data set that was published: {words}.")
