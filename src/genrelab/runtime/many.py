"""Classifying many files at once, in order, in processes that may crash without harm."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from genrelab.errors import BundleError
from genrelab.runtime.answers import Answer, Failure
from genrelab.runtime.crew import Crew
from genrelab.runtime.worker import Attempt, path_from, path_to, serve


def classify_many(
    paths: Iterable[str | Path | Failure],
    bundle: str | Path | None = None,
    *,
    workers: int | None = None,
    timeline: bool = False,
    segments: bool = False,
) -> Iterator[Answer | Failure]:
    """Classify files and yield what becomes of each, in the order given.

    Parameters
    ----------
    paths
        Files; a :class:`Failure` among them is passed on in its place.
    bundle
        A ``.onnx`` file that genrelab wrote; by default the model inside the package.
    workers
        Processes; by default one for each core this process may use. The answers are the same
        to the last bit with any number.
    timeline, segments
        As :meth:`genrelab.runtime.classifier.Classifier.classify` takes it.

    Raises
    ------
    BundleError
        The bundle cannot be used at all; what is wrong with one file is a :class:`Failure`.
    """
    model = None if bundle is None else path_to(Path(bundle))
    wanted = {"timeline": timeline, "segments": segments}
    files = (path if isinstance(path, Failure) else (Path(path), wanted) for path in paths)
    yield from Crew(__name__, model, fatal=BundleError).in_order(
        files, Answer.from_dict, workers=workers
    )


def main(bundle: str | None) -> None:
    """Serve as a worker that classifies; what is wanted of a file are keywords of ``classify``."""

    def prepare() -> Attempt:
        from genrelab.runtime.classifier import Classifier, require_audio

        classifier = Classifier(None if bundle is None else path_from(bundle), threads=1)
        require_audio(classifier.info)

        def classify(path: Path, wanted: dict[str, Any]) -> dict[str, Any]:
            answer = asdict(classifier.classify(path, **wanted))
            del answer["path"]
            return answer

        return classify

    serve(prepare)
