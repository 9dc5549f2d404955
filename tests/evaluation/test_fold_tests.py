import math

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from genrelab.evaluation import fold_tests

# Demšar 2006, table 6: AUC of C4.5 as it is, with m, with cf and with both tuned, on 14 data
# sets. His ranks of "voting" tell 0.975 from 0.975, which the printed digits do not.
DEMSAR = np.array(
    [
        [0.763, 0.768, 0.771, 0.798],
        [0.599, 0.591, 0.590, 0.569],
        [0.954, 0.971, 0.968, 0.967],
        [0.628, 0.661, 0.654, 0.657],
        [0.882, 0.888, 0.886, 0.898],
        [0.936, 0.931, 0.916, 0.931],
        [0.661, 0.668, 0.609, 0.685],
        [0.583, 0.583, 0.563, 0.625],
        [0.775, 0.838, 0.866, 0.875],
        [1.000, 1.000, 1.000, 1.000],
        [0.940, 0.962, 0.965, 0.962],
        [0.619, 0.666, 0.614, 0.669],
        [0.972, 0.981, 0.9751, 0.975],
        [0.957, 0.978, 0.946, 0.970],
    ]
)


def test_demsars_worked_example():
    found = fold_tests.friedman_test(DEMSAR)
    assert found.ranks == pytest.approx((3.143, 2.000, 2.893, 1.964), abs=0.0005)
    assert found.chi_square == pytest.approx(9.28, abs=0.005)
    assert found.f == pytest.approx(3.69, abs=0.005)
    assert found.p == pytest.approx(scipy.stats.f.sf(3.69, 3, 39), abs=2e-4)
    assert found.p < 0.05  # his F(3, 39) is 2.85 at 5 %
    assert fold_tests.nemenyi_difference(4, 14) == pytest.approx(1.25, abs=0.005)
    assert fold_tests.nemenyi_difference(4, 14, level=0.9) == pytest.approx(1.12, abs=0.005)
    ranks = sorted(found.ranks)
    # At 5 % nothing is told apart; at 10 % C4.5 from both with m, and cf lies between.
    assert fold_tests.cliques(ranks, 1.25) == [(0, 1, 2, 3)]
    assert fold_tests.cliques(ranks, 1.12) == [(0, 1, 2), (2, 3)]


@pytest.mark.parametrize(
    ("runs", "q"),
    [(2, 1.960), (3, 2.343), (4, 2.569), (5, 2.728), (6, 2.850), (7, 2.949), (10, 3.164)],
)
def test_nemenyis_critical_values(runs, q):
    # Demšar 2006, table 5(a), alpha = 0.05; with this many folds the root is 1.
    folds = runs * (runs + 1) / 6
    assert fold_tests.nemenyi_difference(runs, folds) == pytest.approx(q, abs=0.0011)


def test_friedman_is_scipys_where_nothing_is_tied():
    values = np.random.default_rng(0).random((9, 5))
    theirs = scipy.stats.friedmanchisquare(*values.T).statistic
    assert fold_tests.friedman_test(values).chi_square == pytest.approx(theirs)


def test_the_same_order_in_every_fold_is_as_sure_as_it_gets():
    values = np.tile([0.7, 0.8, 0.9], (5, 1))
    found = fold_tests.friedman_test(values)
    assert found.ranks == (3.0, 2.0, 1.0)
    assert (found.f, found.p) == (math.inf, 0.0)
    alike = fold_tests.friedman_test(np.full((5, 3), 0.8))
    assert (alike.ranks, alike.chi_square, alike.p) == ((2.0, 2.0, 2.0), 0.0, 1.0)


def test_the_corrected_t_test_by_hand():
    # Ten draws of 90/10: mean 0.018, squared deviations 0.00196 in all, so s^2 = 0.00021778 and
    # error = sqrt((1/10 + 1/9) * 0.00021778) = 0.0067805; t = 2.6547 with 9 degrees of freedom.
    differences = [0.04, 0.02, 0.0, 0.02, 0.03, 0.01, 0.02, -0.01, 0.03, 0.02]
    found = fold_tests.corrected_t_test(differences, test_to_train=1 / 9)
    assert found.difference.value == pytest.approx(0.018)
    t = 2.6547
    assert found.p == pytest.approx(2 * scipy.stats.t.sf(t, 9), abs=1e-5)
    half = scipy.stats.t.ppf(0.975, 9) * 0.018 / t
    assert found.difference.low == pytest.approx(0.018 - half, abs=1e-6)
    assert found.difference.high == pytest.approx(0.018 + half, abs=1e-6)
    assert (found.difference.unit, found.difference.n_units) == ("fold", 10)


@given(st.lists(st.floats(-0.2, 0.2), min_size=3, max_size=12), st.floats(0.05, 1))
@settings(deadline=None, max_examples=40)
def test_the_correction_is_all_that_differs_from_students_test(differences, ratio):
    if np.std(differences) < 1e-6:
        return
    plain = fold_tests.corrected_t_test(differences, test_to_train=0.0)
    assert plain.p == pytest.approx(scipy.stats.ttest_1samp(differences, 0.0).pvalue)
    careful = fold_tests.corrected_t_test(differences, test_to_train=ratio)
    assert careful.p >= plain.p
    wider = (careful.difference.high - careful.difference.value) / (
        plain.difference.high - plain.difference.value
    )
    assert wider == pytest.approx(math.sqrt(1 + len(differences) * ratio))


def test_folds_that_all_differ_alike_tell_nothing():
    same = fold_tests.corrected_t_test([0.1, 0.1, 0.1], test_to_train=0.5)
    assert (same.p, same.difference.low) == (None, None)
    assert fold_tests.corrected_t_test([0.0, 0.0], test_to_train=0.5).p == 1.0
    with pytest.raises(ValueError, match="two folds"):
        fold_tests.corrected_t_test([0.1], test_to_train=0.5)
