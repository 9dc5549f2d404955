"""``genrelab models`` and ``genrelab features``: what there is, with sizes and sources."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Put the commands on the app."""
    app.command("models")(models)
    app.command("features")(features)


def models(
    bundle: Annotated[
        Path | None, typer.Option(help="Print the model card of this .onnx file instead.")
    ] = None,
) -> None:
    """List the models with what they cost; or print a model's card.

    Counted and measured with 10 classes on 30 s of music: parameters in convolution, dense and
    recurrent layers, multiply-adds, size of the bundle, and time on one CPU thread, where bbnn
    takes 1.
    """
    if bundle is not None:
        from genrelab.runtime.bundle import read_info
        from genrelab.runtime.card import card_text

        print(card_text(read_info(bundle)))
        return

    from genrelab.models.zoo import HEADINGS, zoo_rows

    rows = [HEADINGS, *zoo_rows()]
    widths = [max(len(row[k]) for row in rows) for k in range(len(HEADINGS))]
    for row in rows:
        cells = [
            cell.rjust(width) if 1 <= k <= 4 else cell.ljust(width)
            for k, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        print("  ".join(cells).rstrip())


def features() -> None:
    """List the front ends and their parameters with the defaults."""
    from dataclasses import MISSING, fields

    from genrelab.features.base import names, registered

    for name in names():
        cls = registered(name)
        parameters = ", ".join(
            f.name if f.default is MISSING else f"{f.name}={f.default!r}" for f in fields(cls)
        )
        print(f"{name}: {(cls.__doc__ or '').splitlines()[0]}\n    {parameters}")
