"""A process of its own that does one file after another, told and telling in JSON lines.

The first line it writes is ``{}`` or ``{"fatal": sentence}``; then each line it reads is a path
with what is wanted of it, and each line it writes the outcome, or ``{"error": sentence}``. See
:mod:`genrelab.runtime.crew` for the other end.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from genrelab.errors import GenrelabError

#: From a path and what is wanted of it to what becomes of it, ready for JSON.
Attempt = Callable[[Path, Any], dict[str, Any]]


def serve(prepare: Callable[[], Attempt]) -> None:
    """Serve until standard input ends.

    Parameters
    ----------
    prepare
        Returns what does a file; its :class:`GenrelabError` is fatal, one of a file is that file's.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started this process decides
    # Libraries may write to standard output; the outcomes go where they cannot reach.
    outcomes = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)

    def tell(message: dict[str, Any]) -> None:
        outcomes.write(json.dumps(message) + "\n")
        outcomes.flush()

    try:
        attempt = prepare()
    except GenrelabError as error:
        tell({"fatal": str(error)})
        return
    tell({})
    for line in sys.stdin:
        path, wanted = json.loads(line)
        tell(_outcome(attempt, path_from(path), wanted))


def _outcome(attempt: Attempt, path: Path, wanted: Any) -> dict[str, Any]:
    """Do a file, whatever is wrong with it."""
    try:
        return attempt(path, wanted)
    except GenrelabError as error:
        return {"error": str(error)}
    except Exception as error:  # noqa: BLE001
        # A defect, here or in a decoder, must cost this file only.
        return {"error": f"it made the reader fail ({type(error).__name__}: {error})."}


def path_to(path: Path) -> str:
    """Return a path's bytes as text that survives JSON, whatever the path's encoding."""
    return os.fsencode(path).decode("latin-1")


def path_from(text: str) -> Path:
    """Return the path that :func:`path_to` made the text of."""
    return Path(os.fsdecode(text.encode("latin-1")))
