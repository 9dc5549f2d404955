"""1517-Artists: 3,180 whole songs in nineteen genres, from the free part of download.com."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from genrelab.datasets.base import Dataset, Info
from genrelab.datasets.catalogue import Catalogue
from genrelab.datasets.manifest import clean_group
from genrelab.datasets.tree import load_tree
from genrelab.errors import DatasetError, did_you_mean

INFO = Info(
    title="1517-Artists",
    citation="K. Seyerlehner, G. Widmer and T. Pohle, Fusing block-level features for music "
    "similarity estimation, 13th International Conference on Digital Audio Effects, 2010",
    licence="none stated; free downloads of download.com, used for research",
    home="http://www.seyerlehner.info",
    # Table 1 of Asgharivaskasi et al.; its genres add up to 3,180, its total says 3,100.
    counts={
        "Alternative & Punk": 182,
        "Blues": 186,
        "Childrens": 164,
        "Classical": 125,
        "Comedy & Spoken Word": 134,
        "Country": 187,
        "Easy Listening & Vocals": 175,
        "Electronic & Dance": 164,
        "Folk": 185,
        "Hip-Hop": 155,
        "Jazz": 177,
        "Latin": 163,
        "New Age": 175,
        "R&B & Soul": 175,
        "Reggae": 172,
        "Religious": 172,
        "Rock & Pop": 181,
        "Soundtracks & More": 150,
        "World": 158,
    },
    groups='artists as the files\' tags name them, with artists = "tags"',
)
SIZE = "3,180 tracks of any length, 19 genres"
NEEDS_ROOT = True

ARTISTS = ("tags", "none")
#: The names of folders with their signs replaced, as unpacking on some systems leaves them.
_FOLDERS = {
    "alternativeandpunk": "Alternative & Punk",
    "comedyandspokenword": "Comedy & Spoken Word",
    "easylisteningandvocals": "Easy Listening & Vocals",
    "electronicanddance": "Electronic & Dance",
    "randbandsoul": "R&B & Soul",
    "rnbandsoul": "R&B & Soul",
    "rockandpop": "Rock & Pop",
    "soundtracksandmore": "Soundtracks & More",
}


def load(root: str | Path, *, artists: str = "none") -> Dataset:
    """Load 1517-Artists: a folder for each genre, as ``1517-Artists/Hip-Hop/NAME.mp3``.

    No list of the files was published, so every audio file in a genre's folder is a track, called
    by its path from the genre on.

    Parameters
    ----------
    root
        Where it lies.
    artists
        ``"tags"`` reads each track's artist from the tags of its file, which takes some
        milliseconds a file; ``"none"`` leaves them out.
    """
    if artists not in ARTISTS:
        raise DatasetError(
            f"artists must be 'tags' or 'none', not {artists!r}.{did_you_mean(artists, ARTISTS)}"
        )
    found = load_tree(Path(root), catalogue(root))
    if artists == "none":
        return found
    return replace(found, tracks=tuple(replace(t, group=_artist(t.path)) for t in found.tracks))


def catalogue(root: str | Path, *, artists: str = "none") -> Catalogue:
    """Return the classes and how many tracks each has; which ones was not published."""
    return Catalogue(
        name="artists1517",
        info=INFO,
        entries=(),
        to_key=lambda stem, label: "",
        example="1517-Artists/Hip-Hop/NAME.mp3",
        homes=("1517-Artists",),
        folders=_FOLDERS,
        suffix=".mp3",
        open=True,
    )


def _artist(path: Path | None) -> str | None:
    import av

    try:
        with av.open(str(path), metadata_errors="replace") as file:
            tags = {key.lower(): value for key, value in file.metadata.items()}
    except (av.FFmpegError, OSError, ValueError):
        return None  # said when the file is read
    return clean_group(tags.get("artist", ""))
