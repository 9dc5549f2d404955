import numpy as np
import pytest
import scipy.linalg
import scipy.signal
from hypothesis import given, settings
from hypothesis import strategies as st

from genrelab.segmentation.autoregression import NOISE_FLOOR, Windows, describe, levinson_durbin


def some_windows(n=4, length=700, seed=0):
    rng = np.random.default_rng(seed)
    coloured = [
        scipy.signal.lfilter([1], np.poly(rng.uniform(-0.8, 0.8, 3)), rng.standard_normal(length))
        for _ in range(n)
    ]
    return np.stack(coloured)


def test_levinson_durbin_solves_the_yule_walker_equations(oracle):
    r = np.stack([oracle.autocorrelation(w) for w in some_windows()])
    filters, variances = levinson_durbin(r, 10)
    for row, found, variance in zip(r, filters, variances, strict=True):
        a = scipy.linalg.solve_toeplitz(row[:10], row[1:11])
        np.testing.assert_allclose(found, np.concatenate([[1], -a]), atol=1e-10)
        assert variance == pytest.approx(row[0] - a @ row[1:11])


def test_the_coefficients_of_a_known_process_come_back():
    rng = np.random.default_rng(1)
    y = scipy.signal.lfilter([2.0], [1, -1.2, 0.8], rng.standard_normal(200_000))
    found = describe(y[None], order=4)
    np.testing.assert_allclose(found.filters[0], [1, -1.2, 0.8, 0, 0], atol=0.02)
    assert found.variances[0] == pytest.approx(4.0, rel=0.02)


@pytest.mark.parametrize("length", [700, 9])
def test_autocorrelations_are_those_of_the_samples(oracle, length):
    windows = some_windows(length=length)
    found = describe(windows, order=3, lags=20, floor=0.0)
    all_of_them = describe(windows, order=3, floor=0.0)
    np.testing.assert_allclose(all_of_them.autocorrelations, found.autocorrelations[:, :4])
    assert found.squares.shape == (4, 0)
    for k, w in enumerate(windows):
        r = np.zeros(24)
        r[: min(24, length)] = oracle.autocorrelation(w)[:24]
        np.testing.assert_allclose(found.autocorrelations[k], r, atol=1e-12)
        all_lags = np.correlate(w, w, "full") / length
        rr = np.correlate(all_lags, all_lags, "full")
        middle = len(rr) // 2
        np.testing.assert_allclose(
            all_of_them.squares[k], rr[middle : middle + 7], rtol=1e-9, atol=1e-9
        )


def test_the_floor_is_white_noise_under_the_samples():
    windows = some_windows()
    without, under = (describe(windows, order=3, floor=f) for f in (0.0, 0.5))
    difference = under.autocorrelations - without.autocorrelations
    np.testing.assert_allclose(difference, [[0.5, 0, 0, 0]] * 4, atol=1e-12)


def test_silence_is_white_noise_at_the_floor():
    found = describe(np.zeros((2, 500)), order=8)
    np.testing.assert_allclose(found.filters, [[1, *[0] * 8]] * 2, atol=1e-9)
    np.testing.assert_allclose(found.variances, NOISE_FLOOR)


@pytest.mark.parametrize("hertz", [55.0, 440.0, 5000.0])
def test_a_pure_tone_gives_a_stable_model_that_predicts_it(hertz):
    tone = np.sin(2 * np.pi * hertz * np.arange(22050) / 11025)
    found = describe(tone[None], order=16)
    assert np.isfinite(found.filters).all()
    assert 0 < found.variances[0] < 1e-3
    assert np.abs(np.roots(found.filters[0])).max() < 1 + 1e-9


def test_without_a_floor_a_perfectly_predicted_row_stops_there():
    # cos(k) is predicted by two coefficients without any error, nothing by none.
    filters, variances = levinson_durbin(np.stack([np.cos(np.arange(6.0)), np.zeros(6)]), 5)
    np.testing.assert_allclose(filters[0, :3], [1, -2 * np.cos(1.0), 1], atol=1e-6)
    assert variances == pytest.approx([0, 0], abs=1e-12)
    np.testing.assert_array_equal(filters[1], [1, 0, 0, 0, 0, 0])


@given(st.integers(0, 10_000), st.integers(1, 20), st.floats(1e-3, 1e3))
@settings(max_examples=40, deadline=None)
def test_models_are_stable_and_leave_less_than_there_was(seed, order, gain):
    w = some_windows(1, 300, seed) * gain
    found = describe(w, order=order, floor=0.0)
    assert 0 <= found.variances[0] <= found.powers[0] * (1 + 1e-12)
    assert found.powers[0] == pytest.approx(np.mean(w**2))
    assert np.abs(np.roots(found.filters[0])).max() < 1
    # A model does not depend on how loud it is.
    np.testing.assert_allclose(found.filters, describe(w / gain, order=order, floor=0.0).filters)


def test_batches_join_to_the_same():
    windows = some_windows(5)
    whole = describe(windows, order=4)
    joined = Windows.join([describe(windows[:2], order=4), describe(windows[2:], order=4)])
    assert len(joined) == 5
    for name in ("filters", "variances", "autocorrelations", "squares"):
        np.testing.assert_array_equal(getattr(joined, name), getattr(whole, name))


def test_impossible_requests_raise():
    with pytest.raises(ValueError, match="order"):
        describe(np.ones((1, 9)), order=0)
