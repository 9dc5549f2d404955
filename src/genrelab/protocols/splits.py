"""The published splits by their names."""

from __future__ import annotations

from genrelab.datasets.base import Dataset
from genrelab.errors import ProtocolError
from genrelab.protocols.fold import Fold
from genrelab.protocols.general import predefined
from genrelab.protocols.registry import NAMING, register


@register(
    measures=f"{NAMING}, on one split that many papers share",
    flatters="The one test part of 290 tracks has been looked at by a decade of papers, and "
    "whoever chooses a model by it has trained on it.",
)
def fault_filtered(
    dataset: Dataset,
    *,
    column: str = "fault_filtered",
    repeats: int = 1,
    group: str | None = "artist",
) -> list[Fold]:
    """Use GTZAN without its faults: 443 tracks to train, 197 to validate, 290 to test.

    C. Kereliuk, B. L. Sturm and J. Larsen, Deep learning and music adversaries, IEEE Transactions
    on Multimedia 17(11), 2015; used by lgnet2023, section IV. All three parts are published, so
    nothing is drawn; no artist is in two of them. ``repeats`` as in :func:`predefined`.
    """
    parts = set(dataset.splits.get(column, {}).values()) - {""}
    if column in dataset.splits and parts != {"train", "valid", "test"}:
        raise ProtocolError(
            f"the split {column!r} needs the values train, valid and test to be a fault-filtered "
            f"one; it has: {', '.join(sorted(parts)) or 'none'}."
        )
    return predefined(dataset, column=column, repeats=repeats, group=group)


@register(
    measures="how well a model names tracks by artists most of whom it has never heard; every "
    "track that is left is tested once",
    flatters="Artists were told apart by less than what is known now: by the names in Sturm's "
    "index 24 of them, with 147 of the 948 tracks, are in more than one fold.",
)
def artist_folds(
    dataset: Dataset,
    *,
    column: str = "artist_folds",
    validation: float = 0.1,
    repeats: int = 1,
    seed: int = 0,
    group: str | None = None,
) -> list[Fold]:
    """Use the three folds over the 948 tracks of GTZAN that are neither copies nor spoilt.

    J. H. Foleis and T. F. Tavares, Texture selection for automatic music genre classification,
    Applied Soft Computing 89, 2020. ``column`` is what the data set calls the split; parameters
    as in :func:`predefined`. Since some artists are in several folds, ``group = "artist"``
    refuses GTZAN's; :func:`artist_kfold` makes folds without that fault.
    """
    return predefined(
        dataset, column=column, validation=validation, repeats=repeats, seed=seed, group=group
    )


@register(
    measures=f"{NAMING}, on the parts that the data set's authors made",
    flatters="A single published test part wears out, since models are chosen by what others "
    "reached on it; and one artist under two names counts as two.",
)
def official(
    dataset: Dataset,
    *,
    column: str = "official",
    validation: float = 0.1,
    repeats: int = 1,
    seed: int = 0,
    group: str | None = "artist",
) -> list[Fold]:
    """Use the split that comes with the data set, such as FMA's 80/10/10 by artist.

    M. Defferrard, K. Benzi, P. Vandergheynst and X. Bresson, FMA: a dataset for music analysis,
    18th International Society for Music Information Retrieval Conference, 2017. Parameters as in
    :func:`predefined`; a split that has an artist in two parts needs ``group = "none"``.
    """
    return predefined(
        dataset, column=column, validation=validation, repeats=repeats, seed=seed, group=group
    )
