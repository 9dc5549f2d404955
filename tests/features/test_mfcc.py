import librosa
import numpy as np
import pytest

from genrelab.features import MFCC

SIZES = {"n_fft": 2048, "hop_length": 1024}


def check(ours, theirs):
    assert ours.dtype == np.float32
    assert ours.shape == theirs.shape
    assert np.abs(ours - theirs).max() <= 1e-4 * np.abs(theirs).max()


def test_equals_librosa_by_default(sound):
    check(MFCC()(sound), librosa.feature.mfcc(y=sound, sr=22050, n_mfcc=20, **SIZES))


@pytest.mark.parametrize(
    "parameters",
    [
        {"n_mfcc": 13},
        {"n_mfcc": 128},
        {"dct_type": 1},
        {"dct_type": 3},
        {"norm": None},
        {"dct_type": 3, "norm": None},
        {"lifter": 22},
        {"lifter": 0.5},
        {"mel_norm": None},
        {"n_mels": 40, "n_mfcc": 40, "fmin": 50.0, "fmax": 6000.0, "htk": True},
        {"power": 1.0},
    ],
    ids=str,
)
def test_equals_librosa_for_each_parameter(parameters, sound):
    theirs = librosa.feature.mfcc(y=sound, sr=22050, **{"n_mfcc": 20, **SIZES, **parameters})
    check(MFCC(**parameters)(sound), theirs)


def test_the_level_is_that_of_the_input_it_finishes(noise):
    y = noise.copy()
    y[len(y) // 2 :] = 0
    front_end = MFCC()
    frames = front_end.frames(y)
    assert frames.shape == (128, front_end.n_frames(len(y)))
    silent = front_end.finish(frames[:, -5:])
    # Silence is amin, -100 dB, in all 128 bands: only the first coefficient is not 0.
    np.testing.assert_allclose(silent[0], -100 * np.sqrt(128), rtol=1e-6)
    np.testing.assert_allclose(silent[1:], 0, atol=1e-3)


def test_the_coefficients_can_be_written_to(noise):
    assert MFCC()(noise).flags.writeable


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"n_mfcc": 129}, "n_mfcc must be a whole number between 1 and 128, not 129."),
        ({"dct_type": 4}, "dct_type must be one of 1, 2, 3, not 4."),
        ({"dct_type": 1, "n_mels": 1, "n_mfcc": 1}, "dct_type 1 needs at least 2 mel bands."),
        ({"norm": "orto"}, "norm must be one of 'ortho', None, not 'orto'. Did you mean 'ortho'?"),
        ({"lifter": -1}, "lifter must be a number of at least 0, not -1."),
        ({"mel_norm": 2}, "mel_norm must be one of 'slaney', None, not 2."),
    ],
)
def test_impossible_parameters_are_refused_in_one_sentence(parameters, sentence):
    with pytest.raises(ValueError) as caught:
        MFCC(**parameters)
    assert sentence in str(caught.value)
