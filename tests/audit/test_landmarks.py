import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genrelab.audit.landmarks import (
    HOP_LENGTH,
    N_BINS,
    SAMPLE_RATE,
    Constellation,
    _peaks,
    find_landmarks,
    spectra,
)


def peaks(blocks, constellation):
    found = list(_peaks(blocks, constellation))
    return [
        (int(f), int(b))
        for frames, bins in found
        for f, b in zip(frames, bins, strict=True)
    ]  # fmt: skip


def test_a_full_scale_sine_has_zero_decibels_at_its_bin():
    # Bin 100 of the transform is bin 99 here, since the constant is left out.
    y = np.sin(2 * np.pi * 100 / 2048 * np.arange(SAMPLE_RATE)).astype(np.float32)
    picture = np.concatenate(list(spectra([y])))
    assert picture.shape == (1 + SAMPLE_RATE // HOP_LENGTH, N_BINS)
    assert picture[20].argmax() == 99
    assert picture[20, 99] == pytest.approx(0, abs=0.01)


def test_peaks_are_local_maxima_worked_by_hand():
    picture = np.full((40, 40), -90.0, np.float32)
    picture[10, 10] = -20
    picture[12, 12] = -30  # in reach of the first, and softer
    picture[10, 30] = -40  # out of reach
    picture[30, 5] = picture[30, 6] = -50  # a plateau counts once
    picture[35, 30] = -101  # below the floor
    c = Constellation(reach_bins=5, reach_frames=5, floor=-89)
    assert peaks([picture], c) == [(10, 10), (10, 30), (30, 5)]


def test_the_loudest_peaks_of_a_crowd_stay():
    picture = np.full((30, 200), -90.0, np.float32)
    values = {b: -80 + b / 4 for b in range(5, 200, 20)}
    for b, value in values.items():
        picture[15, b] = value
    c = Constellation(density=3, floor=-89)
    assert peaks([picture], c) == [(15, b) for b in sorted(values)[-3:]]


@given(cuts=st.lists(st.integers(0, 5000), max_size=8), seed=st.integers(0, 3))
@settings(max_examples=8, deadline=None)
def test_landmarks_do_not_depend_on_the_blocks(cuts, seed):
    picture = np.random.default_rng(seed).normal(size=(5000, 60)).astype(np.float32)
    whole = find_landmarks([picture])
    cut = find_landmarks(np.split(picture, sorted(cuts)))
    assert np.array_equal(whole.hashes, cut.hashes)
    assert np.array_equal(whole.frames, cut.frames)
    assert len(whole) > 1000


def test_a_shift_by_whole_hops_moves_landmarks_and_nothing_else(music):
    y = music(1)
    late = np.concatenate([np.zeros(50 * HOP_LENGTH, np.float32), y])
    one, other = find_landmarks(spectra([y])), find_landmarks(spectra([late]))
    inner = set(zip(one.hashes.tolist(), (one.frames + 50).tolist(), strict=True))
    there = set(zip(other.hashes.tolist(), other.frames.tolist(), strict=True))
    # Beside the old beginning, silence now competes with nothing: all but its first peaks stay.
    assert len(inner & there) > 0.95 * len(inner)


def test_level_changes_no_landmark(music):
    y = music(2, 4)
    one, other = find_landmarks(spectra([y])), find_landmarks(spectra([y / 4]))
    assert np.array_equal(one.hashes, other.hashes)


def test_silence_has_none():
    assert len(find_landmarks(spectra([np.zeros(SAMPLE_RATE, np.float32)]))) == 0


def test_what_a_hash_cannot_hold_is_refused():
    with pytest.raises(ValueError):
        Constellation(greatest_leap=64)
    with pytest.raises(ValueError):
        Constellation(greatest_gap=128)
