import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genrelab.segmentation import Segmenter
from genrelab.segmentation.autoregression import describe
from genrelab.segmentation.refinement import ShortBlocks, refine

RATE = 11025


@pytest.mark.parametrize("seed", range(4))
def test_boundaries_are_found_to_a_twentieth_of_a_window(compose, seed):
    rng = np.random.default_rng(seed)
    seconds = rng.uniform(8, 13, 4)
    pieces = [compose(x, s, RATE, seed=seed)[0] for x, s in zip("ABCA", seconds, strict=True)]
    found = Segmenter().segment_samples(np.concatenate(pieces))
    starts = [p.start for p in found.parts]
    np.testing.assert_allclose(starts[1:], np.cumsum(seconds)[:-1], atol=0.1)


@given(st.lists(st.integers(0, 200), max_size=12), st.integers(1, 40))
@settings(max_examples=50, deadline=None)
def test_blocks_do_not_depend_on_how_samples_arrive_and_add_up(sizes, length):
    y = np.random.default_rng(0).standard_normal(sum(sizes))
    pieces, whole = ShortBlocks(length, 3), ShortBlocks(length, 3)
    for part in np.split(y, np.cumsum(sizes)):
        pieces.add(part)
    whole.add(y)
    found = pieces.autocorrelations()
    np.testing.assert_array_equal(found, whole.autocorrelations())
    n = len(found) * length
    assert len(found) == len(y) // length
    for k in range(4):
        total = (y[k:n] * y[: n - k]).sum() if n > k else 0.0
        assert found[:, k].sum() * length == pytest.approx(total)


def test_edges_inside_a_part_stay_and_all_keep_rising():
    rng = np.random.default_rng(3)
    y = np.concatenate([rng.standard_normal(4100), np.diff(rng.standard_normal(3901))])
    windows = describe(y.reshape(8, 1000), order=4)
    blocks = ShortBlocks(50, 4)
    blocks.add(y)
    edges = np.arange(9) * 1000.0
    labels = np.array([0, 0, 0, 0, 1, 1, 1, 1])
    refined = refine(labels, edges, windows, blocks.autocorrelations(), 50.0)
    assert refined[4] == pytest.approx(4100, abs=50)
    np.testing.assert_array_equal(np.delete(refined, 4), np.delete(edges, 4))
    # Labels that nothing in the sound supports may move edges, never past each other.
    for seed in range(20):
        wild = np.random.default_rng(seed).integers(0, 3, 8)
        moved = refine(wild, edges, windows, blocks.autocorrelations(), 50.0)
        assert (np.diff(moved) >= 0).all()
        assert (moved[0], moved[-1]) == (0.0, 8000.0)
