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
    found, together = pieces.blocks(), whole.blocks()
    np.testing.assert_array_equal(found.products, together.products)
    np.testing.assert_array_equal(found.before, together.before)
    n = len(found) * length
    assert len(found) == len(y) // length
    for k in range(4):
        total = (y[k:n] * y[: n - k]).sum() if n > k else 0.0
        assert found.products[:, k].sum() * length == pytest.approx(total)


@pytest.mark.parametrize("sound", ["noise", "tone"])
def test_what_a_filter_leaves_of_a_block_is_what_filtering_gives(sound):
    rng = np.random.default_rng(1)
    y = rng.standard_normal(2000) if sound == "noise" else np.sin(0.05 * np.arange(2000) ** 1.02)
    blocks = ShortBlocks(61, 7)
    blocks.add(y)
    found = blocks.blocks()
    inverse = np.concatenate([[1.0], rng.normal(size=7)])
    if sound == "tone":
        inverse = describe(y[None], order=7).filters[0]
    residual = np.convolve(y, inverse)[: 61 * len(found)].reshape(-1, 61)
    np.testing.assert_allclose(
        found.residual_powers(inverse, 3, 30),
        (residual**2).mean(axis=1)[3:30],
        rtol=1e-6,
        atol=1e-14,
    )


@pytest.mark.parametrize(("low", "high"), [(55.0, 130.8), (55.0, 440.0), (100.0, 440.0)])
def test_boundaries_of_steady_tones_far_apart_are_found(low, high):
    t = np.arange(10 * RATE) / RATE
    voices = [sum(np.sin(2 * np.pi * f * h * t) / h for h in (1, 2, 3)) for f in (low, high)]
    y = np.round(8000 * np.concatenate(voices)) / 32768
    found = Segmenter(n_clusters=2).segment_samples(y.astype(np.float32))
    assert [p.letter for p in found.parts] == ["A", "B"]
    assert found.parts[1].start == pytest.approx(10.0, abs=0.2)


def test_edges_inside_a_part_stay_and_all_keep_rising():
    rng = np.random.default_rng(3)
    y = np.concatenate([rng.standard_normal(4100), np.diff(rng.standard_normal(3901))])
    windows = describe(y.reshape(8, 1000), order=4)
    blocks = ShortBlocks(50, 4)
    blocks.add(y)
    edges = np.arange(9) * 1000.0
    labels = np.array([0, 0, 0, 0, 1, 1, 1, 1])
    refined = refine(labels, edges, windows, blocks.blocks(), 50.0)
    assert refined[4] == pytest.approx(4100, abs=50)
    np.testing.assert_array_equal(np.delete(refined, 4), np.delete(edges, 4))
    # Labels that nothing in the sound supports may move edges, never past each other.
    for seed in range(20):
        wild = np.random.default_rng(seed).integers(0, 3, 8)
        moved = refine(wild, edges, windows, blocks.blocks(), 50.0)
        assert (np.diff(moved) >= 0).all()
        assert (moved[0], moved[-1]) == (0.0, 8000.0)
