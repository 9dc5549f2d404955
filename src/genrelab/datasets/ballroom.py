"""Ballroom: 698 excerpts of 30 s in eight dances, from the ISMIR 2004 tempo contest."""

from __future__ import annotations

import re
from pathlib import Path

from genrelab.datasets.base import Dataset, Info
from genrelab.datasets.catalogue import Catalogue, Entry, folded, read_index
from genrelab.datasets.tree import load_tree

INFO = Info(
    title="Ballroom",
    citation="F. Gouyon, A. Klapuri, S. Dixon, M. Alonso, G. Tzanetakis, C. Uhle and P. Cano, An "
    "experimental comparison of audio tempo induction algorithms, IEEE Transactions on Audio, "
    "Speech, and Language Processing 14(5), 2006",
    licence="none stated; previews of BallroomDancers.com, used for research",
    home="http://mtg.upf.edu/ismir2004/contest/tempoContest/node5.html",
    counts={
        "ChaChaCha": 111,
        "Jive": 60,
        "Quickstep": 82,
        "Rumba": 98,
        "Samba": 86,
        "Tango": 86,
        "VienneseWaltz": 65,
        "Waltz": 110,
    },
    seconds=30.0,
    groups="albums, told by the files' names; artists were not published",
    checksums="MD5 of the WAV files",
)
SIZE = "698 tracks of 30 s, 8 dances"
NEEDS_ROOT = True

#: The published folders that make up the class Rumba, as they are compared.
RUMBAS = ("rumbaamerican", "rumbainternational", "rumbamisc")
_ALBUM = re.compile(r"Albums-(.+)-\d+|Media-(\d{4})\d+")


def load(root: str | Path) -> Dataset:
    """Load Ballroom: ``BallroomData/ChaChaCha/Albums-Cafe_Paradiso-05.wav`` and so on.

    Tracks are called by their file, without ending. Three folders of rumbas are one class, as the
    field counts them.
    """
    return load_tree(Path(root), catalogue(root))


def catalogue(root: str | Path) -> Catalogue:
    """Return the 698 published tracks."""
    entries = tuple(
        Entry(
            id=row["track"],
            key=_to_key(row["track"], ""),
            label="Rumba" if folded(row["folder"]) in RUMBAS else row["folder"],
            group=_album(row["track"]),
            digest=row["md5"],
        )
        for row in read_index("ballroom")
    )
    return Catalogue(
        name="ballroom",
        info=INFO,
        entries=entries,
        to_key=_to_key,
        example="BallroomData/ChaChaCha/Albums-Cafe_Paradiso-05.wav",
        homes=("BallroomData", "B_1.0", "Ballroom"),
        folders=dict.fromkeys(RUMBAS, "Rumba"),
        of_samples=True,
    )


def _to_key(stem: str, label: str) -> str:
    return stem.casefold()


def _album(track: str) -> str | None:
    # In the shop's numbers, the first four digits are the album's.
    found = _ALBUM.fullmatch(track)
    return (found[1] or found[2]) if found else None
