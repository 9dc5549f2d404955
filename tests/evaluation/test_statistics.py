import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from genrelab.evaluation import statistics
from genrelab.evaluation.statistics import Bootstrap


def ratio(s):
    return s[..., 0] / s[..., 1]


def accuracy_interval(hits, unit_of=None, **options):
    unit_of = np.arange(len(hits)) if unit_of is None else unit_of
    return statistics.proportion_interval(np.asarray(hits, float), unit_of, **options)


def test_the_raw_stream_is_the_one_that_is_promised():
    # PCG64 seeded with 0, its first outputs' upper halves scaled to 0..9. NumPy guarantees the
    # stream of a bit generator; if this changes, so do all published intervals.
    (draws,) = statistics.uniform_draws(0, 1, 10, 8)
    raw = [int(v) >> 32 for v in np.random.PCG64(0).random_raw(8)]
    assert draws.tolist() == [v * 10 >> 32 for v in raw]
    assert draws.tolist() == [6, 2, 0, 0, 8, 9, 6, 7]


def test_draws_are_even():
    draws = np.concatenate(list(statistics.uniform_draws(3, 100, 7, 1000)))
    assert scipy.stats.chisquare(np.bincount(draws, minlength=7)).pvalue > 0.001


def level_without_widening(n):
    """The level at which Student's quantile and n / (n - 1) give 1.96, the normal quantile."""
    reach = scipy.stats.norm.ppf(0.975) / np.sqrt(n / (n - 1))
    return 2 * scipy.stats.t.cdf(reach, n - 1) - 1


@pytest.mark.parametrize("n", [10, 400])
def test_interval_is_scipys_bca_but_for_the_widening(n):
    # Skewed values, so that bias and acceleration matter: with ten values each moves a bound by
    # a twentieth of the width or more.
    values = np.random.default_rng(1).exponential(1.0, n)
    bootstrap = Bootstrap(np.stack([values, np.ones(n)], 1), np.arange(n), seed=5)
    ours = bootstrap.interval(ratio, level=level_without_widening(n))
    theirs = scipy.stats.bootstrap(
        (values,), np.mean, n_resamples=40_000, method="BCa", rng=np.random.default_rng(2)
    ).confidence_interval
    width = theirs.high - theirs.low
    assert ours.value == pytest.approx(values.mean())
    assert ours.low == pytest.approx(theirs.low, abs=0.03 * width)
    assert ours.high == pytest.approx(theirs.high, abs=0.03 * width)
    assert ours.high - ours.value > ours.value - ours.low  # it follows the skew
    assert bootstrap.interval(ratio).low < ours.low


def test_ties_count_half():
    # Of 30 tracks 24 are right; a seventh of the resamples have exactly 24, and counting them on
    # one side would move the bounds by a track.
    hits = np.r_[np.ones(24), np.zeros(6)]
    bootstrap = Bootstrap(np.stack([hits, np.ones(30)], 1), np.arange(30))
    ours = bootstrap.interval(ratio, level=level_without_widening(30))
    theirs = scipy.stats.bootstrap(
        (hits,), np.mean, n_resamples=40_000, method="BCa", rng=np.random.default_rng(2)
    ).confidence_interval
    assert (ours.low, ours.high) == (pytest.approx(theirs.low), pytest.approx(theirs.high))


def test_an_interval_over_300_tracks_has_the_textbook_width():
    hits = np.r_[np.ones(241), np.zeros(49)]  # 290 tracks at 83 %: 4.3 points either way
    found = accuracy_interval(hits)
    assert found.high - found.low == pytest.approx(0.0865, abs=0.004)
    assert (found.unit, found.n_units, found.method) == ("track", 290, "BCa bootstrap")


def test_songs_that_go_together_widen_the_interval():
    hits = np.repeat(np.r_[np.ones(30), np.zeros(10)], 5)
    alone = accuracy_interval(hits)
    together = accuracy_interval(hits, np.repeat(np.arange(40), 5), unit="artist")
    expected = accuracy_interval(hits[::5])  # five copies of a song say no more than one
    assert together.high - together.low > 2 * (alone.high - alone.low)
    assert (together.low, together.high) == pytest.approx((expected.low, expected.high))


def test_few_units_are_widened_as_hesterberg_says():
    rng = np.random.default_rng(0)
    values = rng.normal(size=5)
    found = Bootstrap(np.stack([values, np.ones(5)], 1), np.arange(5)).interval(ratio)
    student = scipy.stats.t.interval(0.95, 4, values.mean(), values.std(ddof=1) / np.sqrt(5))
    plain = scipy.stats.bootstrap((values,), np.mean, method="percentile", rng=rng)
    narrow = plain.confidence_interval.high - plain.confidence_interval.low
    assert found.high - found.low > 1.25 * narrow
    assert found.high - found.low < 1.2 * (student[1] - student[0])


@pytest.mark.parametrize(("n_artists", "songs"), [(25, 6), (80, 2)])
def test_coverage_over_artists(n_artists, songs):
    """Of intervals that say 95 %, about 95 % hold the truth, though songs go together."""
    rng = np.random.default_rng(7)
    truth, alike, trials = 0.8, 0.25, 250
    a, b = truth * (1 - alike) / alike, (1 - truth) * (1 - alike) / alike
    unit_of = np.repeat(np.arange(n_artists), songs)
    held = 0
    for trial in range(trials):
        hits = rng.random(n_artists * songs) < rng.beta(a, b, n_artists)[unit_of]
        found = accuracy_interval(hits, unit_of, n_resamples=600, seed=trial)
        held += found.low <= truth <= found.high
    # 95 % of 250 is 237.5 with a deviation of 3.4.
    assert 226 <= held <= 247


def test_all_right_is_not_certain():
    found = accuracy_interval(np.ones(20))
    exact = scipy.stats.binomtest(20, 20).proportion_ci(0.95, "exact")
    assert (found.value, found.high, found.method) == (1.0, 1.0, "Clopper-Pearson")
    assert found.low == pytest.approx(exact.low)
    none = accuracy_interval(np.zeros(20))
    assert none.low == 0.0
    assert none.high == pytest.approx(1 - exact.low)
    by_artist = accuracy_interval(np.ones(20), np.arange(20) // 5, unit="artist")
    assert by_artist.low == pytest.approx(scipy.stats.binomtest(4, 4).proportion_ci(0.95).low)


def test_one_unit_or_no_variation_has_no_bounds():
    one = Bootstrap(np.array([[1.0, 1.0], [0.0, 1.0]]), np.array([0, 0])).interval(ratio)
    assert (one.value, one.low, one.high, one.method) == (0.5, None, None, "none")
    same = Bootstrap(np.ones((9, 2)) * [0.3, 1], np.arange(9)).interval(ratio)
    assert (same.low, same.high) == (None, None)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**32), st.integers(3, 40))
def test_an_interval_is_repeatable_ordered_and_ignores_row_order(seed, n):
    rng = np.random.default_rng(seed)
    hits = rng.random(n) < 0.6
    unit_of = np.sort(np.r_[0, 1, rng.integers(0, 3, n - 2)])
    unit_of = np.unique(unit_of, return_inverse=True)[1]
    first = accuracy_interval(hits, unit_of, n_resamples=200)
    order = rng.permutation(n)
    again = accuracy_interval(hits[order], unit_of[order], n_resamples=200)
    assert first == again
    if first.low is not None:
        assert 0 <= first.low <= first.high <= 1


def test_blocks_do_not_change_the_draws(monkeypatch):
    rows = np.stack([np.random.default_rng(0).random(50), np.ones(50)], 1)
    whole = Bootstrap(rows, np.arange(50), n_resamples=100).resampled
    monkeypatch.setattr(statistics, "_BLOCK_CELLS", 350)
    np.testing.assert_allclose(Bootstrap(rows, np.arange(50), n_resamples=100).resampled, whole)


def test_nothing_to_resample_is_an_error():
    with pytest.raises(ValueError, match="no track"):
        Bootstrap(np.zeros((0, 2)), np.zeros(0, int))


def test_mean_and_sample_deviation_over_folds():
    found = statistics.over_folds([0.7, 0.8, 0.9])
    assert (found.mean, found.deviation, found.n) == (pytest.approx(0.8), pytest.approx(0.1), 3)
    assert statistics.over_folds([0.7]).deviation is None


@pytest.mark.parametrize(
    ("b", "c", "p"),
    [
        (6, 16, 0.053),  # Wikipedia, "McNemar's test", example with 59, 6, 16, 80
        (1, 7, 0.070),  # Fagerland, Lydersen and Laake (2013), table 1 (Bentur et al. 2009)
        (0, 0, 1.0),
        (3, 3, 1.0),
    ],
)
def test_mcnemar_published_examples(b, c, p):
    assert statistics.mcnemar_exact(b, c) == pytest.approx(p, abs=0.0006)


@given(st.integers(0, 300), st.integers(0, 300))
@settings(deadline=None, max_examples=50)
def test_mcnemar_is_the_binomial_test(b, c):
    expected = scipy.stats.binomtest(b, b + c).pvalue if b + c else 1.0
    assert statistics.mcnemar_exact(b, c) == pytest.approx(expected)


@given(st.integers(0, 9), st.integers(0, 9), st.integers(0, 20))
@settings(deadline=None, max_examples=40)
def test_sign_flips_over_single_tracks_are_mcnemars_test(b, c, ties):
    differences = np.r_[np.ones(b), -np.ones(c), np.zeros(ties)]
    if len(differences) == 0:
        return
    found = statistics.sign_flip_test(differences, np.arange(len(differences)), n_resamples=4000)
    close = 1e-12 if b + c <= statistics.EXACT_UNITS else 0.035
    assert found == pytest.approx(statistics.mcnemar_exact(b, c), abs=close)


def test_sign_flips_are_scipys_permutation_test():
    rng = np.random.default_rng(3)
    first, second = rng.integers(0, 5, (2, 9)) / 4
    theirs = scipy.stats.permutation_test(
        (first, second), lambda x, y: np.mean(x - y), permutation_type="samples", n_resamples=np.inf
    ).pvalue
    ours = statistics.sign_flip_test(first - second, np.arange(9))
    assert ours == pytest.approx(theirs)


def test_artists_are_flipped_whole():
    # Twelve better songs: convincing if by twelve artists, not if by two.
    differences = np.ones(12)
    assert statistics.sign_flip_test(differences, np.arange(12)) == pytest.approx(2 / 2**12)
    assert statistics.sign_flip_test(differences, np.repeat([0, 1], 6)) == pytest.approx(0.5)


def test_drawn_patterns_never_give_zero():
    differences = np.ones(200)
    found = statistics.sign_flip_test(differences, np.arange(200), n_resamples=500)
    assert found == pytest.approx(1 / 501)


def test_holm_worked_example():
    # Holm's steps by hand: 0.005 x 4, 0.01 x 3, 0.03 x 2, 0.04 x 1 raised to the one before.
    assert statistics.holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert statistics.holm([0.6, 0.9]) == [1.0, 1.0]
    assert statistics.holm([]) == []


def test_wilson_bounds_are_scipys():
    low, high = statistics.wilson_bounds(np.array([8.0]), np.array([10.0]))
    theirs = scipy.stats.binomtest(8, 10).proportion_ci(0.95, "wilson")
    assert (low[0], high[0]) == (pytest.approx(theirs.low), pytest.approx(theirs.high))
