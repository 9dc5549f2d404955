import mir_eval
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

from genrelab.segmentation import Part
from genrelab.segmentation.scores import (
    adjusted_rand_index,
    boundary_hits,
    labels_over_time,
    pairwise_f1,
)

lengths = st.lists(st.integers(5, 80), min_size=2, max_size=9)


def intervals(edges):
    return np.column_stack([edges[:-1], edges[1:]])


@given(lengths, lengths, st.sampled_from([0.5, 3.0]))
@settings(max_examples=80, deadline=None)
def test_boundaries_are_mir_evals(one, other, tolerance):
    # On a grid of 0.1 s, away from the tolerance itself.
    truth = np.concatenate([[0], np.cumsum(one)]) / 10
    estimated = np.concatenate([[0], np.cumsum(other)]) / 10 * 1.0137
    precision, recall, f1 = mir_eval.segment.detection(
        intervals(truth), intervals(estimated), window=tolerance, trim=True
    )
    found = boundary_hits(truth[1:-1], estimated[1:-1], tolerance=tolerance)
    assert (found.precision, found.recall, found.f1) == pytest.approx((precision, recall, f1))


def test_no_boundary_estimated_is_none_found():
    assert (boundary_hits([4.0], []).recall, boundary_hits([4.0], []).f1) == (0.0, 0.0)


@given(lengths, st.data())
@settings(max_examples=40, deadline=None)
def test_labels_are_compared_as_mir_eval_and_scikit_learn_do(pieces, data):
    edges = np.concatenate([[0], np.cumsum(pieces)]) / 10
    draw = st.lists(st.integers(0, 3), min_size=len(pieces), max_size=len(pieces))
    names = [data.draw(draw), data.draw(draw)]
    tracks = [
        [Part(a, b, label) for (a, b), label in zip(intervals(edges), labels, strict=True)]
        for labels in names
    ]
    truth, estimated = map(labels_over_time, tracks)
    assert len(truth) == sum(pieces)
    _, _, f1 = mir_eval.segment.pairwise(
        intervals(edges), list(map(str, names[0])), intervals(edges), list(map(str, names[1])),
        frame_size=0.1,
    )  # fmt: skip
    assert pairwise_f1(truth, estimated) == pytest.approx(f1, abs=0.03)
    assert adjusted_rand_index(truth, estimated) == pytest.approx(
        adjusted_rand_score(truth, estimated)
    )


def test_by_hand():
    truth, estimated = np.array([0, 0, 1, 1]), np.array([0, 0, 0, 1])
    # Pairs: 2 in truth, 3 in the estimate, 1 in both.
    assert pairwise_f1(truth, estimated) == pytest.approx(2 * (1 / 3) * (1 / 2) / (1 / 3 + 1 / 2))
    assert pairwise_f1(truth, truth + 5) == adjusted_rand_index(truth, truth + 5) == 1.0
    assert adjusted_rand_index(truth, np.zeros(4, int)) == 0.0
    assert adjusted_rand_index(truth[:1], estimated[:1]) == 1.0
    assert boundary_hits([], []).f1 == 1.0
