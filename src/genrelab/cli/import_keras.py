"""``genrelab import-keras``: the networks that the BBNN authors published, as bundles."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Put the command on the app."""
    app.command("import-keras")(import_keras)


def import_keras(
    file: Annotated[Path, typer.Argument(help="A BBNN as Keras 2 saved it (.hdf5).")],
    labels: Annotated[
        str,
        typer.Option(
            metavar="A,B,...",
            help="The genres in the order of the network's outputs; alphabetical for GTZAN.",
        ),
    ],
    out: Annotated[Path, typer.Option(help="The .onnx file to write.")],
) -> None:
    """Turn a BBNN that Keras saved into a bundle, after checking it layer by layer."""
    from genrelab.errors import ModelError

    named = [label.strip() for label in labels.split(",")]
    if "" in named or len(set(named)) != len(named):
        raise ModelError("--labels takes names that are all different, as blues,jazz,rock.")
    # Only now, as it takes torch, and seconds, to import.
    from genrelab.export.keras_import import import_keras as convert

    convert(file, named, out)
    print(f"{out}: BBNN with {len(named)} genres.")
