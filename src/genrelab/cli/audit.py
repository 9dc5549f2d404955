"""``genrelab audit``: what is wrong with a data set, and what a split of it lets through."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from genrelab.datasets import Dataset
    from genrelab.protocols import Fold


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(audit)


def audit(
    dataset: Annotated[
        str, typer.Argument(help="A name that `genrelab datasets` lists, or a folder of genres.")
    ],
    data: Annotated[
        Path | None, typer.Option(help="Where the data set lies; some need none.")
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="An option of the data set."),
    ] = None,
    protocol: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME[,KEY=VALUE...]",
            help="Count what it lets through, as kfold,folds=5,group=artist; may be repeated. "
            "By default ten random folds.",
        ),
    ] = None,
    run: Annotated[
        Path | None,
        typer.Option(help="A finished run on this data set: its answers rank the labels."),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Where to write; by default audit/NAME.")] = None,
    workers: Annotated[int, typer.Option(help="Tracks read at a time; 0 is one a core.")] = 0,
) -> None:
    """Find copies, leaks, faulty files and doubtful labels; write a page and an exclusion list.

    Exits with 1 if a track cannot be read.
    """
    import os
    import sys

    from genrelab.audit.check import audit as check
    from genrelab.audit.faults import UNREADABLE
    from genrelab.audit.page import summary, write_audit
    from genrelab.cli.bar import Bar
    from genrelab.cli.options import read_options
    from genrelab.datasets import load, names
    from genrelab.evaluation.result import RunResult

    options = read_options(set_ or [])
    if data is None and dataset not in names() and Path(dataset).is_dir():
        loaded = load("folder", dataset, **options)
    else:
        loaded = load(dataset, data, **options)
    result = None if run is None else RunResult.read(run)
    splits = _splits(loaded, protocol or [], run)
    with Bar(len(loaded.tracks)) as bar:
        found = check(
            loaded,
            splits=splits,
            run=result,
            workers=workers or os.cpu_count() or 1,
            progress=lambda done, total: bar.step(),
        )
    written = write_audit(out or Path("audit") / loaded.name, found)
    for line in summary(found):
        print(line)
    for path in (written.page, written.numbers, written.exclusions):
        print(path, file=sys.stderr)
    for problem in found.problems:
        print(f"{problem.subject}: {problem.message}", file=sys.stderr)
    unreadable = [f for f in found.faults if f.kind == UNREADABLE]
    for fault in unreadable:
        print(f"{fault.track_id}: {fault.message}", file=sys.stderr)
    if unreadable or found.problems:
        raise typer.Exit(1)


def _splits(dataset: Dataset, given: list[str], run: Path | None) -> dict[str, list[Fold]]:
    """Return the folds of what was asked for, and of the run; ten random folds by default."""
    import sys

    from genrelab import protocols
    from genrelab.audit.check import read_folds
    from genrelab.cli.options import read_options
    from genrelab.errors import ProtocolError

    splits = {}
    for text in given:
        name, *pairs = text.split(",")
        splits[text.replace(",", ", ")] = protocols.folds(dataset, name, **read_options(pairs))
    if not given:
        try:
            splits["kfold, folds=10 (random)"] = protocols.folds(dataset, "kfold")
        except ProtocolError as error:  # a small set: the audit goes on without
            print(f"ten random folds cannot be made: {error}", file=sys.stderr)
    if run is not None:
        known = {t.id for t in dataset.tracks}
        folds = read_folds(run)
        if any(set(f.test) & known for f in folds):
            splits[f"the run {run.resolve().name}"] = folds
    return splits
