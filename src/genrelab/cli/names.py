"""Names and folders for what is written about files, each its own whatever files are called."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from genrelab.errors import GenrelabError

#: Bytes of a file's own name that are kept; file systems allow about 255 in all.
_LONGEST = 200


def unique_stems(paths: Iterable[Path]) -> list[str]:
    """Return a name for each file: its own without the ending, numbered where that is taken.

    Names that differ in capitals alone count as the same, as some file systems do. What is no text
    is left out, and so is what is too long.

    Examples
    --------
    >>> unique_stems([Path("a/x.mp3"), Path("b/X.wav"), Path("x (2).ogg"), Path("y")])
    ['x', 'X (2)', 'x (2) (2)', 'y']
    """
    taken: set[str] = set()
    tried: dict[str, int] = {}  # the last number given to a name: many files may share one
    names = []
    for path in paths:
        # What is left of a letter that is cut through goes too.
        short = path.stem.encode("utf-8", "surrogateescape")[:_LONGEST]
        stem = name = short.decode("utf-8", "ignore") or "track"
        k = tried.get(stem.casefold(), 1)
        while name.casefold() in taken:
            k += 1
            name = f"{stem} ({k})"
        tried[stem.casefold()] = k
        taken.add(name.casefold())
        names.append(name)
    return names


def make_folder(folder: Path) -> None:
    """Make a folder, where it is not there; ``GenrelabError`` says why it cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise GenrelabError(
            f"the folder {str(folder)!r} cannot be made ({error.strerror})."
        ) from error
