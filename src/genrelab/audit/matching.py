"""Which recordings share landmarks at one offset: an inverted index of sorted numbers.

After Wang 2003, section 2.3: two recordings are related if many of their common hashes have the
same difference of time. All tracks are looked up in each other at once: hash, track and frame of
every landmark are packed into one 64-bit number, and sorting these puts what shares a hash side by
side. What then costs is the landmarks that share a hash with another track, and those are cut: a
hash that occurs more than ``most`` times tells nothing (a drum machine, a hum) and is left out. So
the hits are at most proportional to the number of landmarks, whatever the tracks hold; no track is
ever compared with every other. Below that bound hashes meet by chance the more often the more
tracks there are; such a hit costs little: it becomes one more number, these are sorted once more,
and one look at the sorted numbers drops all that are alone.

Nothing but the sort takes all numbers at once. All else goes over them in slices that stay in the
cache and in the order they lie in, so that an entry costs about the same in a large set as in a
small one (`benchmarks/audit.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from genrelab.audit.landmarks import Landmarks
from genrelab.errors import DatasetError

#: Among the 135,000 pairs of 520 clips (`benchmarks/planted.py`, seed 0) the most found in a pair
#: that was not reported was 4. What more tracks bring by chance, the comparison behind it drops.
LEAST_COMMON = 8
#: A hash that occurs more often is left out.
MOST_OCCURRENCES = 64
#: Hits (a landmark of one track and one of another with the same hash) held at a time: 128 MiB.
_HITS_AT_ONCE = 2**24
#: Numbers worked on in one go, so few that they and what is made of them stay in the cache.
_SLICE = 2**17


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
        sizes = np.array([len(t.hashes) for t in tracks], np.int64)
        batches = _batches(sizes)
        longest = max((int(_frames(tracks[b]).max()) for b in batches), default=0)
        self._frame_bits = max(1, longest.bit_length())
        self._track_bits = max(1, (self._n_tracks - 1).bit_length())
        self._low = self._frame_bits + self._track_bits
        if self._low > 40 or self._track_bits > 20:
            raise DatasetError(
                "the audit serves up to a million tracks, and their number times the length of "
                "the longest up to 50 hours for 100,000 tracks; audit the data set in parts."
            )
        self._keys = self._pack(tracks, sizes, batches)
        self.n_landmarks = len(self._keys)
        self._keys.sort()
        self._behind = self._keep_shared(most)
        self.n_shared = len(self._keys)
        self.n_hits = int(self._behind.sum(dtype=np.int64))

    def _pack(
        self, tracks: Sequence[Landmarks], sizes: NDArray[np.int64], batches: Sequence[slice]
    ) -> NDArray[np.uint64]:
        """Return hash, track and frame of all landmarks, from the highest bit to the lowest."""
        dropped = max(0, 32 + self._low - 64)  # bits of a hash for which there is no room
        keys = np.empty(int(sizes.sum()), np.uint64)
        numbers = np.arange(self._n_tracks, dtype=np.uint64) << np.uint64(self._frame_bits)
        at = 0
        for batch in batches:
            hashes = np.concatenate([t.hashes for t in tracks[batch]])
            if dropped:
                hashes >>= np.uint32(dropped)
            part = keys[at : at + len(hashes)]
            np.left_shift(hashes, np.uint64(self._low), out=part, dtype=np.uint64)
            part |= np.repeat(numbers[batch], sizes[batch])
            part |= _frames(tracks[batch]).astype(np.uint32)
            at += len(part)
        return keys

    def _keep_shared(self, most: int) -> NDArray[np.unsignedinteger]:
        """Drop the keys whose hash is in one place or in too many, in the memory they lie in.

        Return for each key that stays how many of the same hash stand behind it.
        """
        keys, low = self._keys, np.uint64(self._low)
        behind = []
        n_kept, begin = 0, 0
        small = np.min_scalar_type(most)
        while begin < len(keys):
            end = min(begin + _SLICE, len(keys))
            # A cut may only be made between hashes.
            last = keys[end - 1] | np.uint64(2**self._low - 1)
            end = begin + int(np.searchsorted(keys[begin:], last, side="right"))
            part = keys[begin:end]
            begin = end
            same = np.zeros(len(part) + 1, bool)  # whether a key has the hash of the one before it
            same[1:-1] = (part[1:] ^ part[:-1]) >> low == 0
            # Places and not a mask: among so few that stay, that is several times faster.
            shared = np.flatnonzero(same[:-1] | same[1:])
            part = part.take(shared)
            ends = np.append(np.flatnonzero(~same.take(shared))[1:], len(part))
            lengths = np.diff(ends, prepend=0)
            left = np.repeat(ends, lengths) - np.arange(len(part)) - 1
            if (lengths > most).any():
                few = np.repeat(lengths <= most, lengths)
                part, left = part[few], left[few]
            # What is written lies before what is still to be read.
            keys[n_kept : n_kept + len(part)] = part
            behind.append(left.astype(small))
            n_kept += len(part)
        # The tail goes back to the system.
        keys.resize(n_kept, refcheck=False)
        return np.concatenate(behind) if behind else np.empty(0, small)

    def matches(self, least_common: int) -> list[Match]:
        """Return the best offset of each pair with at least ``least_common`` landmarks there."""
        found = []
        for begin, end, n_hits in self._ranges():
            hits = self._hits(begin, end, n_hits)
            hits.sort()
            found += self._count(_crowded(hits, least_common), least_common)
        return sorted(found, key=lambda m: (m.first, m.second))

    def _ranges(self) -> list[tuple[int, int, int]]:
        """Return ranges of first tracks ``(begin, end, hits)`` whose hits are held at a time."""
        if self.n_hits <= _HITS_AT_ONCE:
            return [(0, self._n_tracks, self.n_hits)]
        n_hits = np.zeros(self._n_tracks, np.int64)
        for begin in range(0, len(self._keys), _SLICE):
            some = slice(begin, begin + _SLICE)
            n_hits += np.bincount(
                self._tracks_of(self._keys[some]), self._behind[some], self._n_tracks
            ).astype(np.int64)
        until = np.cumsum(n_hits)
        begins = np.flatnonzero(np.diff((until - n_hits) // _HITS_AT_ONCE, prepend=-1))
        sums = np.add.reduceat(n_hits, begins)
        ends = [*begins[1:].tolist(), self._n_tracks]
        return list(zip(begins.tolist(), ends, sums.tolist(), strict=True))

    def _tracks_of(self, keys: NDArray[np.uint64]) -> NDArray[np.int64]:
        mask = np.uint64(2**self._track_bits - 1)
        return ((keys >> np.uint64(self._frame_bits)) & mask).astype(np.int64)

    def _hits(self, begin: int, end: int, n_hits: int) -> NDArray[np.uint64]:
        """Return all hits whose first track is in this range, unsorted, as numbers.

        From the highest bit to the lowest: first track, second track, difference of their frames.
        """
        keys, behind = self._keys, self._behind
        frame_bits, track_bits = np.uint64(self._frame_bits), np.uint64(self._track_bits)
        track_and_frame = np.uint64(2**self._low - 1)
        frame = np.uint64(2**self._frame_bits - 1)
        middle = np.uint64(2**self._frame_bits)  # so that no difference is below 0
        hits = np.empty(n_hits, np.uint64)
        n = 0
        for at in range(0, len(keys), _SLICE):
            first = np.flatnonzero(behind[at : at + _SLICE]) + at
            if end - begin < self._n_tracks:
                track = self._tracks_of(keys[first])
                first = first[(track >= begin) & (track < end)]
            step = 0
            while len(first):
                step += 1
                one, other = keys[first] & track_and_frame, keys[first + step] & track_and_frame
                i, j = one >> frame_bits, other >> frame_bits
                hit = ((i << track_bits) | j) << (frame_bits + np.uint64(1))
                hit += middle + (one & frame) - (other & frame)
                hit = hit[i != j]
                hits[n : n + len(hit)] = hit
                n += len(hit)
                first = first[behind[first] > step]
        return hits[:n]

    def _count(self, hits: NDArray[np.uint64], least_common: int) -> list[Match]:
        """Return the matches among sorted hits: a histogram of offsets for each pair."""
        cell, count = np.unique(hits, return_counts=True)
        # A cell and its neighbours: a shift by half a frame divides the landmarks between two.
        common = count.copy()
        beside = np.flatnonzero(np.diff(cell) == 1)
        common[beside] += count[beside + 1]
        common[beside + 1] += count[beside]
        strong = np.flatnonzero(common >= least_common)
        pair, offset = np.divmod(cell[strong].astype(np.int64), 2 ** (self._frame_bits + 1))
        first, second = np.divmod(pair, 2**self._track_bits)
        # The best cell of each pair: most landmarks in all, then in the cell itself.
        order = np.lexsort((-count[strong], -common[strong], pair))
        heads = order[np.diff(pair[order], prepend=-1) != 0]
        return [
            Match(
                first=int(first[k]),
                second=int(second[k]),
                common=int(common[strong[k]]),
                offset=int(offset[k]) - 2**self._frame_bits,
            )
            for k in heads
        ]


def _batches(sizes: NDArray[np.int64]) -> list[slice]:
    """Return runs of tracks that have about ``_SLICE`` landmarks each, and at least one."""
    until = np.cumsum(sizes)
    full = np.flatnonzero(np.diff(until // _SLICE, prepend=0)) + 1
    cuts = [0, *full.tolist(), len(sizes)]
    return [slice(a, b) for a, b in pairwise(cuts) if sizes[a:b].any()]


def _frames(tracks: Sequence[Landmarks]) -> NDArray[np.int32]:
    return np.concatenate([t.frames for t in tracks])


def _crowded(hits: NDArray[np.uint64], least: int) -> NDArray[np.uint64]:
    """Return of sorted hits those that have ``least`` of one pair within two frames of offset.

    Hits by chance are alone, and this is all that is done to them. What a match consists of stays
    whole: its hits are in neighbouring cells, so that they stand side by side, and any ``least``
    of them that do so lie within two frames.
    """
    crowded = np.zeros(len(hits), bool)
    for at in range(0, len(hits) - least + 1, _SLICE):
        part = hits[at : at + _SLICE + least - 1]
        heads = at + np.flatnonzero(part[least - 1 :] - part[: len(part) - least + 1] <= 2)
        for k in range(least):
            crowded[heads + k] = True
    return hits[crowded]
