"""Where the pictures of files go: one picture, or a folder with one a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from genrelab.cli.names import make_folder
from genrelab.errors import GenrelabError

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def picture_paths(plot: Path, given: Sequence[Path], names: Sequence[str]) -> list[Path]:
    """Return where each file's picture goes, and make the folder.

    Parameters
    ----------
    plot
        What ``--plot`` says: a picture, or a folder.
    given
        The files and folders on the command line.
    names
        Of the files that these came to, from :func:`~genrelab.cli.names.unique_stems`.

    Raises
    ------
    GenrelabError
        ``plot`` cannot be what it must be, or there is no matplotlib.
    """
    try:
        from genrelab.evaluation.canvas import FORMATS
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("genrelab"):
            raise
        raise GenrelabError(
            f"--plot needs {error.name}; install it with pip install 'genrelab[train]', or leave "
            "--plot out."
        ) from error
    folder = plot.is_dir()
    picture = not folder and plot.suffix.lower() in FORMATS
    if picture and len(names) > 1:
        raise GenrelabError(
            f"there are {len(names):,} files, but --plot names one picture; give it a folder."
        )
    if not picture and not folder and len(given) == 1 and not given[0].is_dir():
        raise GenrelabError(f"--plot writes .png or .svg, and {str(plot)!r} is neither.")
    make_folder(plot.parent if picture else plot)
    return [plot] if picture else [plot / f"{name}.png" for name in names]


def put(figure: Figure, path: Path) -> str:
    """Write a picture; return why it could not be, or nothing."""
    from genrelab.evaluation.canvas import write_picture

    try:
        write_picture(figure, path)
    except OSError as error:
        return f"its picture {str(path)!r} cannot be written ({error.strerror})."
    return ""
