"""Protocols by name: what each measures, how it can flatter, and how a recipe asks for it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from genrelab.datasets.base import Dataset
from genrelab.errors import ProtocolError, did_you_mean
from genrelab.protocols.fold import Fold

#: What most protocols measure; whose tracks depends on whether artists are kept apart.
NAMING = "how well a model names tracks by {artists}"
_KNOWN, _UNHEARD = "artists that it partly knows", "artists it has never heard"
#: How any protocol that keeps artists apart can still flatter.
FLATTERS_BY_ARTIST = (
    "Two names of one artist count as two artists, and a track whose artist is not known is kept "
    "together with its source alone."
)

Make = TypeVar("Make", bound=Callable[..., list[Fold]])


@dataclass(frozen=True)
class Protocol:
    """A protocol, and what a reader of its numbers must know.

    Parameters
    ----------
    name
        As in recipes.
    make
        From a data set and parameters to folds.
    measures
        What its accuracy is the accuracy of; goes on from "It measures". ``{artists}`` stands
        for whose tracks are tested.
    flatters
        One sentence: how its accuracy can be higher than what a user would meet.
    artists_apart
        Whether it keeps artists apart by itself, without the parameter ``group``.
    best_fold
        Whether its paper reports the best fold, so that a report shows it beside the mean.
    """

    name: str
    make: Callable[..., list[Fold]]
    measures: str
    flatters: str
    artists_apart: bool = False
    best_fold: bool = False

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters with their defaults; ``inspect.Parameter.empty`` where there is none."""
        found = list(inspect.signature(self.make).parameters.values())[1:]
        return {p.name: p.default for p in found}

    def grouped(self, parameters: Mapping[str, Any]) -> bool:
        """Return whether no artist is in two parts of a fold, so that chance acts on artists."""
        group = parameters.get("group", self.parameters.get("group"))
        return self.artists_apart or group not in (None, "none")

    def in_words(self, parameters: Mapping[str, Any]) -> tuple[str, str]:
        """Return what it measures with these parameters, and how it can flatter.

        Examples
        --------
        >>> about("kfold").in_words({"group": "artist"})[0]
        'how well a model names tracks by artists it has never heard; every track is tested once'
        """
        now, usually = self.grouped(parameters), self.grouped({})
        measures = self.measures.format(artists=_UNHEARD if now else _KNOWN)
        return measures, FLATTERS_BY_ARTIST if now and not usually else self.flatters


_PROTOCOLS: dict[str, Protocol] = {}


def register(
    *, measures: str, flatters: str, artists_apart: bool = False, best_fold: bool = False
) -> Callable[[Make], Make]:
    """Give a function the name of a protocol: its own."""

    def put(make: Make) -> Make:
        _PROTOCOLS[make.__name__] = Protocol(
            make.__name__, make, measures, flatters, artists_apart, best_fold
        )
        return make

    return put


def names() -> list[str]:
    """Return the names of all protocols, sorted."""
    return sorted(_PROTOCOLS)


def about(name: str) -> Protocol:
    """Return what is known of the protocol called ``name``.

    Raises
    ------
    ProtocolError
        If there is none of that name.
    """
    if name not in _PROTOCOLS:
        raise ProtocolError(
            f"there is no protocol {name!r}.{did_you_mean(name, names())} "
            f"Known: {', '.join(names())}."
        )
    return _PROTOCOLS[name]


def describe(name: str, parameters: Mapping[str, Any]) -> str:
    """Return a protocol as tables name it: one text, in whatever order its parameters were given.

    The seed is left out: it decides which folds, not what they measure.

    Examples
    --------
    >>> describe("kfold", {"group": "artist", "seed": 3, "folds": 5})
    'kfold (folds=5, group=artist)'
    """
    shown = [key for key in about(name).parameters if key in parameters and key != "seed"]
    words = ", ".join(f"{key}={parameters[key]}" for key in shown)
    return f"{name} ({words})" if words else name


def folds(dataset: Dataset, name: str, **parameters: Any) -> list[Fold]:
    """Apply the protocol called ``name``; an unknown name or parameter raises ProtocolError.

    The value ``"none"`` is ``None``, for which TOML has no word.
    """
    found = about(name)
    known = list(found.parameters)
    for key in parameters:
        if key not in known:
            raise ProtocolError(
                f"the protocol {name!r} has no parameter {key!r}.{did_you_mean(key, known)} "
                f"It has: {', '.join(known) or 'none'}."
            )
    for key, default in found.parameters.items():
        if default is inspect.Parameter.empty and key not in parameters:
            raise ProtocolError(f"the protocol {name!r} needs the parameter {key!r}.")
    values = {key: None if value == "none" else value for key, value in parameters.items()}
    return found.make(dataset, **values)
