"""``genrelab classify``: files and folders in, genres out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from genrelab.cli.options import Format

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from genrelab.runtime.answers import Answer, Failure


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
    from genrelab.cli.album import picture_paths
    from genrelab.cli.answers import Writer
    from genrelab.cli.names import unique_stems
    from genrelab.cli.telling import tell_all
    from genrelab.cli.writing import open_output
    from genrelab.errors import GenrelabError
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
    found = find_audio(paths)
    pictures = None if plot is None else picture_paths(plot, paths, unique_stems(found.files))
    with open_output(output) as out:
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
        tell_all(_drawn(outcomes, pictures), writer, found, done="classified")


def _drawn(
    outcomes: Iterable[Answer | Failure], pictures: Sequence[Path] | None
) -> Iterator[tuple[Answer | Failure, str]]:
    """Draw the answers' timelines, their parts, or both; yield why a picture could not be."""
    from genrelab.runtime.answers import Failure

    if pictures is None:
        yield from ((outcome, "") for outcome in outcomes)
        return
    from genrelab.cli.album import put
    from genrelab.cli.writing import shown
    from genrelab.pictures.timeline import parts_figure, timeline_figure

    for outcome, picture in zip(outcomes, pictures, strict=True):
        if isinstance(outcome, Failure):
            yield outcome, ""
            continue
        title = shown(outcome.path.name)
        if outcome.timeline is None:
            figure = parts_figure(outcome.parts, title=title)
        else:
            figure = timeline_figure(outcome.timeline, parts=outcome.parts, title=title)
        yield outcome, put(figure, picture)
