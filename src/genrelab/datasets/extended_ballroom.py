"""Extended Ballroom: 4,180 previews of 30 s in thirteen dances, with artists and duplicates."""

from __future__ import annotations

import re
from pathlib import Path

from genrelab.datasets.base import Dataset, Info
from genrelab.datasets.catalogue import Catalogue, Entry, read_index
from genrelab.datasets.tree import load_tree

INFO = Info(
    title="Extended Ballroom 1.1",
    citation="U. Marchand and G. Peeters, The Extended Ballroom dataset, late-breaking session of "
    "the 17th International Society for Music Information Retrieval Conference, 2016",
    licence="none stated; previews of BallroomDancers.com, used for research",
    home="http://anasynth.ircam.fr/home/media/ExtendedBallroom",
    counts={
        "Chacha": 455,
        "Foxtrot": 507,
        "Jive": 350,
        "Pasodoble": 53,
        "Quickstep": 497,
        "Rumba": 470,
        "Salsa": 47,
        "Samba": 468,
        "Slowwaltz": 65,
        "Tango": 464,
        "Viennesewaltz": 252,
        "Waltz": 529,
        "Wcswing": 23,
    },
    seconds=30.0,
    groups="artists; 169 tracks of various artists have none",
    checksums="MD5 of the mp3 files",
)
SIZE = "4,180 tracks of 30 s, 13 dances"
NEEDS_ROOT = True

_VARIOUS = ("various", "various artists")
_NAME = re.compile(r"(?:.*\D)?(\d{6})")


def load(root: str | Path, *, join_duplicates: bool = False) -> Dataset:
    """Load Extended Ballroom: ``Chacha/100701.mp3`` or ``Chacha/Chacha.100701.mp3``.

    Tracks are called by their number.

    Parameters
    ----------
    root
        Where it lies.
    join_duplicates
        Whether the tracks that the authors marked as one recording (exact duplicates, other
        speeds, and the same without its voice) share their source, so that no protocol parts
        them. The papers did not do so.
    """
    return load_tree(Path(root), catalogue(root, join_duplicates=join_duplicates))


def catalogue(root: str | Path, *, join_duplicates: bool = False) -> Catalogue:
    """Return the 4,180 published tracks."""
    entries = tuple(
        Entry(
            id=row["track"],
            key=row["track"],
            label=row["genre"],
            group=None if row["artist"].casefold() in _VARIOUS else row["artist"],
            source=row["recording"] if join_duplicates else "",
            digest=row["md5"],
        )
        for row in read_index("extended_ballroom")
    )
    return Catalogue(
        name="extended_ballroom",
        info=INFO,
        entries=entries,
        to_key=_to_key,
        example="extendedballroom_v1.1/Chacha/Chacha.100701.mp3",
        homes=("extendedballroom_v1.1", "extended_ballroom", "EBallroom"),
        folders={"chachacha": "Chacha", "westcoastswing": "Wcswing"},
        suffix=".mp3",
    )


def _to_key(stem: str, label: str) -> str:
    found = _NAME.fullmatch(stem)
    return found[1] if found else ""
