"""FMA large: 106,574 clips of 30 s, of which 49,598 have a top genre, one of sixteen."""

from __future__ import annotations

from pathlib import Path

from genrelab.datasets.base import Dataset
from genrelab.datasets.catalogue import Catalogue
from genrelab.datasets.fma import subset_catalogue, subset_info
from genrelab.datasets.tree import load_tree

INFO = subset_info(
    "large",
    {
        "Blues": 110,
        "Classical": 1230,
        "Country": 194,
        "Easy Listening": 24,
        "Electronic": 9372,
        "Experimental": 10608,
        "Folk": 2803,
        "Hip-Hop": 3552,
        "Instrumental": 2079,
        "International": 1389,
        "Jazz": 571,
        "Old-Time / Historic": 554,
        "Pop": 2332,
        "Rock": 14182,
        "Soul-RnB": 175,
        "Spoken": 423,
    },
)
SIZE = "49,598 tracks of 30 s with a top genre (of 106,574), 16 genres"
NEEDS_ROOT = True


def load(root: str | Path, *, metadata: str | None = None) -> Dataset:
    """Load FMA large: ``fma_large/000/000002.mp3`` and so on, with the table ``tracks.csv``.

    Tracks are called by their number, six digits. The split is ``official``.

    Tracks without a top genre are left out; they are no problem.

    Parameters
    ----------
    root
        Where the music lies, with ``fma_metadata`` in it or beside it.
    metadata
        Where ``tracks.csv`` lies, if elsewhere.
    """
    return load_tree(Path(root), catalogue(root, metadata=metadata))


def catalogue(root: str | Path, *, metadata: str | None = None) -> Catalogue:
    """Return the published tracks."""
    return subset_catalogue(root, "large", info=INFO, metadata=metadata)
