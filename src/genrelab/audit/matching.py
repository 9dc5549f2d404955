"""Which recordings share landmarks at one offset: an inverted index of sorted numbers.

After Wang 2003, section 2.3: two recordings are related if many of their common hashes have the
same difference of time. All tracks are looked up in each other at once: hash, track and frame of
every landmark are packed into one 64-bit number, and sorting these puts what shares a hash side by
side. What then costs is the landmarks that share a hash with another track, and those are cut: a
hash that occurs more than ``most`` times tells nothing (a drum machine, a hum) and is left out. So
the hits are at most proportional to the number of landmarks, whatever the tracks hold; no track is
ever compared with every other. Below that bound hashes meet by chance the more often the more
tracks there are, so that a track costs somewhat more in a large set than in a small one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genrelab.audit.landmarks import Landmarks
from genrelab.errors import DatasetError

#: Among the 135,000 pairs of 520 clips (`benchmarks/planted.py`, seed 0) the most found in a pair
#: that was not reported was 4. What more tracks bring by chance, the comparison behind it drops.
LEAST_COMMON = 8
#: A hash that occurs more often is left out.
MOST_OCCURRENCES = 64
#: Hits (a landmark of one track and one of another with the same hash) looked at in one go.
_HITS_AT_ONCE = 2**22
_SLICE = 2**22


@dataclass(frozen=True)
class Match:
    """Two tracks with common landmarks.

    Parameters
    ----------
    first, second
        Places in the list of tracks, ``first`` the smaller.
    common
        Landmarks in common at this offset, a frame more or less.
    offset
        Frames: what is at frame ``t`` of the second track is at ``t + offset`` of the first.
    """

    first: int
    second: int
    common: int
    offset: int


def find_matches(
    tracks: Sequence[Landmarks],
    *,
    least_common: int = LEAST_COMMON,
    most: int = MOST_OCCURRENCES,
) -> list[Match]:
    """Return the pairs of tracks with at least ``least_common`` landmarks at one offset.

    Parameters
    ----------
    tracks
        Landmarks of each track.
    least_common
        How many common landmarks make a match.
    most
        A hash that occurs more often in all tracks together is left out.

    Returns
    -------
    list of Match
        One a pair, its best offset; sorted by the tracks' places.
    """
    if len(tracks) < 2 or not any(len(t) for t in tracks):
        return []
    return Index(tracks, most=most).matches(least_common)


class Index:
    """The landmarks that at least two places share, sorted by hash.

    Attributes
    ----------
    n_landmarks
        All that went in.
    n_shared
        Those whose hash occurs more than once, and at most ``most`` times.
    n_hits
        Pairs of landmarks that will be looked at.
    """

    def __init__(self, tracks: Sequence[Landmarks], *, most: int = MOST_OCCURRENCES) -> None:
        self._n_tracks = len(tracks)
        longest = max(int(t.frames.max()) if len(t) else 0 for t in tracks)
        self._frame_bits = max(1, longest.bit_length())
        self._track_bits = max(1, (self._n_tracks - 1).bit_length())
        low = self._frame_bits + self._track_bits
        if low > 40 or self._track_bits > 20:
            raise DatasetError(
                "the audit serves up to a million tracks, and their number times the length of "
                "the longest up to 50 hours for 100,000 tracks; audit the data set in parts."
            )
        self._hash_bits = min(32, 64 - low)
        keys = self._pack(tracks)
        self.n_landmarks = len(keys)
        keys.sort()
        keys = _shared(keys, low)
        # Runs of equal hashes, the too long ones left out.
        starts = np.flatnonzero(np.diff(keys >> np.uint64(low), prepend=~np.uint64(0)))
        lengths = np.diff(starts, append=len(keys))
        kept = lengths <= most
        keys = keys[np.repeat(kept, lengths)]
        lengths = lengths[kept]
        self.n_shared = len(keys)
        # How many entries of its run stand behind each entry.
        ends = np.repeat(np.cumsum(lengths), lengths)
        self._behind = (ends - 1 - np.arange(len(keys))).astype(np.int32)
        self.n_hits = int(self._behind.sum())
        frame_mask = np.uint64(2**self._frame_bits - 1)
        track_mask = np.uint64(2**self._track_bits - 1)
        self._frame = (keys & frame_mask).astype(np.int32)
        self._track = ((keys >> np.uint64(self._frame_bits)) & track_mask).astype(np.int32)

    def _pack(self, tracks: Sequence[Landmarks]) -> NDArray[np.uint64]:
        keys = np.empty(sum(len(t) for t in tracks), np.uint64)
        at = 0
        for k, track in enumerate(tracks):
            part = keys[at : at + len(track)]
            part[:] = track.hashes >> np.uint32(32 - self._hash_bits)
            part <<= np.uint64(self._track_bits)
            part |= np.uint64(k)
            part <<= np.uint64(self._frame_bits)
            part |= track.frames.astype(np.uint64)
            at += len(track)
        return keys

    def matches(self, least_common: int) -> list[Match]:
        """Return the best offset of each pair with at least ``least_common`` landmarks there."""
        found = []
        for first, second in self._hits():
            found += self._count(first, second, least_common)
        return sorted(found, key=lambda m: (m.first, m.second))

    def _hits(self) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
        """Yield places of landmarks with one hash, all of a track as first in one go."""
        order = np.argsort(self._track, kind="stable")
        until = np.cumsum(self._behind[order], dtype=np.int64)
        # A cut may only be made between tracks.
        last_of_track = np.flatnonzero(np.diff(self._track[order], append=-1))
        begin = 0
        for place in last_of_track:
            done = until[begin - 1] if begin else 0
            following = np.searchsorted(last_of_track, place, side="right")
            is_last = following == len(last_of_track)
            if not is_last and until[last_of_track[following]] - done <= _HITS_AT_ONCE:
                continue
            entries = order[begin : place + 1]
            begin = int(place) + 1
            counts = self._behind[entries].astype(np.int64)
            first = np.repeat(entries, counts)
            step = np.arange(len(first)) - np.repeat(np.cumsum(counts) - counts, counts)
            second = first + 1 + step
            other = self._track[first] != self._track[second]
            if other.any():
                yield first[other], second[other]

    def _count(
        self, first: NDArray[np.int64], second: NDArray[np.int64], least_common: int
    ) -> list[Match]:
        """Return the matches among these hits: a histogram of offsets for each pair."""
        i, j = self._track[first].astype(np.int64), self._track[second].astype(np.int64)
        base = int(i.min())
        middle = 2**self._frame_bits
        offset = self._frame[first].astype(np.int64) - self._frame[second] + middle
        cell = ((i - base) * self._n_tracks + j) * (2 * middle + 2) + offset
        cell, count = np.unique(cell, return_counts=True)
        # A cell and its neighbours: a shift by half a frame divides the landmarks between two.
        common = count.copy()
        beside = np.flatnonzero(np.diff(cell) == 1)
        common[beside] += count[beside + 1]
        common[beside + 1] += count[beside]
        strong = np.flatnonzero(common >= least_common)
        pair = cell[strong] // (2 * middle + 2)
        # The best cell of each pair: most landmarks in all, then in the cell itself.
        order = np.lexsort((-count[strong], -common[strong], pair))
        heads = order[np.diff(pair[order], prepend=-1) != 0]
        return [
            Match(
                first=base + int(pair[k]) // self._n_tracks,
                second=int(pair[k]) % self._n_tracks,
                common=int(common[strong[k]]),
                offset=int(cell[strong[k]] % (2 * middle + 2)) - middle,
            )
            for k in heads
        ]


def _shared(keys: NDArray[np.uint64], low: int) -> NDArray[np.uint64]:
    """Return the keys whose hash another key has too, in slices that spare memory."""
    same = np.zeros(len(keys) + 1, bool)  # whether a key has the hash of the one before it
    for at in range(1, len(keys), _SLICE):
        part = keys[at - 1 : at + _SLICE]
        same[at : at + len(part) - 1] = (part[1:] ^ part[:-1]) >> np.uint64(low) == 0
    return keys[same[:-1] | same[1:]]
