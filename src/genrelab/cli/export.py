"""``genrelab export``: a run's model as the one file that is shipped."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Put the command on the app."""
    app.command("export")(export)


def export(
    run: Annotated[Path, typer.Argument(help="A finished run folder.")],
    out: Annotated[Path, typer.Option(help="The .onnx file to write.")],
    fold: Annotated[
        int | None,
        typer.Option(help="Whose model; by default the fold with the best validation accuracy."),
    ] = None,
    measured: Annotated[
        Path | None,
        typer.Option(
            metavar="RUN",
            help="The cross-validation that measured this recipe, for a model that was trained on "
            "everything: its results and its calibration go into the file.",
        ),
    ] = None,
    card: Annotated[
        list[str] | None,
        typer.Option(metavar="TITLE=TEXT", help="A section of the model card; can be repeated."),
    ] = None,
) -> None:
    """Write a run's model as one self-describing .onnx file."""
    from genrelab.errors import RunError
    from genrelab.training.ship import ship

    sections = {}
    for section in card or []:
        title, equals, text = section.partition("=")
        if not equals or not title.strip() or not text.strip():
            raise RunError(f"--card takes TITLE=TEXT, not {section!r}.")
        sections[title.strip()] = text.strip()
    info = ship(run, out, fold=fold, measured=measured, card=sections)
    print(f"{out}: {info.model['name']}, {len(info.labels)} genres: {', '.join(info.labels)}")
