import librosa
import numpy as np
import pytest

from genrelab.features import LogSTFT

SIZES = {"n_fft": 1024, "hop_length": 400}


def test_equals_librosa_power_to_db(sound):
    spectrum = np.abs(librosa.stft(sound, **SIZES)) ** 2
    theirs = librosa.power_to_db(spectrum, ref=0.5, amin=1e-12, top_db=None)
    ours = LogSTFT(**SIZES, ref=0.5, amin=1e-12, top_db=None)(sound)
    assert ours.dtype == np.float32
    assert ours.shape == theirs.shape
    # 1e-4 of a magnitude is 0.00087 dB.
    assert np.abs(ours - theirs).max() <= 20 * np.log10(1 + 1e-4)


def test_equals_librosa_amplitude_to_db(sound):
    theirs = librosa.amplitude_to_db(np.abs(librosa.stft(sound, **SIZES)), ref=0.5, amin=1e-6)
    ours = LogSTFT(**SIZES, power=1, ref=0.5, amin=1e-6)(sound)
    assert np.abs(ours - theirs).max() <= 20 * np.log10(1 + 1e-4)


@pytest.mark.parametrize("win_length", [661, 662])
def test_equals_librosa_with_a_window_shorter_than_the_transform(noise, win_length):
    sizes = {"n_fft": 1024, "win_length": win_length, "hop_length": 331}
    theirs = librosa.amplitude_to_db(np.abs(librosa.stft(noise, **sizes)))
    ours = LogSTFT(**sizes, power=1, amin=1e-5)(noise)
    assert np.abs(ours - theirs).max() <= 20 * np.log10(1 + 1e-4)


def test_shapes(noise):
    front_end = LogSTFT(n_fft=501, hop_length=250)
    assert front_end(noise).shape == front_end.output_shape(len(noise))
    assert front_end.n_bins == front_end.n_frame_bins == 251
    assert front_end.frame_rate == pytest.approx(88.2)


def test_a_sine_is_as_loud_as_the_formula_says():
    n_fft, k, amplitude = 1024, 37, 0.25
    y = amplitude * np.cos(2 * np.pi * k * np.arange(4 * n_fft) / n_fft)
    middle = LogSTFT(n_fft=n_fft, hop_length=n_fft, top_db=None)(y.astype(np.float32))[:, 2]
    assert middle.argmax() == k
    # The Hann window sums to n_fft / 2; half of a cosine's amplitude lies at each of +-k.
    assert middle[k] == pytest.approx(20 * np.log10(amplitude * n_fft / 4), abs=1e-4)


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"power": 1.5}, "power must be one of 1.0, 2.0, not 1.5."),
        ({"power": 1, "amin": 1e-19}, "amin must be a number of at least 3.16228e-19"),
        ({"top_db": -3}, "top_db must be a number of at least 0, not -3."),
    ],
)
def test_impossible_parameters_are_refused_in_one_sentence(parameters, sentence):
    with pytest.raises(ValueError) as caught:
        LogSTFT(**parameters)
    assert sentence in str(caught.value)
