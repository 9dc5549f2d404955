"""A process of its own that segments one file after another, draws it and writes its parts.

:mod:`genrelab.runtime.worker` says how it is told and tells. All that reads a file is here, so that
a decoder that crashes takes one file along.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from genrelab.cli.parts import Parted
from genrelab.runtime.answers import Failure
from genrelab.runtime.crew import Crew
from genrelab.runtime.worker import Attempt, path_from, path_to, serve
from genrelab.segmentation import Segmentation, Segmenter


def segment_many(
    entries: Iterable[Path | Failure],
    segmenter: Segmenter,
    *,
    pictures: Sequence[Path] | None = None,
    parts: Sequence[Path] | None = None,
    workers: int | None = None,
) -> Iterator[Parted | Failure]:
    """Segment files and yield what becomes of each, in the order given.

    Parameters
    ----------
    entries
        Files; a :class:`Failure` among them is passed on in its place.
    segmenter
        Segments them.
    pictures
        Where each one's picture goes.
    parts
        Where each one's parts go: ``NAME-`` becomes ``NAME-01-A.wav`` and so on.
    workers
        Processes; by default one for each core this process may use.
    """

    def files() -> Iterator[tuple[Path, dict[str, str]] | Failure]:
        for k, entry in enumerate(entries):
            places = {"picture": pictures, "parts": parts}
            told = {name: path_to(p[k]) for name, p in places.items() if p is not None}
            yield entry if isinstance(entry, Failure) else (entry, told)

    crew = Crew(__name__, segmenter.to_dict())
    return crew.in_order(files(), Parted.from_dict, workers=workers)


def main(parameters: dict[str, Any]) -> None:
    """Serve as a worker that segments with these parameters."""

    def prepare() -> Attempt:
        segmenter = Segmenter(**parameters)

        def segment(path: Path, wanted: dict[str, str]) -> dict[str, Any]:
            found = segmenter.segment(path)
            fault = ""
            if "picture" in wanted:
                fault = _draw(found, segmenter, path, path_from(wanted["picture"]))
            if "parts" in wanted:
                _export(found, path, path_from(wanted["parts"]))
            told = Parted(
                path,
                found.duration,
                found.window,
                found.hop,
                found.n_clusters,
                found.parts,
                tuple(found.eigenvalues.tolist()),
                found.notes,
                fault,
            )
            values = asdict(told)
            del values["path"]
            return values

        return segment

    serve(prepare)


def _draw(found: Segmentation, segmenter: Segmenter, path: Path, target: Path) -> str:
    from genrelab.cli.album import put
    from genrelab.cli.writing import shown
    from genrelab.pictures.envelope import read_envelope
    from genrelab.pictures.segmentation import segmentation_figure

    envelope = read_envelope(path, found.duration, rate=segmenter.sample_rate)
    figure = segmentation_figure(found, envelope, scale=segmenter.scale, title=shown(path.name))
    return put(figure, target)


def _export(found: Segmentation, path: Path, begin: Path) -> None:
    from genrelab.audio.excerpts import write_excerpts

    digits = max(2, len(str(len(found.parts))))
    targets = [
        begin.with_name(f"{begin.name}{k:0{digits}d}-{part.letter}.wav")
        for k, part in enumerate(found.parts, start=1)
    ]
    cuts = [part.start for part in found.parts[1:]]
    write_excerpts(path, cuts, targets, found.duration)
