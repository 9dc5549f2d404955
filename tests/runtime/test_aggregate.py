"""What a track's windows make of the track: cases worked by hand, and what is always true."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genrelab.runtime.aggregate import AGGREGATES, Aggregate, softmax


def judged(how, *batches):
    batches = [np.array(batch, dtype=np.float64) for batch in batches]
    track = Aggregate(how, batches[0].shape[1])
    for batch in batches:
        track.add(batch)
    return track.probabilities()


@pytest.mark.parametrize(
    ("windows", "mean", "vote"),
    [
        ([[0.6, 0.4, 0.0]], [0.6, 0.4, 0.0], [1, 0, 0]),
        # Two hesitating windows outvote a sure one.
        ([[0.6, 0.4, 0], [0.6, 0.4, 0], [0, 1, 0]], [0.4, 0.6, 0], [2 / 3, 1 / 3, 0]),
        # One vote each: the larger mean, 0.5 of the second class, decides.
        ([[0.5, 0.3, 0.2], [0.3, 0.7, 0]], [0.4, 0.5, 0.1], [0.5, 0.5, 0]),
        # The third class has the largest mean and no vote: it cannot win a tie it is not in.
        ([[0.51, 0, 0.49], [0, 0.51, 0.49]], [0.255, 0.255, 0.49], [0.5, 0.5, 0]),
        # Within a window, of equals the first.
        ([[0.25, 0.375, 0.375]], [0.25, 0.375, 0.375], [0, 1, 0]),
    ],
)
def test_worked_by_hand(windows, mean, vote):
    np.testing.assert_allclose(judged("mean", windows), mean, atol=1e-12)
    np.testing.assert_allclose(judged("vote", windows), vote, atol=3e-6)


@pytest.mark.parametrize(
    ("windows", "winner"),
    [
        ([[0.6, 0.4], [0.4, 0.6]], 0),  # all equal: the first
        ([[0.6, 0.4], [0.3, 0.7]], 1),
        ([[0.3, 0.7], [0.6, 0.4]], 1),
        # Means that differ by less than a share can show.
        ([[0.6, 0.4], [0.4 - 1e-14, 0.6 + 1e-14]], 1),
        ([[0.51, 0, 0.49], [0, 0.51, 0.49]], 0),
    ],
)
def test_ties_go_to_the_larger_mean(windows, winner):
    assert judged("vote", windows).argmax() == winner


def test_classes_without_a_vote_stand_in_the_order_of_their_means():
    p = judged("vote", [[0.5, 0.1, 0.3, 0.1], [0.6, 0.25, 0.1, 0.05]])
    assert list(np.argsort(-p)) == [0, 2, 1, 3]


tracks = st.integers(2, 5).flatmap(
    lambda classes: st.lists(
        # Few values, so that ties come up.
        st.lists(st.integers(0, 4), min_size=classes, max_size=classes).filter(any),
        min_size=1,
        max_size=12,
    )
)


@settings(deadline=None, max_examples=300)
@given(weights=tracks, data=st.data())
def test_what_is_always_true(weights, data):
    windows = np.array(weights, dtype=np.float64)
    windows /= windows.sum(axis=1, keepdims=True)
    cut = data.draw(st.integers(0, len(windows)))
    order = data.draw(st.permutations(range(len(windows))))
    for how in AGGREGATES:
        p = judged(how, windows)
        assert p.sum() == pytest.approx(1, abs=1e-12)
        assert (p >= 0).all()
        np.testing.assert_allclose(judged(how, windows[:cut], windows[cut:]), p, atol=1e-15)
        np.testing.assert_allclose(judged(how, windows[order]), p, atol=1e-5)
    votes = Counter(row.index(max(row)) for row in windows.tolist())
    most = max(votes.values())
    p = judged("vote", windows)
    assert votes[int(p.argmax())] == most
    np.testing.assert_allclose(
        p, [votes[c] / len(windows) for c in range(windows.shape[1])], atol=3e-6
    )


def test_memory_does_not_grow_and_many_windows_are_no_matter():
    """The share of one window in ten million is less than the tie-break; it still decides."""
    track = Aggregate("vote", 2)
    batch = np.tile([[0.9, 0.1], [0.4, 0.6]], (50_000, 1))
    for _ in range(100):
        track.add(batch)
    assert track.probabilities().argmax() == 0  # a tie, and the larger mean
    track.add(np.array([[0.0, 1.0]]))
    assert track.probabilities().argmax() == 1
    assert track.n_windows == 10_000_001


def test_softmax_of_divided_logits():
    p = softmax(np.array([[0.0, 2 * np.log(3.0)], [1e4, 0.0]], np.float32), 2.0)
    np.testing.assert_allclose(p, [[0.25, 0.75], [1, 0]], atol=1e-7)
    assert p.dtype == np.float64


def test_what_cannot_be_asked():
    with pytest.raises(ValueError, match="aggregate must be one of mean, vote, not 'median'"):
        Aggregate("median", 2)
    with pytest.raises(ValueError, match="no window"):
        Aggregate("mean", 2).probabilities()
