import numpy as np
import pytest

from genrelab.features import Precomputed


def test_says_what_it_was_told():
    front_end = Precomputed(n_frame_bins=96, rate=11.5)
    assert (front_end.n_frame_bins, front_end.n_bins, front_end.frame_rate) == (96, 96, 11.5)


def test_rows_pass_unchanged():
    rows = np.arange(12, dtype=np.float32).reshape(4, 3)
    np.testing.assert_array_equal(Precomputed(n_frame_bins=4).finish(rows), rows)


def test_coefficients_are_the_cosine_transform_of_the_rows():
    rows = np.random.default_rng(0).normal(size=(8, 5)).astype(np.float32)
    front_end = Precomputed(n_frame_bins=8, n_mfcc=3)
    k, n = np.arange(3)[:, None], np.arange(8)
    basis = np.sqrt(2 / 8) * np.cos(np.pi * k * (2 * n + 1) / 16)
    basis[0] /= np.sqrt(2)
    np.testing.assert_allclose(front_end.finish(rows), basis @ rows, atol=1e-6)
    assert front_end.n_bins == 3


def test_only_finishing_differs_by_the_number_of_coefficients():
    assert Precomputed(n_mfcc=3).frames_fingerprint == Precomputed().frames_fingerprint
    assert Precomputed(scale=2).frames_fingerprint != Precomputed().frames_fingerprint


def test_nothing_is_computed_from_audio():
    y = np.zeros(22050, np.float32)
    for compute in (
        lambda f: f.frames(y),
        lambda f: list(f.stream([y])),
        lambda f: f.n_frames(len(y)),
        lambda f: f(y),
    ):
        with pytest.raises(ValueError, match="cannot be computed from audio"):
            compute(Precomputed())


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"n_frame_bins": 0}, "n_frame_bins must be a whole number of at least 1, not 0."),
        ({"n_mfcc": 200}, "n_mfcc must be a whole number between 1 and 128, not 200."),
        ({"rate": 0}, "rate must be a number above 0, not 0."),
        ({"scale": 0}, "scale must not be 0"),
        ({"offset": "1"}, "offset must be a number, not '1'."),
    ],
)
def test_impossible_parameters_are_refused_in_one_sentence(parameters, sentence):
    with pytest.raises(ValueError) as caught:
        Precomputed(**parameters)
    assert sentence in str(caught.value)
