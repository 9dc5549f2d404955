"""Tracks that are one recording: the same samples, or copies and excerpts of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from genrelab.audit.listening import Heard
from genrelab.audit.matching import find_matches

SAME_SAMPLES, SAME_RECORDING, SHARED_SOUNDS = "same samples", "same recording", "shared sounds"

#: From this on the samples of two tracks are those of one recording (see ``waveforms``).
LEAST_SIMILARITY = 0.5
#: Below this, common landmarks are chance, and nothing is said of them.
LEAST_SHARED = 0.25


@dataclass(frozen=True)
class Relation:
    """Two tracks that have sound in common.

    Parameters
    ----------
    first, second
        Track ids.
    kind
        ``"same samples"``: what decodes is equal to the last of 16 bits. ``"same recording"``:
        landmarks agree at one offset, and so do the samples there. ``"shared sounds"``: landmarks
        agree, samples do so in part: a remix, another version over the same backing, the same
        drum loop; these do not count as relatives.
    offset
        Seconds into the first where the second begins; below 0, the second begins earlier.
    overlap
        Seconds that both hold.
    common
        Landmarks in common; 0 where the samples are the same and none were needed.
    similarity
        Correlation of the samples (or pictures) where they overlap.
    """

    first: str
    second: str
    kind: str
    offset: float
    overlap: float
    common: int
    similarity: float


#: Called with the places of two tracks, seconds of offset, begin and end of the overlap.
Compare = Callable[[int, int, float, float, float], float]


def find_relations(
    heard: Sequence[Heard],
    sources: Sequence[str],
    compare: Compare,
    *,
    seconds_a_frame: float,
    least_similarity: float = LEAST_SIMILARITY,
) -> list[Relation]:
    """Return all relations, those of tracks that are cut from one source left out.

    Parameters
    ----------
    heard
        What was heard of each track.
    sources
        What each track was cut from: pieces of one source are known to be relatives.
    compare
        Gives the similarity of two tracks; called once for each match of landmarks.
    seconds_a_frame
        Of the landmarks.
    least_similarity
        From this on two tracks are the same recording.
    """
    found: list[Relation] = []
    first_with: dict[str, int] = {}
    single: list[int] = []
    for k, one in enumerate(heard):
        if not one.digest:
            continue
        first = first_with.setdefault(one.digest, k)
        if first == k:
            single.append(k)
        elif sources[first] != sources[k]:
            found.append(
                Relation(
                    heard[first].track_id,
                    one.track_id,
                    SAME_SAMPLES,
                    offset=0.0,
                    overlap=one.seconds,
                    common=0,
                    similarity=1.0,
                )
            )
    # Of tracks with the same samples one stands for all: n copies have n * n pairs.
    for match in find_matches([heard[k].landmarks for k in single]):
        i, j = single[match.first], single[match.second]
        if sources[i] == sources[j]:
            continue
        offset = match.offset * seconds_a_frame
        begin, end = max(0.0, offset), min(heard[i].seconds, offset + heard[j].seconds)
        similarity = compare(i, j, offset, begin, end) if end > begin else 0.0
        if similarity < LEAST_SHARED:
            continue
        found.append(
            Relation(
                heard[i].track_id,
                heard[j].track_id,
                SAME_RECORDING if similarity >= least_similarity else SHARED_SOUNDS,
                offset=offset,
                overlap=max(0.0, end - begin),
                common=match.common,
                similarity=similarity,
            )
        )
    return sorted(found, key=lambda r: (r.first, r.second))


def families(relations: Iterable[Relation]) -> list[tuple[str, ...]]:
    """Return the groups of track ids that are one recording, each sorted; sounds do not count.

    Examples
    --------
    >>> def same(a, b):
    ...     return Relation(a, b, SAME_RECORDING, 0.0, 1.0, 9, 1.0)
    >>> families([same("a", "c"), same("c", "b"), same("x", "y")])
    [('a', 'b', 'c'), ('x', 'y')]
    """
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        parent.setdefault(name, name)
        while parent[name] != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    for relation in relations:
        if relation.kind != SHARED_SOUNDS:
            parent[root(relation.first)] = root(relation.second)
    members: dict[str, list[str]] = {}
    for name in parent:
        members.setdefault(root(name), []).append(name)
    return sorted(tuple(sorted(names)) for names in members.values())


def family_of(groups: Sequence[Sequence[str]]) -> Mapping[str, int]:
    """Return the number of each track's family."""
    return {name: k for k, names in enumerate(groups) for name in names}
