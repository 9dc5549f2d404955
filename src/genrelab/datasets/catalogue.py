"""What a published data set holds: its tracks by name, and how their files are recognised."""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.resources import files

from genrelab.datasets.base import Info


@dataclass(frozen=True)
class Entry:
    """One published track.

    Parameters
    ----------
    id, label, group, source
        As in :class:`genrelab.track.Track`.
    key
        What :attr:`Catalogue.to_key` gives for its file; unique.
    digest
        Published checksum of its file, in hex digits; empty where there is none.
    parts
        Its part in each published split.
    shorter
        Whether it was published shorter than the others.
    """

    id: str
    key: str
    label: str
    group: str | None = None
    source: str = ""
    digest: str = ""
    parts: Mapping[str, str] = field(default_factory=dict)
    shorter: bool = False


@dataclass(frozen=True)
class Catalogue:
    """The tracks of a published data set, and how to tell which file is which.

    Parameters
    ----------
    name
        As in recipes.
    info
        What the data set's module says of itself; the keys of ``info.counts`` are the labels.
    entries
        The tracks.
    to_key
        From a file's name without its ending, and the label that a folder above it stands for
        (or an empty string), to the key of its entry; an empty string if it can be none.
    example
        A path inside the data set, for the sentence that says what was looked for.
    homes
        What the folder that holds the data set is called in the copies that go round, best first.
        Where there is one, nothing outside it is looked at.
    folders
        What folders of a class are called, as :func:`folded` gives it, besides the labels.
    suffix
        The ending of the published files.
    algorithm
        Of the checksums, as :mod:`hashlib` names it.
    of_samples
        Whether the checksum is that of a WAV file with nothing but header and samples, so that
        it can be told from a copy in another lossless format.
    unlabelled
        Keys of files that belong to the data set and have no label.
    open
        Whether every audio file in the folder of a class is a track: no list was published.
    """

    name: str
    info: Info
    entries: tuple[Entry, ...]
    to_key: Callable[[str, str], str]
    example: str
    homes: tuple[str, ...] = ()
    folders: Mapping[str, str] = field(default_factory=dict)
    suffix: str = ".wav"
    algorithm: str = "md5"
    of_samples: bool = False
    unlabelled: frozenset[str] = frozenset()
    open: bool = False

    @property
    def labels(self) -> tuple[str, ...]:
        """The classes in their fixed order."""
        return tuple(self.info.counts)

    def labels_of_folders(self) -> dict[str, str]:
        """Return the label that a folder stands for, by its name as :func:`folded` gives it."""
        return {folded(label): label for label in self.labels} | dict(self.folders)


def folded(name: str) -> str:
    """Return a folder's name as it is compared: small letters and digits alone.

    Examples
    --------
    >>> folded("Hip-Hop"), folded("R&B & Soul"), folded("genres_original")
    ('hiphop', 'rbsoul', 'genresoriginal')
    """
    return "".join(c for c in unicodedata.normalize("NFKC", name).casefold() if c.isalnum())


def read_index(name: str) -> list[dict[str, str]]:
    """Return the rows of ``index/NAME.csv``, which comes with the package.

    Examples
    --------
    >>> read_index("homburg")[0]
    {'genre': 'alternative', 'track': '50_Minutes-Colours'}
    """
    text = (files("genrelab.datasets") / "index" / f"{name}.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
