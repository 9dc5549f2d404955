"""The protocols of the papers that split at random.

Each is one of the general protocols with the paper's numbers, so its folds are the same, and a
run under the one can be compared with a run under the other. A piece of a track stays with its
track: where a paper cut its tracks into segments first and split the segments, its figures are
higher than any here.
"""

from __future__ import annotations

from genrelab.datasets.base import Dataset
from genrelab.protocols.fold import Fold
from genrelab.protocols.general import holdout, kfold
from genrelab.protocols.registry import NAMING, register


@register(
    measures=f"{NAMING}, over ten independent draws",
    flatters="Artists, albums and copies of a track are in training and in test, and the draws "
    "overlap, so their deviation understates how uncertain the mean is.",
)
def liu2021(dataset: Dataset, *, seed: int = 0) -> list[Fold]:
    """Draw ten times independently: 80 % to train, 10 % to validate, 10 % to test, stratified.

    liu2021, section 3.3 speaks of a ten-fold cross-validation with parts of 8/1/1; its code draws
    anew, without a seed, for each of the ten. A track is tested several times or never. The same
    folds as ``holdout`` with ``test = 0.1, validation = 0.1, repeats = 10``.
    """
    return holdout(dataset, test=0.1, validation=0.1, repeats=10, seed=seed)


@register(
    measures=f"{NAMING}; every track is tested once",
    flatters="Artists, albums and copies of a track are in training and in test unless "
    'group = "artist" keeps artists apart; that and faulty files are worth 12 points on GTZAN.',
)
def kfold10(dataset: Dataset, *, seed: int = 0, group: str | None = None) -> list[Fold]:
    """Split into ten stratified folds, each with a tenth of all tracks for validation.

    What "ten-fold cross-validation with parts of 8/1/1" says by itself. The same folds as
    ``kfold`` with its defaults.
    """
    return kfold(dataset, folds=10, validation=0.1, seed=seed, group=group)


@register(
    measures=f"{NAMING}; every track is tested once",
    flatters="The paper reports the best of ten folds, which is chosen by test accuracy and lies "
    "above what the model is worth; artists and copies are in training and in test besides.",
    best_fold=True,
)
def heakl2022(dataset: Dataset, *, seed: int = 0) -> list[Fold]:
    """Split into ten stratified folds with validation, as :func:`kfold10`.

    heakl2022, section III-C: "10-fold validation", of which the highest test accuracy is
    reported. A report gives the mean over the folds, and the best beside it to compare with the
    paper, never alone. The paper does not say what it validates on; here a tenth of all tracks.
    """
    return kfold(dataset, folds=10, validation=0.1, seed=seed)


@register(
    measures=f"{NAMING}, on one draw",
    flatters="One test part of a tenth is small and its luck unknown, nothing is left to choose "
    "an epoch by but the test part, and artists and copies are in training and in test.",
)
def engelkes2023(dataset: Dataset, *, seed: int = 0) -> list[Fold]:
    """Draw 90 % to train and 10 % to test, stratified, without a validation part.

    engelkes2023, section 5.2: 900 and 100 songs of GTZAN. With no validation part the last epoch
    stands: nothing is chosen.
    """
    return holdout(dataset, test=0.1, validation=0.0, seed=seed)


@register(
    measures=f"{NAMING}, on one draw",
    flatters="The paper stops training by the same 30 % that it reports, and artists and copies "
    "are in training and in test.",
)
def asgharivaskasi(dataset: Dataset, *, validation: float = 0.1, seed: int = 0) -> list[Fold]:
    """Draw 70 % to learn from and 30 % to test, stratified.

    asgharivaskasi, section 3, splits 70/30 and chooses the epoch by the 30 %. Here the share
    ``validation`` of all tracks, cut out of the 70 %, chooses, and the 30 % are looked at once.
    """
    return holdout(dataset, test=0.3, validation=validation, seed=seed)
