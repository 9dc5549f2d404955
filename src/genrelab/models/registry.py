"""The registry: every model by its name, with where it comes from."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from genrelab.errors import ModelError, did_you_mean

Kind = Literal["neural", "classical"]


@dataclass(frozen=True)
class Entry:
    """A registered model.

    Parameters
    ----------
    name
        As in recipes and on the command line.
    kind
        ``"neural"``: ``build`` gives a torch module from ``(batch, 1, bins, frames)`` to logits
        ``(batch, classes)``. ``"classical"``: it gives a
        :class:`~genrelab.models.classical.ClassicalModel`.
    build
        Makes the model; takes ``n_classes``, ``n_bins`` if its shape depends on the number of
        bins, and its own options by keyword.
    source
        Paper, section and figure.
    summary
        One line for tables.
    front_end
        The front end it was described with, as :meth:`~genrelab.features.FrontEnd.to_dict` gives.
    min_frames
        Fewest frames an input may have.
    """

    name: str
    kind: Kind
    build: Callable[..., Any]
    source: str
    summary: str
    front_end: dict[str, Any]
    min_frames: int = 1

    @property
    def options(self) -> dict[str, Any]:
        """Return the model's own options and their defaults."""
        parameters = inspect.signature(self.build).parameters.values()
        return {p.name: p.default for p in parameters if p.name not in ("n_classes", "n_bins")}


_ENTRIES: dict[str, Entry] = {}


def register(
    name: str,
    kind: Kind,
    *,
    source: str,
    summary: str,
    front_end: dict[str, Any],
    min_frames: int = 1,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a class or function as the model ``name``; a name taken already raises."""

    def put(build: Callable[..., Any]) -> Callable[..., Any]:
        before = _ENTRIES.get(name)
        if before is not None and not _same_definition(before.build, build):
            raise ModelError(f"two models are named {name!r}.")
        _ENTRIES[name] = Entry(name, kind, build, source, summary, front_end, min_frames)
        return build

    return put


def _same_definition(one: Callable[..., Any], other: Callable[..., Any]) -> bool:
    """Whether a module that is loaded a second time defines its model again."""
    return (one.__module__, one.__qualname__) == (other.__module__, other.__qualname__)


def names(kind: Kind | None = None) -> list[str]:
    """Return the registered names, sorted; of one kind if given."""
    return sorted(n for n, e in _ENTRIES.items() if kind is None or e.kind == kind)


def entry(name: str) -> Entry:
    """Return what is registered as ``name``; an unknown name raises and suggests near ones."""
    if name not in _ENTRIES:
        raise ModelError(
            f"there is no model {name!r}.{did_you_mean(name, names())} Known: {', '.join(names())}."
        )
    return _ENTRIES[name]


def create(name: str, *, n_classes: int, n_bins: int = 128, **options: Any) -> Any:
    """Make the model called ``name``.

    Parameters
    ----------
    name
        A registered name.
    n_classes
        Number of genres, at least 2.
    n_bins
        Rows of the features; models that take any number ignore it.
    **options
        The model's own options; an unknown one raises and suggests the right one.

    Examples
    --------
    >>> create("bbnn", n_classes=10).n_classes
    10
    """
    found = entry(name)
    if n_classes < 2:
        raise ModelError(f"a classifier needs at least 2 classes, not {n_classes}.")
    for key in options:
        if key not in found.options:
            raise ModelError(
                f"the model {name!r} has no option {key!r}."
                f"{did_you_mean(key, list(found.options))} "
                f"It has: {', '.join(found.options) or 'none'}."
            )
    if "n_bins" in inspect.signature(found.build).parameters:
        options["n_bins"] = n_bins
    return found.build(n_classes=n_classes, **options)
