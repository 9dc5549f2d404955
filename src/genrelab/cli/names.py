"""Names for what is written about files: each its own, whatever the files are called."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


def unique_stems(paths: Iterable[Path]) -> list[str]:
    """Return a name for each file: its own without the ending, numbered where that is taken.

    Names that differ in capitals alone count as the same, as some file systems do.

    Examples
    --------
    >>> unique_stems([Path("a/x.mp3"), Path("b/X.wav"), Path("x (2).ogg"), Path("y")])
    ['x', 'X (2)', 'x (2) (2)', 'y']
    """
    taken: set[str] = set()
    names = []
    for path in paths:
        stem = name = path.stem or "track"
        k = 1
        while name.casefold() in taken:
            k += 1
            name = f"{stem} ({k})"
        taken.add(name.casefold())
        names.append(name)
    return names
