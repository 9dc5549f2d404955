"""``genrelab classify``: files and folders in, genres out."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from genrelab.runtime.answers import Answer


class Format(str, Enum):
    """How answers are written."""

    table = "table"
    json = "json"
    csv = "csv"


def register(app: typer.Typer) -> None:
    """Put the command on the app."""
    app.command("classify")(classify)


def classify(
    paths: Annotated[list[Path], typer.Argument(help="Audio files, and folders of them.")],
    model: Annotated[
        Path | None, typer.Option(help="A model file (.onnx); by default the one inside genrelab.")
    ] = None,
    top: Annotated[int, typer.Option(min=1, help="Show this many genres in the table.")] = 1,
    format_: Annotated[
        Format, typer.Option("--format", help="json is one object a line.")
    ] = Format.table,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes; by default one for each core.")
    ] = None,
    unsure_below: Annotated[
        float,
        typer.Option(min=0, max=1, metavar="P", help="Below this confidence, say 'unsure'."),
    ] = 0.0,
    timeline: Annotated[
        bool, typer.Option("--timeline", help="Tell each file's genre over time too.")
    ] = False,
    segments: Annotated[
        bool,
        typer.Option("--segments", help="Judge each part of a track too, as genrelab segment has."),
    ] = False,
    plot: Annotated[
        Path | None,
        typer.Option(
            help="Draw the timeline and the parts: a .png or .svg for one file; a folder, for "
            "several, with one picture each."
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="Write the answers here, not to standard output.")
    ] = None,
) -> None:
    """Name the genre of every file; a file that cannot be read costs one line.

    Answers come in the order of the inputs as soon as they are known. The exit code is 1 if any
    input failed.

    With --timeline the table has a line more for each stretch of one genre, and json an object
    `timeline` with the probabilities of all windows; with --segments, a line for each part, and a
    list `parts`. csv then has a row a stretch or part instead of a row a file, with start and end
    in seconds.
    """
    import os
    import sys

    from genrelab.cli.album import Album
    from genrelab.cli.answers import Writer, open_output, shown
    from genrelab.cli.bar import Bar
    from genrelab.errors import GenrelabError
    from genrelab.runtime.answers import Failure
    from genrelab.runtime.bundle import default_bundle, read_info
    from genrelab.runtime.files import find_audio
    from genrelab.runtime.many import classify_many

    if plot is not None and not (timeline or segments):
        raise GenrelabError("--plot draws what --timeline or --segments finds; give one of them.")
    if timeline and segments and format_ is Format.csv:
        raise GenrelabError(
            "csv has a row a stretch or a row a part; give --timeline or --segments, or take json."
        )
    bundle = model or default_bundle()
    info = read_info(bundle)
    album = None if plot is None else Album(plot, paths, draw)
    found = find_audio(paths)
    failed = undrawn = 0
    with open_output(output) as out, Bar(len(found.entries)) as bar:
        writer = Writer(
            format_.value,
            out,
            labels=info.labels,
            top=top,
            unsure_below=unsure_below,
            stretches=timeline or segments,
        )
        outcomes = classify_many(
            found.entries, bundle, workers=workers, timeline=timeline, segments=segments
        )
        try:
            for outcome in outcomes:
                said = list(getattr(outcome, "notes", ()))
                if isinstance(outcome, Failure):
                    failed += 1
                    if not writer.tells_failures:
                        said.append(outcome.error)
                elif album is not None and (fault := album.add(outcome)):
                    undrawn += 1
                    said.append(fault)
                with bar.aside():
                    writer.write(outcome)
                    for sentence in said:
                        print(f"{shown(outcome.path)}: {shown(sentence)}", file=sys.stderr)
                bar.step(failed=isinstance(outcome, Failure))
        except BrokenPipeError:
            # Whoever read the answers has enough; Python must not try to write the rest at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(141) from None
    if len(found.entries) > 1 or found.skipped:
        done = len(found.entries) - failed
        summary = f"{done:,} of {len(found.entries):,} classified"
        if failed:
            summary += f", {failed:,} failed"
        if undrawn:
            summary += f", {undrawn:,} not drawn"
        if found.skipped:
            summary += f"; {found.skipped:,} skipped: hidden, or by their names no audio"
        print(f"{summary}.", file=sys.stderr)
    if failed or undrawn:
        raise typer.Exit(1)


def draw(answer: Answer, title: str) -> Figure:
    """Return the picture of an answer's timeline, its parts, or both."""
    from genrelab.pictures.timeline import parts_figure, timeline_figure

    if answer.timeline is None:
        return parts_figure(answer.parts, title=title)
    return timeline_figure(answer.timeline, parts=answer.parts, title=title)
