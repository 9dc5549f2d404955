import warnings

import numpy as np
import pytest
import sklearn.metrics as oracle
from hypothesis import given, settings
from hypothesis import strategies as st

from genrelab.evaluation import metrics


@st.composite
def answers(draw):
    """Truth and probabilities; classes may be absent, confidences may tie."""
    k = draw(st.integers(2, 6))
    n = draw(st.integers(1, 60))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    p = rng.dirichlet(np.full(k, 0.5), n)
    if draw(st.booleans()):
        p = np.round(p, 1) + 0.05
        p /= p.sum(1, keepdims=True)
    return rng.integers(0, draw(st.integers(1, k)), n), p


@settings(deadline=None, max_examples=60)
@given(answers())
def test_everything_scikit_learn_has_is_the_same(case):
    y, p = case
    k, answer = p.shape[1], p.argmax(1)
    every = np.arange(k)
    assert metrics.accuracy(y, answer) == oracle.accuracy_score(y, answer)
    np.testing.assert_array_equal(
        metrics.confusion_matrix(y, answer, k), oracle.confusion_matrix(y, answer, labels=every)
    )
    np.testing.assert_allclose(
        metrics.macro_f1(y, answer, k), oracle.f1_score(y, answer, average="macro")
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of classes that are predicted but absent
        balanced = oracle.balanced_accuracy_score(y, answer)
    np.testing.assert_allclose(metrics.balanced_accuracy(y, answer, k), balanced)
    np.testing.assert_allclose(metrics.log_loss(y, p), oracle.log_loss(y, p, labels=every))
    np.testing.assert_allclose(
        metrics.brier_score(y, p), ((p - np.eye(k)[y]) ** 2).sum(1).mean(), rtol=1e-12
    )
    precision, recall, f1, n_true = oracle.precision_recall_fscore_support(
        y, answer, labels=every, zero_division=np.nan
    )
    found = metrics.per_class(y, answer, k)
    np.testing.assert_array_equal(found.n_true, n_true)
    np.testing.assert_array_equal(found.n_predicted, np.bincount(answer, minlength=k))
    np.testing.assert_allclose(found.recall, recall)
    np.testing.assert_allclose(found.f1, f1)
    never_named = (found.n_predicted == 0) & (n_true > 0)
    np.testing.assert_allclose(found.precision, np.where(never_named, 0.0, precision))


def test_absent_classes_as_the_module_says():
    # Class 1 has tracks and is never named; 2 is named and has none; 3 is neither.
    found = metrics.per_class(np.array([0, 0, 1]), np.array([0, 2, 0]), 4)
    np.testing.assert_array_equal(found.precision, [0.5, 0.0, 0.0, np.nan])
    np.testing.assert_array_equal(found.recall, [0.5, 0.0, np.nan, np.nan])
    np.testing.assert_array_equal(found.f1, [0.5, 0.0, 0.0, np.nan])
    assert metrics.macro_f1(np.array([0, 0, 1]), np.array([0, 2, 0]), 4) == pytest.approx(0.5 / 3)
    assert metrics.balanced_accuracy(np.array([0, 0, 1]), np.array([0, 2, 0]), 4) == 0.25


def test_log_loss_of_an_impossible_truth_is_bounded():
    assert metrics.log_loss(np.array([1]), np.array([[1.0, 0.0]])) == pytest.approx(36.04, abs=0.01)
    assert metrics.log_loss(np.array([0]), np.array([[1.0, 0.0]])) == 0.0


def test_brier_score_runs_from_zero_to_two():
    assert metrics.brier_score(np.array([0]), np.array([[1.0, 0.0]])) == 0.0
    assert metrics.brier_score(np.array([0]), np.array([[0.0, 1.0]])) == 2.0
    assert metrics.brier_score(np.array([0]), np.array([[0.5, 0.25, 0.25]])) == 0.375


def confident(confidence, right):
    p = np.array([[c, 1 - c] for c in confidence])
    return np.array([0 if r else 1 for r in right]), p


def test_calibration_error_worked_by_hand():
    # Bins of a fifth: (0.4, 0.6] holds 0.55 wrong and 0.6 right; (0.8, 1] holds 0.9, 0.9 right
    # and 0.9 wrong. Gaps: |1/2 - 0.575| and |2/3 - 0.9|, weighted 2/5 and 3/5.
    y, p = confident([0.55, 0.6, 0.9, 0.9, 0.9], [0, 1, 1, 1, 0])
    expected = 0.4 * 0.075 + 0.6 * (0.9 - 2 / 3)
    assert metrics.expected_calibration_error(y, p, n_bins=5) == pytest.approx(expected)


def test_equal_mass_bins_worked_by_hand():
    y, p = confident([0.6, 0.65, 0.7, 0.95], [1, 0, 1, 1])
    bins = metrics.reliability(y, p, n_bins=2, equal_mass=True)
    assert [b.count for b in bins] == [2, 2]
    assert [b.high for b in bins] == [0.65, 1.0]
    expected = 0.5 * abs(0.5 - 0.625) + 0.5 * abs(1 - 0.825)
    found = metrics.expected_calibration_error(y, p, n_bins=2, equal_mass=True)
    assert found == pytest.approx(expected)


def test_bins_hold_their_upper_edge_and_certainty_is_in_the_last():
    y, p = confident([0.6, 1.0, 0.5], [1, 1, 0])
    bins = metrics.reliability(y, p, n_bins=5)
    assert [b.count for b in bins] == [0, 0, 2, 0, 1]
    assert np.isnan(bins[0].accuracy)
    assert (bins[2].accuracy, bins[2].confidence) == (0.5, pytest.approx(0.55))


@settings(deadline=None, max_examples=40)
@given(answers(), st.integers(1, 20), st.booleans(), st.randoms(use_true_random=False))
def test_bins_partition_the_tracks_whatever_their_order(case, n_bins, equal_mass, random):
    y, p = case
    bins = metrics.reliability(y, p, n_bins=n_bins, equal_mass=equal_mass)
    assert sum(b.count for b in bins) == len(y)
    assert bins[0].low == 0.0
    assert bins[-1].high == 1.0
    assert all(b.count for b in bins) or not equal_mass
    assert all(b.low <= b.confidence <= b.high + 1e-12 for b in bins if b.count)
    right = sum(b.count * b.accuracy for b in bins if b.count)
    assert right == pytest.approx((p.argmax(1) == y).sum())
    order = list(range(len(y)))
    random.shuffle(order)
    again = metrics.expected_calibration_error(
        y[order], p[order], n_bins=n_bins, equal_mass=equal_mass
    )
    first = metrics.expected_calibration_error(y, p, n_bins=n_bins, equal_mass=equal_mass)
    assert again == pytest.approx(first)
    assert 0 <= first <= 1


def test_one_bin_is_the_gap_of_the_means():
    rng = np.random.default_rng(0)
    p = rng.dirichlet([1, 1, 1], 50)
    y = rng.integers(0, 3, 50)
    gap = abs((p.argmax(1) == y).mean() - p.max(1).mean())
    assert metrics.expected_calibration_error(y, p, n_bins=1) == pytest.approx(gap)


@pytest.mark.parametrize("measure", ["log_loss", "brier_score", "expected_calibration_error"])
def test_nothing_to_measure_is_an_error(measure):
    with pytest.raises(ValueError, match="no track"):
        getattr(metrics, measure)(np.array([], int), np.zeros((0, 3)))
