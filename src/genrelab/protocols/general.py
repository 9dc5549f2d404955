"""The protocols that take any data set and any sizes: folds, draws, a column, everything."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from genrelab.datasets.base import Dataset
from genrelab.errors import ProtocolError, did_you_mean
from genrelab.partition import Unit, deal_evenly
from genrelab.protocols.fold import Fold
from genrelab.protocols.registry import FLATTERS_BY_ARTIST, NAMING, register
from genrelab.protocols.units import (
    check_classes,
    check_share,
    check_whole,
    cut_share,
    ids_of,
    make_fold,
    noun,
    part_of_unit,
    to_units,
)


@register(
    measures=f"{NAMING}; every track is tested once",
    flatters="Artists, albums and copies of a track are in training and in test unless "
    'group = "artist" keeps artists apart, so the model names what it half knows.',
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
    >>> from genrelab.track import Track
    >>> tracks = tuple(Track(f"{label}{i}", label) for label in "ab" for i in range(10))
    >>> folds = kfold(Dataset("toy", ("a", "b"), tracks), folds=5)
    >>> [(len(f.train), len(f.valid), len(f.test)) for f in folds]
    [(14, 2, 4), (14, 2, 4), (14, 2, 4), (14, 2, 4), (14, 2, 4)]
    """
    check_whole("folds", folds, least=2)
    valid_share = check_share("validation", validation, most=1 - Fraction(1, folds))
    units = to_units(dataset, dataset.tracks, group, seed)
    if len(units) < folds:
        raise ProtocolError(
            f"{folds} folds need at least {folds} {noun(group)}; {dataset.name!r} has "
            f"{len(units)}. Ask for fewer folds."
        )
    tests = deal_evenly(units, folds)
    made = []
    for index, test in enumerate(tests):
        rest = [unit for other in tests if other is not test for unit in other]
        made.append(make_fold(dataset, index, rest, valid_share, test, seed))
    return made


@register(
    measures=f"{NAMING}, which is what a user has; every track is tested once",
    flatters=FLATTERS_BY_ARTIST,
    artists_apart=True,
)
def artist_kfold(
    dataset: Dataset, *, folds: int = 5, validation: float = 0.1, seed: int = 0
) -> list[Fold]:
    """Split into ``folds`` parts that share no artist: :func:`kfold` with ``group="artist"``.

    For any data set that says whose its tracks are. Five folds by default, since the fewest
    artists of a class bound the number of folds in which it can be tested.
    """
    return kfold(dataset, folds=folds, validation=validation, seed=seed, group="artist")


@register(
    measures=f"{NAMING}, on test parts that are drawn independently",
    flatters="Artists, albums and copies of a track are in training and in test unless "
    'group = "artist" keeps artists apart; repeats overlap, so their deviation says too little.',
)
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
    check_whole("repeats", repeats, least=1)
    test_share = check_share("test", test, most=Fraction(1))
    valid_share = check_share("validation", validation, most=1 - test_share)
    if test_share == 0:
        raise ProtocolError("test must be more than 0.")
    drawn = []
    for index in range(repeats):
        units = to_units(dataset, dataset.tracks, group, f"{seed}/{index}")
        rest, tested = cut_share(dataset, units, test_share, len(dataset.tracks), "test")
        drawn.append(make_fold(dataset, index, rest, valid_share, tested, f"{seed}/{index}"))
    return drawn


@register(
    measures="what a published split measures, and can be set beside the figures published for it",
    flatters="It flatters as its authors let it: many published splits have artists in two parts, "
    "and a test part that everybody uses wears out.",
)
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
    check_whole("repeats", repeats, least=1)
    share = check_share("validation", validation, most=Fraction(1))
    if column not in dataset.splits:
        known = list(dataset.splits)
        raise ProtocolError(
            f"{dataset.name!r} has no split {column!r}.{did_you_mean(column, known)} "
            f"It has: {', '.join(known) or 'none'}."
        )
    part_of = {i: part for i, part in dataset.splits[column].items() if part}
    tracks = [t for t in dataset.tracks if t.id in part_of]
    values = {part_of[t.id] for t in tracks}
    units = to_units(dataset, tracks, group, seed)
    unit_part = {unit.key: part_of_unit(unit, part_of, column, group) for unit in units}

    def units_of(*parts: str) -> list[Unit]:
        return [unit for unit in units if unit_part[unit.key] in parts]

    if not values & {"train", "valid", "test"}:
        if len(values) < 2:
            raise ProtocolError(f"the split {column!r} names fewer than two folds.")
        names = sorted(values, key=lambda v: (not v.isdigit(), int(v) if v.isdigit() else 0, v))
        folds = [
            make_fold(dataset, i, units_of(*values - {name}), share, units_of(name), seed)
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
        fold = make_fold(dataset, 0, units_of("train"), share, units_of("test"), seed)
    else:
        check_classes(dataset, units_of("train"), 0)
        fold = Fold(0, *(ids_of(units_of(part)) for part in ("train", "valid", "test")))
    return _repeated([fold], repeats)


def _repeated(folds: list[Fold], repeats: int) -> list[Fold]:
    return [replace(fold, index=i) for i, fold in enumerate(folds * repeats)]


@register(
    measures="nothing: it trains the model that is shipped",
    flatters="Its accuracy on its own training tracks says nothing; quote the cross-validation of "
    "the same recipe.",
)
def everything(dataset: Dataset) -> list[Fold]:
    """Give one fold that trains on all tracks and tests nothing: for a final model."""
    return [Fold(0, tuple(sorted(t.id for t in dataset.tracks)), (), ())]
