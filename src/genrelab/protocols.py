"""Protocols: from a data set to folds.

What always holds: the parts of a fold are disjoint; tracks cut from one source stay in one part;
with ``group="artist"`` no artist is in two parts; every class has tracks to train on; the same
data set, parameters and seed give the same folds on every machine, whatever the order of the
tracks. Chance comes from sorting by SHA-256, never from a library's generator.
"""

from __future__ import annotations

import hashlib
import inspect
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations
from typing import Any

from genrelab.datasets.base import Dataset
from genrelab.errors import ProtocolError, did_you_mean
from genrelab.partition import Unit, cut, deal_evenly
from genrelab.track import Track

GROUPS = ("artist",)


@dataclass(frozen=True)
class Fold:
    """Track ids of the parts, each sorted.

    Parameters
    ----------
    index
        Number of the fold, from 0.
    train, valid, test
        Track ids; ``valid`` and ``test`` may be empty.
    """

    index: int
    train: tuple[str, ...]
    valid: tuple[str, ...]
    test: tuple[str, ...]

    def __post_init__(self) -> None:
        for one, other in combinations((self.train, self.valid, self.test), 2):
            shared = set(one) & set(other)
            if shared:
                raise ProtocolError(
                    f"fold {self.index} has the track {min(shared)!r} in two parts."
                )


def kfold(
    dataset: Dataset,
    *,
    folds: int = 10,
    validation: float = 0.1,
    seed: int = 0,
    group: str | None = None,
) -> list[Fold]:
    """Split into ``folds`` stratified parts; each is the test part of one fold.

    Parameters
    ----------
    dataset
        The data set; every track of it is tested exactly once.
    folds
        Number of folds, at least 2.
    validation
        Share of all tracks that each fold sets aside for validation, cut out of what is left for
        training; 0 for none.
    seed
        Other seeds give other folds.
    group
        ``"artist"`` keeps the tracks of a :attr:`Track.group` in one part; tracks without a group
        are kept together by source alone.

    Raises
    ------
    ProtocolError
        If there are fewer artists or tracks than folds, or a class could not be trained on.

    Examples
    --------
    >>> tracks = tuple(Track(f"{label}{i}", label) for label in "ab" for i in range(10))
    >>> folds = kfold(Dataset("toy", ("a", "b"), tracks), folds=5)
    >>> [(len(f.train), len(f.valid), len(f.test)) for f in folds]
    [(14, 2, 4), (14, 2, 4), (14, 2, 4), (14, 2, 4), (14, 2, 4)]
    """
    _check_whole("folds", folds, least=2)
    valid_share = _check_share("validation", validation, most=1 - Fraction(1, folds))
    units = _to_units(dataset, dataset.tracks, group, seed)
    if len(units) < folds:
        raise ProtocolError(
            f"{folds} folds need at least {folds} {_noun(group)}; {dataset.name!r} has "
            f"{len(units)}. Ask for fewer folds."
        )
    tests = deal_evenly(units, folds)
    return [
        _fold(dataset, i, [u for t in tests if t is not test for u in t], valid_share, test, seed)
        for i, test in enumerate(tests)
    ]


def holdout(
    dataset: Dataset,
    *,
    test: float = 0.2,
    validation: float = 0.1,
    repeats: int = 1,
    seed: int = 0,
    group: str | None = None,
) -> list[Fold]:
    """Draw a stratified test part, ``repeats`` times independently of each other.

    Repeats are no folds: a track may be tested several times or never. Parameters as in
    :func:`kfold`; ``test`` is a share of all tracks.
    """
    _check_whole("repeats", repeats, least=1)
    test_share = _check_share("test", test, most=Fraction(1))
    valid_share = _check_share("validation", validation, most=1 - test_share)
    if test_share == 0:
        raise ProtocolError("test must be more than 0.")
    drawn = []
    for index in range(repeats):
        units = _to_units(dataset, dataset.tracks, group, f"{seed}/{index}")
        rest, tested = _cut(dataset, units, test_share, len(dataset.tracks), "test")
        drawn.append(_fold(dataset, index, rest, valid_share, tested, f"{seed}/{index}"))
    return drawn


def predefined(
    dataset: Dataset,
    *,
    column: str,
    validation: float = 0.1,
    repeats: int = 1,
    seed: int = 0,
    group: str | None = None,
) -> list[Fold]:
    """Use a published split: the values of a column of ``Dataset.splits``.

    Values ``train``, ``valid`` and ``test`` give one fold. Other values are names of folds and
    give one fold each, in which it is the test part. Where the split has no validation part, the
    share ``validation`` of the tracks is cut out of the training part; ``seed`` and ``group``
    serve this cut, and with ``group="artist"`` a published split that has an artist in two parts
    is refused. Tracks with an empty value are left out.

    ``repeats`` gives the same folds several times, one after the other: a model draws other
    weights each time, and the deviation tells how much that alone matters.
    """
    _check_whole("repeats", repeats, least=1)
    share = _check_share("validation", validation, most=Fraction(1))
    if column not in dataset.splits:
        known = list(dataset.splits)
        raise ProtocolError(
            f"{dataset.name!r} has no split {column!r}.{did_you_mean(column, known)} "
            f"It has: {', '.join(known) or 'none'}."
        )
    part_of = {i: part for i, part in dataset.splits[column].items() if part}
    tracks = [t for t in dataset.tracks if t.id in part_of]
    values = {part_of[t.id] for t in tracks}
    units = _to_units(dataset, tracks, group, seed)
    unit_part = {unit.key: _part_of_unit(unit, part_of, column, group) for unit in units}

    def units_of(*parts: str) -> list[Unit]:
        return [unit for unit in units if unit_part[unit.key] in parts]

    if not values & {"train", "valid", "test"}:
        if len(values) < 2:
            raise ProtocolError(f"the split {column!r} names fewer than two folds.")
        names = sorted(values, key=lambda v: (not v.isdigit(), int(v) if v.isdigit() else 0, v))
        folds = [
            _fold(dataset, i, units_of(*values - {name}), share, units_of(name), seed)
            for i, name in enumerate(names)
        ]
        return _repeated(folds, repeats)
    odd = values - {"train", "valid", "test"}
    if odd or not {"train", "test"} <= values:
        raise ProtocolError(
            f"the split {column!r} needs the values train and test, and besides them only valid; "
            f"it has: {', '.join(sorted(values))}."
        )
    if "valid" not in values:
        fold = _fold(dataset, 0, units_of("train"), share, units_of("test"), seed)
    else:
        _check_classes(dataset, units_of("train"), 0)
        fold = Fold(0, *(_ids(units_of(part)) for part in ("train", "valid", "test")))
    return _repeated([fold], repeats)


def _repeated(folds: list[Fold], repeats: int) -> list[Fold]:
    return [replace(fold, index=i) for i, fold in enumerate(folds * repeats)]


def everything(dataset: Dataset) -> list[Fold]:
    """Give one fold that trains on all tracks and tests nothing: for a final model."""
    return [Fold(0, tuple(sorted(t.id for t in dataset.tracks)), (), ())]


_PROTOCOLS: dict[str, Callable[..., list[Fold]]] = {
    "everything": everything,
    "holdout": holdout,
    "kfold": kfold,
    "predefined": predefined,
}


def names() -> list[str]:
    """Return the names of all protocols, sorted."""
    return sorted(_PROTOCOLS)


def describe(name: str, parameters: Mapping[str, Any]) -> str:
    """Return a protocol as tables name it: one text, in whatever order its parameters were given.

    The seed is left out: it decides which folds, not what they measure.

    Examples
    --------
    >>> describe("kfold", {"group": "artist", "seed": 3, "folds": 5})
    'kfold (folds=5, group=artist)'
    """
    shown = [p.name for p in _parameters(name) if p.name in parameters and p.name != "seed"]
    words = ", ".join(f"{key}={parameters[key]}" for key in shown)
    return f"{name} ({words})" if words else name


def folds(dataset: Dataset, name: str, **parameters: Any) -> list[Fold]:
    """Apply the protocol called ``name``; an unknown name or parameter raises ProtocolError."""
    if name not in _PROTOCOLS:
        raise ProtocolError(
            f"there is no protocol {name!r}.{did_you_mean(name, names())} "
            f"Known: {', '.join(names())}."
        )
    signature = _parameters(name)
    known = [p.name for p in signature]
    for key in parameters:
        if key not in known:
            raise ProtocolError(
                f"the protocol {name!r} has no parameter {key!r}.{did_you_mean(key, known)} "
                f"It has: {', '.join(known) or 'none'}."
            )
    for p in signature:
        if p.default is p.empty and p.name not in parameters:
            raise ProtocolError(f"the protocol {name!r} needs the parameter {p.name!r}.")
    return _PROTOCOLS[name](dataset, **parameters)


def _parameters(name: str) -> list[inspect.Parameter]:
    return list(inspect.signature(_PROTOCOLS[name]).parameters.values())[1:]


def fingerprint(folds: Sequence[Fold]) -> str:
    """Return sixteen hex digits of which track is in which part of which fold."""
    digest = hashlib.sha256()
    for fold in sorted(folds, key=lambda f: f.index):
        for part in ("train", "valid", "test"):
            for track_id in sorted(getattr(fold, part)):
                digest.update(f"{fold.index}\t{part}\t{track_id}\n".encode())
    return digest.hexdigest()[:16]


# What may not be torn apart ----------------------------------------------------------------------


def _to_units(
    dataset: Dataset, tracks: Sequence[Track], group: str | None, seed: int | str
) -> list[Unit]:
    """Join tracks that share a source (and an artist, if asked), shuffled by seed."""
    if group is not None and group not in GROUPS:
        raise ProtocolError(
            f"group must be 'artist' or left out, not {group!r}.{did_you_mean(str(group), GROUPS)}"
        )
    if group and not any(t.group for t in tracks):
        raise ProtocolError(
            f"{dataset.name!r} does not say whose its tracks are, so they cannot be grouped by "
            "artist; leave out group, or name the column of artists when loading it."
        )
    parent: dict[tuple[str, str], tuple[str, str]] = {}

    def root(key: tuple[str, str]) -> tuple[str, str]:
        parent.setdefault(key, key)
        while parent[key] != key:
            parent[key] = parent[parent[key]]
            key = parent[key]
        return key

    for track in tracks:
        source = root(("source", track.source))
        if group and track.group:
            parent[source] = root(("group", track.group))
    members: dict[tuple[str, str], list[Track]] = {}
    for track in tracks:
        members.setdefault(root(("source", track.source)), []).append(track)
    units = [
        Unit(
            key=min(t.id for t in joined),
            ids=tuple(sorted(t.id for t in joined)),
            counts=Counter(t.label for t in joined),
        )
        for joined in members.values()
    ]
    return sorted(units, key=lambda unit: _chance(seed, unit.key))


def _chance(seed: int | str, key: str) -> str:
    return hashlib.sha256(f"{seed}\t{key}".encode()).hexdigest()


def _part_of_unit(unit: Unit, part_of: Mapping[str, str], column: str, group: str | None) -> str:
    parts = sorted({part_of[i] for i in unit.ids})
    if len(parts) > 1:
        shared = "an artist's tracks" if group else "pieces of one source"
        advice = " Leave out group to use the split as published." if group else ""
        raise ProtocolError(
            f"the split {column!r} has {shared} in {' and '.join(parts)}: "
            f"{', '.join(unit.ids[:3])}{' ...' if len(unit.ids) > 3 else ''}.{advice}"
        )
    return parts[0]


# Folds from units --------------------------------------------------------------------------------


def _fold(
    dataset: Dataset,
    index: int,
    rest: list[Unit],
    share: Fraction,
    test: list[Unit],
    seed: int | str,
) -> Fold:
    """Cut the validation part out of ``rest`` and make the fold."""
    total = sum(u.size for u in rest) + sum(u.size for u in test)
    _check_classes(dataset, rest, index)
    # Shuffled anew: the order of the test parts must not decide what is validated on.
    rest = sorted(rest, key=lambda unit: _chance(f"{seed}/validation/{index}", unit.key))
    train, valid = _cut(dataset, rest, share, total, "validation")
    return Fold(index, _ids(train), _ids(valid), _ids(test))


def _cut(
    dataset: Dataset, units: list[Unit], share: Fraction, total: int, what: str
) -> tuple[list[Unit], list[Unit]]:
    """Cut about ``share * total`` tracks out of ``units``, stratified: what stays, what is cut."""
    if share == 0:
        return units, []
    here = sum(unit.size for unit in units)
    if share * total >= here:
        raise ProtocolError(f"{what} takes all the tracks that are left; ask for a smaller share.")
    left, gone = cut(units, here - share * total, share * total)
    if not gone:
        raise ProtocolError(
            f"{dataset.name!r} has too few tracks or artists to cut {what} out of them."
        )
    return left, gone


def _check_classes(dataset: Dataset, train: list[Unit], index: int) -> None:
    trained = {label for unit in train for label in unit.counts}
    for label in dataset.labels:
        if label not in trained:
            raise ProtocolError(
                f"fold {index} would have no track of the class {label!r} to train on: too few "
                "of its tracks or artists can be told apart. Ask for fewer folds or smaller "
                "shares, or leave the class out."
            )


def _ids(units: Sequence[Unit]) -> tuple[str, ...]:
    return tuple(sorted(i for unit in units for i in unit.ids))


def _noun(group: str | None) -> str:
    return "artists" if group else "tracks"


def _check_whole(name: str, value: object, *, least: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise ProtocolError(f"{name} must be a whole number of at least {least}, not {value!r}.")


def _check_share(name: str, value: object, *, most: Fraction) -> Fraction:
    if isinstance(value, bool) or not isinstance(value, (int, float, Fraction)):
        raise ProtocolError(f"{name} must be a number, not {value!r}.")
    if not 0 <= value < most:
        raise ProtocolError(f"{name} must be from 0 to less than {float(most):g}, not {value}.")
    # The decimal number that was written, not its nearest binary one.
    return Fraction(str(value))
