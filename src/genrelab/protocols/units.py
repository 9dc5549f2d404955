"""What may not be torn apart, and making folds of it.

Chance comes from sorting by SHA-256 of seed and track id, never from a library's generator.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction

from genrelab.datasets.base import Dataset
from genrelab.errors import ProtocolError, did_you_mean
from genrelab.partition import Unit, cut
from genrelab.protocols.fold import Fold
from genrelab.track import Track

GROUPS = ("artist",)


def to_units(
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
            'artist; say group = "none", or name the column of artists when loading it.'
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


def part_of_unit(unit: Unit, part_of: Mapping[str, str], column: str, group: str | None) -> str:
    """Return the part that a published split puts all tracks of a unit in."""
    parts = sorted({part_of[i] for i in unit.ids})
    if len(parts) > 1:
        shared = "an artist's tracks" if group else "pieces of one source"
        advice = ' Use the split as published with group = "none".' if group else ""
        raise ProtocolError(
            f"the split {column!r} has {shared} in {' and '.join(parts)}: "
            f"{', '.join(unit.ids[:3])}{' ...' if len(unit.ids) > 3 else ''}.{advice}"
        )
    return parts[0]


def make_fold(
    dataset: Dataset,
    index: int,
    rest: list[Unit],
    share: Fraction,
    test: list[Unit],
    seed: int | str,
) -> Fold:
    """Cut the validation part out of ``rest`` and make the fold."""
    total = sum(u.size for u in rest) + sum(u.size for u in test)
    check_classes(dataset, rest, index)
    # Shuffled anew: the order of the test parts must not decide what is validated on.
    rest = sorted(rest, key=lambda unit: _chance(f"{seed}/validation/{index}", unit.key))
    train, valid = cut_share(dataset, rest, share, total, "validation")
    return Fold(index, ids_of(train), ids_of(valid), ids_of(test))


def cut_share(
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


def check_classes(dataset: Dataset, train: list[Unit], index: int) -> None:
    """Refuse a fold that could not learn some class."""
    trained = {label for unit in train for label in unit.counts}
    for label in dataset.labels:
        if label not in trained:
            raise ProtocolError(
                f"fold {index} would have no track of the class {label!r} to train on: too few "
                "of its tracks or artists can be told apart. Ask for fewer folds or smaller "
                "shares, or leave the class out."
            )


def ids_of(units: Sequence[Unit]) -> tuple[str, ...]:
    """Return the track ids of units, sorted."""
    return tuple(sorted(i for unit in units for i in unit.ids))


def noun(group: str | None) -> str:
    """Return what a unit is called."""
    return "artists" if group else "tracks"


def check_whole(name: str, value: object, *, least: int) -> None:
    """Refuse what is no whole number of at least ``least``."""
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise ProtocolError(f"{name} must be a whole number of at least {least}, not {value!r}.")


def check_share(name: str, value: object, *, most: Fraction) -> Fraction:
    """Return a share as the decimal number that was written; refuse what is none."""
    if isinstance(value, bool) or not isinstance(value, (int, float, Fraction)):
        raise ProtocolError(f"{name} must be a number, not {value!r}.")
    if not 0 <= value < most:
        raise ProtocolError(f"{name} must be from 0 to less than {float(most):g}, not {value}.")
    # The decimal number that was written, not its nearest binary one.
    return Fraction(str(value))
