"""A process of its own that classifies one file after another, told and telling in JSON lines.

The first line it writes is ``{}`` or ``{"fatal": sentence}``; then each line it reads is a path
and each line it writes the outcome. See :mod:`genrelab.runtime.many` for the other end.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from genrelab.errors import GenrelabError
from genrelab.runtime.answers import Answer, Failure


def main(bundle: str | None, wanted: dict[str, Any]) -> None:
    """Serve until standard input ends; ``wanted`` are keywords of ``Classifier.classify``."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started this process decides
    # Libraries may write to standard output; the answers go where they cannot reach.
    answers = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)

    def tell(message: dict[str, Any]) -> None:
        answers.write(json.dumps(message) + "\n")
        answers.flush()

    try:
        from genrelab.runtime.classifier import Classifier, require_audio

        classifier = Classifier(None if bundle is None else path_from(bundle), threads=1)
        require_audio(classifier.info)
    except GenrelabError as error:
        tell({"fatal": str(error)})
        return
    tell({})
    for line in sys.stdin:
        outcome = attempt(classifier, path_from(json.loads(line)), wanted)
        message = asdict(outcome)
        del message["path"]
        tell(message)


def attempt(classifier: Any, path: Path, wanted: dict[str, Any]) -> Answer | Failure:
    """Classify a file, whatever is wrong with it."""
    try:
        answer: Answer = classifier.classify(path, **wanted)
    except GenrelabError as error:
        return Failure(path, str(error))
    except Exception as error:  # noqa: BLE001
        # A defect, here or in a decoder, must cost this file only.
        return Failure(path, f"it made the reader fail ({type(error).__name__}: {error}).")
    return answer


def path_to(path: Path) -> str:
    """Return a path's bytes as text that survives JSON, whatever the path's encoding."""
    return os.fsencode(path).decode("latin-1")


def path_from(text: str) -> Path:
    """Return the path that :func:`path_to` made the text of."""
    return Path(os.fsdecode(text.encode("latin-1")))
