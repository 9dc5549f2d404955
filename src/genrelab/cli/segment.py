"""``genrelab segment``: long tracks in, their parts out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from genrelab.cli.classify import Format

if TYPE_CHECKING:
    from genrelab.runtime.answers import Failure
    from genrelab.segmentation import Segmentation, Segmenter


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
            metavar="OUT.png",
            help="Draw waveform, distances, graph and parts; of several files into the folder OUT.",
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
) -> None:
    """Cut tracks into statistically alike parts, A, B, A, and name the representative one.

    That is the longest part of the kind that takes most of the track. A file that cannot be read or
    segmented costs one line, and the exit code is 1.
    """
    import os
    import sys

    from genrelab.cli.answers import open_output, shown
    from genrelab.cli.bar import Bar
    from genrelab.cli.names import unique_stems
    from genrelab.cli.parts import PartsWriter
    from genrelab.errors import AudioError, SegmentationError
    from genrelab.runtime.answers import Failure
    from genrelab.runtime.files import find_audio
    from genrelab.segmentation import Segmenter

    segmenter = Segmenter(
        window=window,
        hop=hop,
        order=order,
        scale=_number_or_word(scale),
        n_clusters=clusters,
        max_clusters=max_clusters,
        shortest=shortest,
        seed=seed,
    )
    found = find_audio(paths)
    files = [e.path if isinstance(e, Failure) else e for e in found.entries]
    names = unique_stems(files)
    pictures = None if plot is None else _pictures(plot, names)
    if export is not None:
        _prepare_export(export, names)
    failed = 0
    with open_output(None) as out, Bar(len(files)) as bar:
        writer = PartsWriter(format_.value, out, segmenter)
        try:
            for k, (entry, path) in enumerate(zip(found.entries, files, strict=True)):
                outcome: Segmentation | Failure
                said: list[str] = []
                if isinstance(entry, Failure):
                    outcome = entry
                else:
                    try:
                        outcome = segmenter.segment(path)
                        said += outcome.notes
                        if pictures is not None:
                            _draw(outcome, segmenter, path, pictures[k])
                        if export is not None:
                            _export(outcome, path, export, names[k])
                    except (AudioError, SegmentationError) as error:
                        outcome = Failure(path, str(error))
                if isinstance(outcome, Failure):
                    failed += 1
                    if not writer.tells_failures:
                        said.append(outcome.error)
                with bar.aside():
                    writer.write(path, outcome)
                    for sentence in said:
                        print(f"{shown(path)}: {shown(sentence)}", file=sys.stderr)
                bar.step(failed=isinstance(outcome, Failure))
        except BrokenPipeError:
            # Whoever read the answers has enough; Python must not try to write the rest at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(141) from None
    if len(files) > 1 or found.skipped:
        summary = f"{len(files) - failed:,} of {len(files):,} segmented"
        if failed:
            summary += f", {failed:,} failed"
        if found.skipped:
            summary += f"; {found.skipped:,} skipped: hidden, or by their names no audio"
        print(f"{summary}.", file=sys.stderr)
    if failed:
        raise typer.Exit(1)


def _number_or_word(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def _pictures(plot: Path, names: Sequence[str]) -> list[Path]:
    """Return where each file's picture goes, and make the folder; say at once what is missing."""
    from importlib import import_module

    from genrelab.errors import GenrelabError

    try:
        import_module("genrelab.pictures.segmentation")
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("genrelab"):
            raise
        raise GenrelabError(
            f"--plot needs {error.name}; install it with pip install 'genrelab[train]', or leave "
            "--plot out."
        ) from error
    single = plot.suffix.lower() == ".png" and not plot.is_dir()
    if single and len(names) > 1:
        raise GenrelabError(
            f"there are {len(names):,} files, but --plot names one picture; give it a folder."
        )
    _make_folder(plot.parent if single else plot)
    return [plot] if single else [plot / f"{name}.png" for name in names]


def _make_folder(folder: Path) -> None:
    from genrelab.errors import GenrelabError

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise GenrelabError(
            f"the folder {str(folder)!r} cannot be made ({error.strerror})."
        ) from error


def _draw(found: Segmentation, segmenter: Segmenter, path: Path, target: Path) -> None:
    from genrelab.cli.answers import shown
    from genrelab.errors import GenrelabError
    from genrelab.evaluation.canvas import write_picture
    from genrelab.pictures.envelope import read_envelope
    from genrelab.pictures.segmentation import segmentation_figure

    envelope = read_envelope(path, found.duration, rate=segmenter.sample_rate)
    figure = segmentation_figure(found, envelope, scale=segmenter.scale, title=shown(path.name))
    try:
        write_picture(figure, target)
    except OSError as error:
        raise GenrelabError(f"{str(target)!r} cannot be written ({error.strerror}).") from error


def _prepare_export(folder: Path, names: Sequence[str]) -> None:
    """Make the folder; refuse at once where parts of an earlier export would be mixed in."""
    import re

    from genrelab.errors import GenrelabError

    _make_folder(folder)
    part = re.compile(r"(?P<name>.*)-\d{2,}-([A-Z]+|silence)\.wav", re.DOTALL)
    wanted = {name.casefold() for name in names}
    for path in sorted(folder.iterdir()):
        match = part.fullmatch(path.name)
        if match and match["name"].casefold() in wanted:
            raise GenrelabError(
                f"{str(path)!r} is already there; move it and its like away, or export to "
                "another folder."
            )


def _export(found: Segmentation, path: Path, folder: Path, name: str) -> None:
    from genrelab.audio.excerpts import write_excerpts

    digits = max(2, len(str(len(found.parts))))
    targets = [
        folder / f"{name}-{k:0{digits}d}-{part.letter}.wav"
        for k, part in enumerate(found.parts, start=1)
    ]
    cuts = [part.start for part in found.parts[1:]]
    write_excerpts(path, cuts, targets, found.duration)
