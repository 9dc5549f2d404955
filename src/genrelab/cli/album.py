"""Where the pictures of classified files go: one file, or a folder with one picture a file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from genrelab.errors import GenrelabError
from genrelab.runtime.answers import Answer

#: Bytes of a file's own name that its picture's name keeps; file systems allow about 255 in all.
_LONGEST = 200


class Album:
    """Writes a picture of each answer.

    Parameters
    ----------
    path
        One picture (``.png`` or ``.svg``) if one file was given, else a folder, which is made.
    given
        The files and folders that are classified.
    draw
        From an answer and a title to a matplotlib figure.

    Raises
    ------
    GenrelabError
        ``path`` cannot be what it must be.
    ModuleNotFoundError
        There is no matplotlib.
    """

    def __init__(
        self, path: Path, given: Sequence[Path], draw: Callable[[Answer, str], Any]
    ) -> None:
        from genrelab.evaluation.canvas import FORMATS

        self._path = path
        self._draw = draw
        self._taken: set[str] = set()
        self._folder = len(given) > 1 or given[0].is_dir() or path.is_dir()
        if self._folder:
            try:
                path.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise GenrelabError(
                    f"{str(path)!r} cannot be a folder for the pictures of several files "
                    f"({error.strerror})."
                ) from error
        elif path.suffix.lower() not in FORMATS:
            raise GenrelabError(f"--plot writes .png or .svg, and {str(path)!r} is neither.")

    def add(self, answer: Answer) -> str | None:
        """Write the picture of an answer; return why it could not be, or ``None``."""
        from genrelab.cli.answers import shown
        from genrelab.evaluation.canvas import write_picture

        path = self._path / self._name(answer.path) if self._folder else self._path
        try:
            write_picture(self._draw(answer, shown(answer.path.name)), path)
        except OSError as error:
            return f"its picture {str(path)!r} cannot be written ({error.strerror})."
        return None

    def _name(self, path: Path) -> str:
        """Return the file's name with ``.png``, numbered where another file has that already."""
        stem = path.stem.encode("utf-8", "surrogateescape")[:_LONGEST]
        # Cut inside a letter, what is left of it goes; what was no text stays replaced.
        name = stem.decode("utf-8", "ignore") or "track"
        candidate, k = name, 1
        # Some file systems take capitals and small letters for the same.
        while candidate.casefold() in self._taken:
            k += 1
            candidate = f"{name}-{k}"
        self._taken.add(candidate.casefold())
        return f"{candidate}.png"
