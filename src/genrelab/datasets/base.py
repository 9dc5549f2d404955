"""A data set: labelled tracks in a fixed order, with whatever splits were published for it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from genrelab.errors import DatasetError
from genrelab.track import Track


@dataclass(frozen=True)
class Info:
    """Where a data set comes from and what was published: what its module says of itself.

    Parameters
    ----------
    title, citation, licence, home
        As its authors give them.
    counts
        Published number of tracks of each class, in label order; empty where there is no such
        number.
    seconds
        How long the published clips are; ``None`` where they vary.
    splits
        Names of the published splits, the keys of ``Dataset.splits``.
    groups
        What :attr:`Track.group` is, in words; empty where nothing of the kind was published.
    checksums
        What published checksums there are, in words.
    """

    title: str = ""
    citation: str = ""
    licence: str = ""
    home: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    seconds: float | None = None
    splits: tuple[str, ...] = ()
    groups: str = ""
    checksums: str = ""


@dataclass(frozen=True)
class Problem:
    """Something found wrong while loading: the track or file, and one sentence."""

    subject: str
    message: str


@dataclass(frozen=True)
class Dataset:
    """Labelled tracks.

    Parameters
    ----------
    name
        As in recipes and tables.
    labels
        The genres in their fixed order (a class index means the position here).
    tracks
        The tracks; ids are unique.
    splits
        Published splits: column name to ``{track id: part}``. A track that a split leaves out is
        absent from it or has an empty part. Parts are ``train``, ``valid``, ``test``, or fold
        names.
    features
        A folder with computed features (a feature store) that stands in for audio, or ``None``.
    problems
        What was left out on loading and why; loading never fails on one bad file.
    """

    name: str
    labels: tuple[str, ...]
    tracks: tuple[Track, ...]
    splits: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    features: Path | None = None
    problems: tuple[Problem, ...] = ()
    info: Info = Info()

    def __post_init__(self) -> None:
        if not self.tracks:
            raise DatasetError(f"the data set {self.name!r} has no tracks.")
        repeated = [i for i, n in Counter(t.id for t in self.tracks).items() if n > 1]
        if repeated:
            raise DatasetError(f"the data set {self.name!r} has two tracks called {repeated[0]!r}.")
        unknown = {t.label for t in self.tracks} - set(self.labels)
        if unknown:
            raise DatasetError(
                f"the data set {self.name!r} has a track labelled {min(unknown)!r}, "
                "which is not among its labels."
            )

    @property
    def fingerprint(self) -> str:
        """Sixteen hex digits of ids, labels and groups: the same wherever the files lie."""
        rows = sorted(f"{t.id}\t{t.label}\t{t.group or ''}\t{t.source}" for t in self.tracks)
        return hashlib.sha256("\n".join(rows).encode()).hexdigest()[:16]

    def by_id(self) -> dict[str, Track]:
        """Return the tracks by their id."""
        return {t.id: t for t in self.tracks}

    def counts(self) -> dict[str, int]:
        """Return the number of tracks of each label, in label order."""
        found = Counter(t.label for t in self.tracks)
        return {label: found[label] for label in self.labels}
