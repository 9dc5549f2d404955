from collections import Counter

import numpy as np
import pytest
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


def naive(tracks, least, most):
    """Compare every track with every other."""
    occurrences = Counter(int(h) for t in tracks for h in t.hashes)
    found = {}
    for j in range(len(tracks)):
        for i in range(j):
            offsets = Counter(
                int(a - b)
                for h, a in zip(tracks[i].hashes, tracks[i].frames, strict=True)
                for k, b in zip(tracks[j].hashes, tracks[j].frames, strict=True)
                if h == k and occurrences[int(h)] <= most
            )
            best = max((sum(offsets[o + d] for d in (-1, 0, 1)) for o in offsets), default=0)
            if best >= least:
                found[i, j] = best
    return found


#: Hashes over the whole of 32 bits, the greatest among them.
HASHES = st.integers(0, 12).map(lambda k: k * ((2**32 - 1) // 12) + k * 3 // 12)


@given(
    drawn=st.lists(st.lists(st.tuples(HASHES, st.integers(0, 30)), max_size=25), max_size=6),
    least=st.integers(1, 6),
    most=st.sampled_from([3, 12, 10**6]),
    slice_=st.sampled_from([1, 7, 10**6]),
    at_once=st.sampled_from([1, 20, 10**6]),
)
@settings(max_examples=200, deadline=None)
def test_equals_comparing_every_pair(drawn, least, most, slice_, at_once):
    tracks = [track(*landmarks) for landmarks in drawn]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("genrelab.audit.matching._SLICE", slice_)
        patch.setattr("genrelab.audit.matching._HITS_AT_ONCE", at_once)
        found = find_matches(tracks, least_common=least, most=most)
    assert {(m.first, m.second): m.common for m in found} == naive(tracks, least, most)
    assert found == sorted(found, key=lambda m: (m.first, m.second))


def test_landmarks_count_together_a_frame_apart_and_no_further():
    first = track(*((h, 100) for h in range(8)))

    def second(*slips):
        return track(*((h, 100 - slip) for h, slip in enumerate(slips)))

    assert find_matches([first, second(0, 0, 0, 1, 1, 2, 2, 2)]) == [Match(0, 1, 8, 1)]
    # Nothing lies in the middle, so that no offset has all eight beside it.
    assert find_matches([first, second(0, 0, 0, 0, 2, 2, 2, 2)]) == []
    # The last offset of one pair and the first of the next are not neighbours.
    early, late = track(*((h, 0) for h in range(5))), track(*((h, 1) for h in range(5)))
    assert find_matches([early, late, early]) == []


def test_sixty_four_copies_are_found_among_chance_hits():
    rng = np.random.default_rng(0)
    hashes = rng.integers(0, 2**32, 40)
    copies = [track(*((h, 20 * n + k) for n, h in enumerate(hashes))) for k in range(64)]
    others = [
        track(*zip(rng.integers(0, 2000, 60), rng.integers(0, 900, 60), strict=True))
        for _ in range(200)
    ]
    found = find_matches([*others, *copies])
    assert {(m.first, m.second, m.offset) for m in found} == {
        (200 + i, 200 + j, i - j) for j in range(64) for i in range(j)
    }
    # Of one more, no hash is rare enough.
    assert find_matches([*copies, copies[0]]) == []


def test_no_tracks_and_no_landmarks_have_no_matches():
    for tracks in ([], [track()], [track(), track()], [track((1, 2))]):
        assert find_matches(tracks) == []


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
