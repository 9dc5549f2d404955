"""``genrelab weights``: published weights that models can start from."""

from __future__ import annotations

from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Put the command on the app."""
    app.command("weights")(weights)


def weights(
    name: Annotated[
        str | None, typer.Argument(help="A model, as vgg16; without one, list what there is.")
    ] = None,
    address: Annotated[
        str | None, typer.Option(help="A mirror: the address of a folder with the same files.")
    ] = None,
) -> None:
    """List published ImageNet weights, or download those of one model and check them."""
    import sys

    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    from genrelab.errors import ModelError, did_you_mean
    from genrelab.models.download import ADDRESS, download
    from genrelab.models.pretrained import PUBLISHED, weights_folder

    folder = weights_folder()
    if name is None:
        for model, file in PUBLISHED.items():
            there = "here" if (folder / file).is_file() else "not here"
            print(f"{model}  {file}  {there}")
        print(f"folder: {folder}", file=sys.stderr)
        return
    if name not in PUBLISHED:
        raise ModelError(
            f"there are no published weights of {name!r}.{did_you_mean(name, list(PUBLISHED))} "
            f"Known: {', '.join(PUBLISHED)}."
        )
    path = folder / PUBLISHED[name]
    if path.is_file():
        print(f"{path} is here already.")
        return
    console = Console(stderr=True)
    bars = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    )
    with bars:
        task = bars.add_task(path.name, total=None)
        download(
            path.name,
            folder,
            address=address or ADDRESS,
            progress=lambda done, total: bars.update(task, completed=done, total=total or None),
        )
    print(path)
