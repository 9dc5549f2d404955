from collections import Counter

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from genrelab.audit.landmarks import Landmarks
from genrelab.audit.matching import Index, Match, find_matches


def track(*landmarks):
    """Landmarks from pairs of hash and frame."""
    hashes, frames = zip(*landmarks, strict=True) if landmarks else ((), ())
    return Landmarks(np.array(hashes, np.uint32), np.array(frames, np.int32))


def test_a_case_worked_by_hand():
    # What the second has at frame t the first has at t + 7; one landmark slipped by a frame.
    first = track(*((h, 10 * h + 7) for h in range(1, 10)), (100, 5))
    second = track(*((h, 10 * h) for h in range(1, 9)), (9, 91), (100, 90))
    third = track(*((h, 3) for h in range(1, 10)))
    assert find_matches([first, track(), second, third]) == [Match(0, 2, 9, 7)]
    assert find_matches([first, second], least_common=10) == []


def test_hashes_that_occur_too_often_tell_nothing():
    tracks = [track(*((h, 10 * h) for h in range(10))) for _ in range(5)]
    assert len(find_matches(tracks, most=5)) == 10
    assert find_matches(tracks, most=4) == []
    assert Index(tracks, most=4).n_hits == 0


def naive(tracks, least):
    """Compare every track with every other."""
    found = {}
    for j in range(len(tracks)):
        for i in range(j):
            offsets = Counter(
                int(a - b)
                for h, a in zip(tracks[i].hashes, tracks[i].frames, strict=True)
                for k, b in zip(tracks[j].hashes, tracks[j].frames, strict=True)
                if h == k
            )
            best = max((sum(offsets[o + d] for d in (-1, 0, 1)) for o in offsets), default=0)
            if best >= least:
                found[i, j] = best
    return found


@given(
    st.lists(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 30)), max_size=25), max_size=6)
)
@settings(max_examples=60, deadline=None)
def test_equals_comparing_every_pair(drawn):
    tracks = [track(*landmarks) for landmarks in drawn]
    found = find_matches(tracks, least_common=4, most=10**6)
    assert {(m.first, m.second): m.common for m in found} == naive(tracks, 4)


def test_large_hashes_long_tracks_and_many_blocks(monkeypatch):
    monkeypatch.setattr("genrelab.audit.matching._HITS_AT_ONCE", 50)
    monkeypatch.setattr("genrelab.audit.matching._SLICE", 7)
    rng = np.random.default_rng(0)
    base = [(int(h), int(t)) for h, t in zip(
        rng.integers(0, 2**32, 40), rng.integers(0, 50_000, 40), strict=True)]  # fmt: skip
    tracks = [
        track(*((h, t + 100 * k) for h, t in base)) if k % 10 == 0
        else track(*zip(rng.integers(0, 2**32, 40), rng.integers(0, 10**6, 40), strict=True))
        for k in range(50)
    ]  # fmt: skip
    found = find_matches(tracks)
    assert {(m.first, m.second): m.offset for m in found} == {
        (i, j): 100 * (i - j) for j in range(0, 50, 10) for i in range(0, j, 10)
    }
    assert {m.common for m in found} == {40}
