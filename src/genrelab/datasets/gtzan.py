"""GTZAN: 1,000 clips of 30 s in ten genres, the field's oldest and most faulty benchmark."""

from __future__ import annotations

import re
from pathlib import Path

from genrelab.datasets.base import Dataset, Info
from genrelab.datasets.catalogue import Catalogue, Entry, read_index
from genrelab.datasets.tree import load_tree

LABELS = (
    "blues", "classical", "country", "disco", "hiphop", "jazz", "metal", "pop", "reggae", "rock",
)  # fmt: skip
INFO = Info(
    title="GTZAN genre collection",
    citation="G. Tzanetakis and P. Cook, Musical genre classification of audio signals, IEEE "
    "Transactions on Speech and Audio Processing 10(5), 2002",
    licence="none stated; excerpts of commercial recordings, used for research",
    home="http://marsyas.info/downloads/datasets.html",
    counts=dict.fromkeys(LABELS, 100),
    seconds=30.0,
    splits=("fault_filtered", "artist_folds"),
    groups="artists as B. L. Sturm identified them (arXiv:1306.1461); 81 tracks have none",
    checksums="MD5 of the WAV files",
)
SIZE = "1,000 tracks of 30 s, 10 genres"
NEEDS_ROOT = True

_NAME = re.compile(r"(?:gtzan\W|gtzan_)?([a-z]+)[^a-z0-9]*(\d{5})")


def load(root: str | Path) -> Dataset:
    """Load GTZAN: the tarball's ``genres/blues/blues.00000.au``, WAV, or any other copy of it.

    Tracks are called ``blues.00000``. A copy without ``jazz.00054``, or with the damaged one that
    is often met, has 999 usable tracks.

    Splits: ``fault_filtered`` (443, 197 and 290 tracks: C. Kereliuk, B. L. Sturm and J. Larsen,
    Deep learning and music adversaries, IEEE Transactions on Multimedia 17(11), 2015) and
    ``artist_folds`` (three folds over the 948 tracks that are neither copies nor spoilt: J. H.
    Foleis and T. F. Tavares, Texture selection for automatic music genre classification, Applied
    Soft Computing 89, 2020).
    """
    return load_tree(Path(root), catalogue(root))


def catalogue(root: str | Path) -> Catalogue:
    """Return the 1,000 published tracks."""
    entries = tuple(
        Entry(
            id=row["track"],
            key=row["track"],
            label=row["track"].split(".")[0],
            group=row["artist"] or None,
            digest=row["md5"],
            parts={column: row[column] for column in INFO.splits},
        )
        for row in read_index("gtzan")
    )
    return Catalogue(
        name="gtzan",
        info=INFO,
        entries=entries,
        to_key=_to_key,
        example="genres/blues/blues.00000.wav",
        homes=("genres_original", "genres", "gtzan"),
        of_samples=True,
    )


def _to_key(stem: str, label: str) -> str:
    found = _NAME.fullmatch(stem.casefold().replace("hip-hop", "hiphop"))
    return f"{found[1]}.{found[2]}" if found else ""
