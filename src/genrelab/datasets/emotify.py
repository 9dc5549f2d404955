"""Emotify: 400 excerpts of a minute in four genres, made for a game about felt emotion."""

from __future__ import annotations

from pathlib import Path

from genrelab.datasets.base import Dataset, Info
from genrelab.datasets.catalogue import Catalogue, Entry, read_index
from genrelab.datasets.tree import load_tree

LABELS = ("classical", "electronic", "pop", "rock")
INFO = Info(
    title="Emotify",
    citation="A. Aljanaki, F. Wiering and R. C. Veltkamp, Studying emotion induced by music "
    "through a crowdsourcing game, Information Processing and Management 52(1), 2016",
    licence="its authors ask to be cited; the music is Magnatune's",
    home="http://www2.projects.science.uu.nl/memotion/emotifydata/",
    counts=dict.fromkeys(LABELS, 100),
    seconds=60.0,
    groups="artists",
)
SIZE = "400 tracks of 60 s, 4 genres"
NEEDS_ROOT = True

#: Excerpts that are less than a minute long.
SHORTER = frozenset({"classical/16", "classical/40", "classical/66", "classical/73"})


def load(root: str | Path) -> Dataset:
    """Load Emotify: ``emotifymusic/classical/1.mp3`` to ``100.mp3``, and so on.

    Tracks are called ``classical/1.mp3``. Shorter cuts of the excerpts load as well.
    """
    return load_tree(Path(root), catalogue(root))


def catalogue(root: str | Path) -> Catalogue:
    """Return the 400 published tracks."""
    entries = tuple(
        Entry(
            id=f"{row['track']}.mp3",
            key=row["track"],
            label=row["track"].split("/")[0],
            group=row["artist"] or None,
            shorter=row["track"] in SHORTER,
        )
        for row in read_index("emotify")
    )
    return Catalogue(
        name="emotify",
        info=INFO,
        entries=entries,
        to_key=_to_key,
        example="emotifymusic/classical/1.mp3",
        homes=("emotifymusic", "emotify"),
        suffix=".mp3",
    )


def _to_key(stem: str, label: str) -> str:
    return f"{label}/{int(stem)}" if label and stem.isdecimal() else ""
