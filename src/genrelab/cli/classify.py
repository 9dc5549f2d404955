"""``genrelab classify``: files and folders in, genres out."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer


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
    output: Annotated[
        Path | None, typer.Option(help="Write the answers here, not to standard output.")
    ] = None,
) -> None:
    """Name the genre of every file; a file that cannot be read costs one line.

    Answers come in the order of the inputs as soon as they are known. The exit code is 1 if any
    input failed.
    """
    import os
    import sys

    from genrelab.cli.answers import Writer, open_output, shown
    from genrelab.cli.bar import Bar
    from genrelab.runtime.answers import Failure
    from genrelab.runtime.bundle import default_bundle, read_info
    from genrelab.runtime.files import find_audio
    from genrelab.runtime.many import classify_many

    bundle = model or default_bundle()
    info = read_info(bundle)
    found = find_audio(paths)
    failed = 0
    with open_output(output) as out, Bar(len(found.entries)) as bar:
        writer = Writer(format_.value, out, labels=info.labels, top=top, unsure_below=unsure_below)
        try:
            for outcome in classify_many(found.entries, bundle, workers=workers):
                said = list(getattr(outcome, "notes", ()))
                if isinstance(outcome, Failure):
                    failed += 1
                    if not writer.tells_failures:
                        said.append(outcome.error)
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
        if found.skipped:
            summary += f"; {found.skipped:,} skipped: hidden, or by their names no audio"
        print(f"{summary}.", file=sys.stderr)
    if failed:
        raise typer.Exit(1)
