"""FMA medium: 25,000 clips of 30 s in sixteen genres of very different sizes."""

from __future__ import annotations

from pathlib import Path

from genrelab.datasets.base import Dataset
from genrelab.datasets.catalogue import Catalogue
from genrelab.datasets.fma import subset_catalogue, subset_info
from genrelab.datasets.tree import load_tree

INFO = subset_info(
    "medium",
    {
        "Blues": 74,
        "Classical": 619,
        "Country": 178,
        "Easy Listening": 21,
        "Electronic": 6314,
        "Experimental": 2251,
        "Folk": 1519,
        "Hip-Hop": 2201,
        "Instrumental": 1350,
        "International": 1018,
        "Jazz": 384,
        "Old-Time / Historic": 510,
        "Pop": 1186,
        "Rock": 7103,
        "Soul-RnB": 154,
        "Spoken": 118,
    },
)
SIZE = "25,000 tracks of 30 s, 16 genres"
NEEDS_ROOT = True


def load(root: str | Path, *, metadata: str | None = None) -> Dataset:
    """Load FMA medium: ``fma_medium/000/000002.mp3`` and so on, with the table ``tracks.csv``.

    Tracks are called by their number, six digits. The split is ``official``.

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
    return subset_catalogue(root, "medium", info=INFO, metadata=metadata)
