"""``genrelab segment``: long tracks in, their parts out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from genrelab.cli.options import Format


def register(app: typer.Typer) -> None:
    """Put the command on the app."""
    app.command("segment")(segment)


def segment(
    paths: Annotated[list[Path], typer.Argument(help="Audio files, and folders of them.")],
    clusters: Annotated[
        int, typer.Option(help="How many kinds of parts; 0 asks the eigengap.")
    ] = 0,
    max_clusters: Annotated[int, typer.Option(help="The eigengap finds at most so many.")] = 8,
    window: Annotated[
        float, typer.Option(help="Seconds in which music is taken to be stationary.")
    ] = 2.0,
    hop: Annotated[
        float, typer.Option(help="Seconds from one window to the next; 0 is half a window.")
    ] = 0.0,
    order: Annotated[int, typer.Option(help="Of the windows' autoregressive models.")] = 16,
    lags: Annotated[
        int, typer.Option(help="Of the residual's autocorrelation; 0 is all, as in the paper.")
    ] = 32,
    scale: Annotated[
        str,
        typer.Option(
            metavar="NUMBER|local",
            help="What distances are divided by; local is each window's own scale, 1 the paper's.",
        ),
    ] = "local",
    shortest: Annotated[
        float, typer.Option(help="Parts of fewer seconds are given to a neighbour.")
    ] = 5.0,
    seed: Annotated[int, typer.Option(help="Of the clustering's starts.")] = 0,
    format_: Annotated[
        Format, typer.Option("--format", help="json is one object a line.")
    ] = Format.table,
    plot: Annotated[
        Path | None,
        typer.Option(
            help="Draw waveform, distances, graph and parts: a .png or .svg for one file; a "
            "folder, for several, with one picture each."
        ),
    ] = None,
    export: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Write the parts as NAME-01-A.wav and so on, in full quality; files that are "
            "there are never replaced.",
        ),
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes; by default one for each core.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="Write the parts' times here, not to standard output.")
    ] = None,
) -> None:
    """Cut tracks into statistically alike parts, A, B, A, and name the representative one.

    That is the longest part of the kind that takes most of the track. A file that cannot be read or
    segmented costs one line, and the exit code is 1.
    """
    from genrelab.cli.album import picture_paths
    from genrelab.cli.names import unique_stems
    from genrelab.cli.parts import PartsWriter
    from genrelab.cli.segment_worker import segment_many
    from genrelab.cli.telling import tell_all
    from genrelab.cli.writing import open_output
    from genrelab.runtime.answers import Failure
    from genrelab.runtime.files import find_audio
    from genrelab.segmentation import Segmenter

    segmenter = Segmenter(
        window=window,
        hop=hop,
        order=order,
        lags=lags,
        scale=_number_or_word(scale),
        n_clusters=clusters,
        max_clusters=max_clusters,
        shortest=shortest,
        seed=seed,
    )
    found = find_audio(paths)
    names = unique_stems(found.files)
    pictures = None if plot is None else picture_paths(plot, paths, names)
    if export is not None:
        _prepare_export(export, names)
    with open_output(output) as out:
        outcomes = segment_many(
            found.entries,
            segmenter,
            pictures=pictures,
            parts=None if export is None else [export / f"{name}-" for name in names],
            workers=workers,
        )
        tell_all(
            ((o, "" if isinstance(o, Failure) else o.fault) for o in outcomes),
            PartsWriter(format_.value, out, segmenter),
            found,
            done="segmented",
        )


def _number_or_word(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def _prepare_export(folder: Path, names: Sequence[str]) -> None:
    """Make the folder; refuse at once where parts of an earlier export would be mixed in."""
    import re

    from genrelab.cli.names import make_folder
    from genrelab.errors import GenrelabError

    make_folder(folder)
    part = re.compile(r"(?P<name>.*)-\d{2,}-([A-Z]+|silence)\.wav", re.DOTALL)
    wanted = {name.casefold() for name in names}
    for path in sorted(folder.iterdir()):
        match = part.fullmatch(path.name)
        if match and match["name"].casefold() in wanted:
            raise GenrelabError(
                f"{str(path)!r} is already there; move it and its like away, or export to "
                "another folder."
            )
