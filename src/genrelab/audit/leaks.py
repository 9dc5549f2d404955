"""What a split lets through: artists and recordings that are in training and in test."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from genrelab.protocols import Fold
from genrelab.track import Track


@dataclass(frozen=True)
class FoldLeak:
    """What one fold lets through.

    Parameters
    ----------
    fold
        Its number.
    tests
        Test tracks.
    with_relative
        Those of which training (validation included) has the same recording.
    with_artist
        Those by an artist that training has too.
    artists
        Artists that are in the test part and in training.
    """

    fold: int
    tests: int
    with_relative: int
    with_artist: int
    artists: int


@dataclass(frozen=True)
class Leak:
    """What a protocol lets through.

    Parameters
    ----------
    protocol
        As the user names it.
    folds
        One a fold that tests something.
    pairs
        Test tracks and a track of training that is the same recording: ``(fold, test, training)``.
    """

    protocol: str
    folds: tuple[FoldLeak, ...]
    pairs: tuple[tuple[int, str, str], ...]

    @property
    def tests(self) -> int:
        """Test tracks over all folds."""
        return sum(f.tests for f in self.folds)

    @property
    def with_relative(self) -> int:
        """Tests with the same recording in training, over all folds."""
        return sum(f.with_relative for f in self.folds)

    @property
    def with_artist(self) -> int:
        """Tests with their artist in training, over all folds."""
        return sum(f.with_artist for f in self.folds)


def find_leaks(
    protocol: str, folds: Sequence[Fold], tracks: Sequence[Track], family: Mapping[str, int]
) -> Leak:
    """Count what the folds let through.

    Parameters
    ----------
    protocol
        Its name, for the page.
    folds
        From a protocol.
    tracks
        All tracks of the data set.
    family
        Number of the family of each track that has relatives.
    """
    artist = {t.id: t.group for t in tracks if t.group}
    found: list[FoldLeak] = []
    pairs: list[tuple[int, str, str]] = []
    for fold in folds:
        if not fold.test:
            continue
        known = (*fold.train, *fold.valid)
        known_artists = {artist[i] for i in known if i in artist}
        relative = {family[i]: i for i in known if i in family}
        with_relative = [i for i in fold.test if family.get(i) in relative]
        with_artist = [i for i in fold.test if artist.get(i) in known_artists]
        found.append(
            FoldLeak(
                fold=fold.index,
                tests=len(fold.test),
                with_relative=len(with_relative),
                with_artist=len(with_artist),
                artists=len({artist[i] for i in with_artist}),
            )
        )
        pairs += [(fold.index, i, relative[family[i]]) for i in with_relative]
    return Leak(protocol, tuple(found), tuple(pairs))


@dataclass(frozen=True)
class Majority:
    """A class of which one artist has more than half of the tracks."""

    label: str
    artist: str
    tracks: int
    of: int


def find_majorities(tracks: Sequence[Track]) -> list[Majority]:
    """Return the classes in which one artist has the majority, sorted by label.

    Examples
    --------
    >>> tracks = [Track("1", "jazz", group="Ella"), Track("2", "jazz", group="Ella"),
    ...           Track("3", "jazz", group="Louis"), Track("4", "rock", group="Ella")]
    >>> find_majorities(tracks)
    [Majority(label='jazz', artist='Ella', tracks=2, of=3)]
    """
    of_class: dict[str, list[Track]] = defaultdict(list)
    for track in tracks:
        of_class[track.label].append(track)
    found = []
    for label, members in sorted(of_class.items()):
        counts = Counter(t.group for t in members if t.group)
        if len(members) > 1 and counts:
            artist, n = max(counts.items(), key=lambda item: (item[1], item[0]))
            if 2 * n > len(members):
                found.append(Majority(label, artist, n, len(members)))
    return found
