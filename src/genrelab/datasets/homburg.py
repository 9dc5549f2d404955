"""HOMBURG: 1,886 excerpts of 10 s in nine genres, by 1,463 artists of Garageband.com."""

from __future__ import annotations

import re
from pathlib import Path

from genrelab.datasets.base import Dataset, Info
from genrelab.datasets.catalogue import Catalogue, Entry, read_index
from genrelab.datasets.tree import load_tree

INFO = Info(
    title="HOMBURG",
    citation="H. Homburg, I. Mierswa, B. Moeller, K. Morik and M. Wurst, A benchmark dataset for "
    "audio classification and clustering, 6th International Conference on Music Information "
    "Retrieval, 2005",
    licence="none stated; free downloads of Garageband.com, used for research",
    home="http://www-ai.cs.uni-dortmund.de/audio.html",
    counts={
        "alternative": 145,
        "blues": 120,
        "electronic": 113,
        "folkcountry": 222,
        "funksoulrnb": 47,
        "jazz": 319,
        "pop": 116,
        "raphiphop": 300,
        "rock": 504,
    },
    seconds=10.0,
    groups="artists, told by the files' names",
)
SIZE = "1,886 tracks of 10 s, 9 genres"
NEEDS_ROOT = True


def load(root: str | Path) -> Dataset:
    """Load HOMBURG: ``blues/Andy_Kimbel-Red_Hot_Blues.mp3`` and so on, or all in one folder.

    Tracks are called ``blues/Andy_Kimbel-Red_Hot_Blues``. Signs other than letters and digits may
    differ in the files' names.
    """
    return load_tree(Path(root), catalogue(root))


def catalogue(root: str | Path) -> Catalogue:
    """Return the 1,886 published tracks."""
    entries = tuple(
        Entry(
            id=f"{row['genre']}/{row['track']}",
            key=_to_key(row["track"], ""),
            label=row["genre"],
            group=row["track"].split("-")[0].replace("_", " ").strip(),
        )
        for row in read_index("homburg")
    )
    return Catalogue(
        name="homburg",
        info=INFO,
        entries=entries,
        to_key=_to_key,
        example="blues/Andy_Kimbel-Red_Hot_Blues.mp3",
        homes=("HOMBURG", "Dortmund"),
        suffix=".mp3",
    )


def _to_key(stem: str, label: str) -> str:
    return re.sub("[^a-z0-9]+", "_", stem.casefold()).strip("_")
