"""``genrelab report``: a page about one run, or about how several compare."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(report)


def report(
    runs: Annotated[
        list[Path], typer.Argument(metavar="RUN...", help="Run folders, as genrelab run writes.")
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            help="Where to write; by default the run's own folder, or ./comparison for several."
        ),
    ] = None,
) -> None:
    """Write report.html and report.json of a run; compare two or more with paired tests."""
    from genrelab.evaluation.report import headline, write_report
    from genrelab.evaluation.result import read_runs

    results = read_runs(runs)
    folder = out or (runs[0] if len(runs) == 1 else Path("comparison"))
    written = write_report(folder, results)
    for run in written.runs:
        typer.echo(headline(run))
    for comparison in written.comparisons:
        typer.echo(comparison.sentence)
    typer.echo(f"report: {written.page}", err=True)
