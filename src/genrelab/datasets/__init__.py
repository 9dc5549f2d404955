"""Data sets: one module each, with one function ``load(root, **options) -> Dataset``.

A module says of itself as constants: ``INFO`` (title, citation, licence, home page, and what was
published), ``SIZE`` (what it holds, in words) and ``NEEDS_ROOT`` (whether :func:`load` must be
told where it lies). One whose tracks are known beforehand has a function ``catalogue`` besides,
with the arguments of ``load``: what there should be.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from genrelab.datasets.base import Dataset, Info, Problem
from genrelab.datasets.catalogue import Catalogue
from genrelab.datasets.exclusion import exclude_tracks
from genrelab.errors import DatasetError, did_you_mean

Progress = Callable[[int, int], None]

#: Name to module; a module is imported when its data set is asked for.
_MODULES = {
    "arrays": "genrelab.datasets.arrays",
    "artists1517": "genrelab.datasets.artists1517",
    "ballroom": "genrelab.datasets.ballroom",
    "emotify": "genrelab.datasets.emotify",
    "extended_ballroom": "genrelab.datasets.extended_ballroom",
    "fma_large": "genrelab.datasets.fma_large",
    "fma_medium": "genrelab.datasets.fma_medium",
    "fma_small": "genrelab.datasets.fma_small",
    "folder": "genrelab.datasets.folder",
    "gtzan": "genrelab.datasets.gtzan",
    "homburg": "genrelab.datasets.homburg",
    "manifest": "genrelab.datasets.manifest",
    "synthetic": "genrelab.datasets.synthetic",
}

__all__ = [
    "Catalogue",
    "Dataset",
    "Description",
    "Info",
    "Problem",
    "describe",
    "load",
    "names",
    "published",
]


@dataclass(frozen=True)
class Description:
    """What a data set's module says of itself: name, constants, options with their defaults.

    ``tells_progress`` is whether loading may take long and says how far it is.
    """

    name: str
    info: Info
    size: str
    needs_root: bool
    options: dict[str, Any]
    tells_progress: bool


def names() -> list[str]:
    """Return the names of all data sets, sorted."""
    return sorted(_MODULES)


def describe(name: str) -> Description:
    """Return what the data set's module says of itself; an unknown name raises DatasetError."""
    module = import_module(_find(name))
    options = {p.name: p.default for p in inspect.signature(module.load).parameters.values()}
    del options["root"]
    tells_progress = "progress" in options
    options.pop("progress", None)
    return Description(
        name=name,
        info=module.INFO,
        size=module.SIZE,
        needs_root=module.NEEDS_ROOT,
        options=options,
        tells_progress=tells_progress,
    )


def load(
    name: str,
    /,
    root: str | Path | None = None,
    *,
    exclude: str | Path | None = None,
    progress: Progress | None = None,
    **options: Any,
) -> Dataset:
    """Load the data set called ``name``.

    Parameters
    ----------
    name
        One of :func:`names`.
    root
        Where it lies: what ``--data`` gives on the command line.
    exclude
        A list of track ids to leave out, as ``genrelab audit`` writes it; for every data set.
    progress
        Called with the number of tracks done and of all, by data sets that take long.
    options
        The keyword arguments of the module's own ``load``.

    Raises
    ------
    DatasetError
        If the name or an option is unknown, ``root`` is missing, or the data set is not what it
        should be. One bad file is no error: it is listed in ``Dataset.problems``.
    """
    known = _checked(name, root, options)
    if known.tells_progress:
        options["progress"] = progress
    dataset = import_module(_find(name)).load(None if root is None else Path(root), **options)
    if not isinstance(dataset, Dataset):
        raise TypeError(f"the data set {name!r} gave a {type(dataset).__name__}")
    return dataset if exclude is None else exclude_tracks(dataset, exclude)


def published(name: str, /, root: str | Path | None = None, **options: Any) -> Catalogue:
    """Return what the data set called ``name`` should hold; parameters and errors as in ``load``.

    A data set that is whatever lies in a folder raises :class:`DatasetError`.
    """
    _checked(name, root, options)
    module = import_module(_find(name))
    if not hasattr(module, "catalogue"):
        raise DatasetError(
            f"the data set {name!r} is what lies in its folder: there is nothing published that "
            f"it could be checked against. `genrelab datasets show {name}` counts what is there."
        )
    found = module.catalogue(None if root is None else Path(root), **options)
    if not isinstance(found, Catalogue):
        raise TypeError(f"the data set {name!r} gave a {type(found).__name__}")
    return found


def _checked(name: str, root: str | Path | None, options: Mapping[str, Any]) -> Description:
    """Return the description of a data set that can be had with this root and these options."""
    known = describe(name)
    for option in options:
        if option not in known.options:
            raise DatasetError(
                f"the data set {name!r} has no option {option!r}."
                f"{did_you_mean(option, [*known.options, 'exclude'])} "
                f"It has: {', '.join([*known.options, 'exclude'])}."
            )
    if root is None and known.needs_root:
        raise DatasetError(f"say where the data set {name!r} lies, with --data or root=.")
    return known


def _find(name: str) -> str:
    if name not in _MODULES:
        raise DatasetError(
            f"there is no data set {name!r}.{did_you_mean(name, names())} "
            f"Known: {', '.join(names())}."
        )
    return _MODULES[name]
