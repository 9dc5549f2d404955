"""Protocols: from a data set to folds.

What always holds: the parts of a fold are disjoint; tracks cut from one source stay in one part;
with ``group="artist"`` no artist is in two parts; every class has tracks to train on; the same
data set, parameters and seed give the same folds on every machine, whatever the order of the
tracks. Chance comes from sorting by SHA-256, never from a library's generator.
"""

from genrelab.protocols.fold import Fold, fingerprint
from genrelab.protocols.general import artist_kfold, everything, holdout, kfold, predefined
from genrelab.protocols.papers import asgharivaskasi, engelkes2023, heakl2022, kfold10, liu2021
from genrelab.protocols.registry import Protocol, about, describe, folds, names
from genrelab.protocols.splits import artist_folds, fault_filtered, official
from genrelab.protocols.units import GROUPS

__all__ = [
    "GROUPS",
    "Fold",
    "Protocol",
    "about",
    "artist_folds",
    "artist_kfold",
    "asgharivaskasi",
    "describe",
    "engelkes2023",
    "everything",
    "fault_filtered",
    "fingerprint",
    "folds",
    "heakl2022",
    "holdout",
    "kfold",
    "kfold10",
    "liu2021",
    "names",
    "official",
    "predefined",
]
