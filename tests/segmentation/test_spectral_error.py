import numpy as np
import pytest
import scipy.signal
from hypothesis import given, settings
from hypothesis import strategies as st

from genrelab.segmentation.autoregression import describe
from genrelab.segmentation.spectral_error import spectral_errors, symmetrise

ORDER = 6


def some_windows(n=5, length=1500, seed=0):
    rng = np.random.default_rng(seed)
    coloured = [
        rng.uniform(0.2, 3)
        * scipy.signal.lfilter([1], np.poly(rng.uniform(-0.9, 0.9, 4)), rng.standard_normal(length))
        for _ in range(n)
    ]
    return np.stack(coloured)


def by_the_paper(oracle, windows, **options):
    return np.array(
        [[oracle.spectral_error_measure(i, j, ORDER, **options) for j in windows] for i in windows]
    )


@pytest.mark.parametrize("lags", [None, 25])
def test_equals_the_paper_where_the_filter_runs_empty(oracle, lags):
    windows = some_windows()
    described = describe(windows, order=ORDER, lags=lags, floor=0.0)
    found = spectral_errors(described, lags=lags, floor=0.0)
    np.testing.assert_allclose(
        found, by_the_paper(oracle, windows, lags=lags, tail=True), rtol=1e-8
    )


def test_a_filter_stopped_with_the_window_differs_by_an_edge_effect(oracle):
    differences = []
    for length in (500, 2000, 8000):
        windows = some_windows(length=length)
        found = spectral_errors(describe(windows, order=ORDER, floor=0.0), floor=0.0)
        theirs = by_the_paper(oracle, windows)
        differences.append(np.abs(found / theirs - 1).max())
    assert max(differences) < 0.05
    assert differences[2] < 0.01


def test_the_matrix_of_a_soundtrack_equals_algorithm_2(oracle):
    y = np.concatenate(list(some_windows(6, 900)))
    found = symmetrise(
        spectral_errors(describe(y.reshape(6, -1), order=ORDER, floor=0.0), floor=0.0)
    )
    theirs = oracle.distance_matrix(y, 6, ORDER, tail=True)
    np.testing.assert_allclose(found, theirs, rtol=1e-8)
    np.testing.assert_array_equal(found, found.T)


def test_white_windows_are_about_1_apart_over_all_lags_and_nearly_0_over_few():
    noise = np.random.default_rng(0).standard_normal((20, 4000))
    apart = ~np.eye(20, dtype=bool)
    described = describe(noise, order=ORDER)
    # 2 * sum over k of (1 - k / M) / M is nearly 1.
    assert np.median(spectral_errors(described)[apart]) == pytest.approx(1.0, abs=0.1)
    few = describe(noise, order=ORDER, lags=20)
    assert spectral_errors(few, lags=20)[apart].max() < 0.05


def test_the_first_term_is_the_ratio_of_powers():
    # White windows, the reference twice as strong in amplitude: (4 - 1) ** 2.
    noise = np.random.default_rng(0).standard_normal((1, 200_000))
    pair = np.concatenate([2 * noise, noise])
    found = spectral_errors(describe(pair, order=2, lags=10, floor=0.0), lags=10, floor=0.0)
    assert found[0, 1] == pytest.approx(9.0, abs=0.05)
    assert found[1, 0] == pytest.approx(0.75**2, abs=0.01)


@given(st.integers(0, 10_000), st.floats(0.01, 100))
@settings(max_examples=25, deadline=None)
def test_a_common_gain_changes_nothing_and_nothing_is_negative(seed, gain):
    windows = some_windows(3, 400, seed)
    found = spectral_errors(describe(windows, order=ORDER, floor=0.0), floor=0.0)
    louder = spectral_errors(describe(gain * windows, order=ORDER, floor=0.0), floor=0.0)
    assert (found >= 0).all()
    np.testing.assert_allclose(found, louder, rtol=1e-4, atol=1e-6)


def test_silence_tones_and_clicks_stay_finite_and_silence_is_alike():
    t = np.arange(11025) / 11025
    click = np.zeros(11025)
    click[5000] = 1.0
    windows = [np.zeros(11025), np.zeros(11025), np.sin(2 * np.pi * 440 * t), click]
    windows += [np.sin(2 * np.pi * 3000 * t), np.full(11025, 0.5), 1e-4 * np.sign(np.sin(300 * t))]
    for lags in (None, 30):
        found = spectral_errors(describe(np.stack(windows), order=16, lags=lags), lags=lags)
        assert np.isfinite(found).all()
        assert (found >= 0).all()
        assert found[0, 1] == pytest.approx(0.0, abs=1e-6)
        assert found[0, 2] > 1
        assert found[2, 0] > 1


def test_lags_must_have_been_described():
    with pytest.raises(ValueError, match="fewer than 9 lags"):
        spectral_errors(describe(some_windows(2), order=ORDER, lags=3), lags=9)
    with pytest.raises(ValueError, match="not with all"):
        spectral_errors(describe(some_windows(2), order=ORDER, lags=3))
