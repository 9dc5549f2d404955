"""FMA small: 8,000 clips of 30 s in eight genres, a thousand of each."""

from __future__ import annotations

from pathlib import Path

from genrelab.datasets.base import Dataset
from genrelab.datasets.catalogue import Catalogue
from genrelab.datasets.fma import subset_catalogue, subset_info
from genrelab.datasets.tree import load_tree

LABELS = (
    "Electronic", "Experimental", "Folk", "Hip-Hop", "Instrumental", "International", "Pop", "Rock",
)  # fmt: skip
INFO = subset_info("small", dict.fromkeys(LABELS, 1000))
SIZE = "8,000 tracks of 30 s, 8 genres"
NEEDS_ROOT = True


def load(root: str | Path, *, metadata: str | None = None) -> Dataset:
    """Load FMA small: ``fma_small/000/000002.mp3`` and so on, with the table ``tracks.csv``.

    Tracks are called by their number, six digits. The split is ``official``.

    Without the table, tracks and genres are known, artists and split are not.

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
    return subset_catalogue(root, "small", info=INFO, metadata=metadata)
