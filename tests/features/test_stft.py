import numpy as np
import pytest
import scipy.signal
from hypothesis import given, settings
from hypothesis import strategies as st

from genrelab.features import MFCC, LogMel, LogSTFT, TooShortError
from genrelab.features.framing import PAD_MODES
from genrelab.features.stft import WINDOWS, fft_window

rng = np.random.default_rng(1)
Y = rng.normal(size=40_000).astype(np.float32)


def cut(y, ends):
    return np.split(y, sorted(min(e, len(y)) for e in ends))


@settings(deadline=None, max_examples=150)
@given(
    n=st.integers(1, len(Y)),
    ends=st.lists(st.integers(0, len(Y)), max_size=12),
    n_fft=st.sampled_from([16, 255, 512, 2048]),
    hop_length=st.sampled_from([5, 100, 512, 1000, 3000]),
    center=st.booleans(),
    pad_mode=st.sampled_from(PAD_MODES),
)
def test_a_stream_gives_the_frames_of_the_whole_to_the_last_bit(
    n, ends, n_fft, hop_length, center, pad_mode
):
    front_end = LogMel(
        n_fft=n_fft, hop_length=hop_length, center=center, pad_mode=pad_mode, n_mels=4
    )
    y = Y[: max(n, front_end.min_samples)]
    whole = front_end.frames(y)
    pieces = list(front_end.stream(cut(y, ends)))
    assert whole.shape == (4, front_end.n_frames(len(y)))
    assert np.concatenate(pieces, axis=1).tobytes() == whole.tobytes()


@pytest.mark.parametrize("front_end", [LogMel(), LogSTFT(), MFCC()], ids=lambda f: f.name)
def test_pieces_of_any_size_give_the_same_bits(front_end):
    y = np.tile(Y, 12)
    whole = front_end.frames(y)
    for size in (1024, 4096, 50_000):
        pieces = [y[i : i + size] for i in range(0, len(y), size)]
        streamed = np.concatenate(list(front_end.stream(pieces)), axis=1)
        assert streamed.tobytes() == whole.tobytes()


def test_a_stream_gives_frames_before_it_ends():
    given_so_far = 0

    def pieces():
        nonlocal given_so_far
        while True:
            given_so_far += 1
            yield Y[:22050]

    frames = next(LogMel().stream(pieces()))
    assert frames.shape[0] == 128
    assert given_so_far < 10


def test_what_a_stream_gave_does_not_change_later():
    stream = LogSTFT(n_fft=256, hop_length=128).stream([Y, Y])
    first = next(stream)
    kept = first.copy()
    list(stream)
    np.testing.assert_array_equal(first, kept)


def test_frames_are_local():
    front_end = LogMel(top_db=None)
    far = Y.copy()
    far[20_000:] = 0
    # Frame t sees samples from (t - 1) * 1024 to before (t + 1) * 1024.
    same = 20_000 // 1024 - 1
    assert front_end.frames(far)[:, :same].tobytes() == front_end.frames(Y)[:, :same].tobytes()


@pytest.mark.parametrize("center", [True, False])
@pytest.mark.parametrize("n_fft", [2, 3, 512, 2047])
def test_min_samples_is_where_frames_begin(center, n_fft):
    front_end = LogSTFT(n_fft=n_fft, hop_length=100, center=center)
    least = front_end.min_samples
    assert front_end.frames(Y[:least]).shape[1] == front_end.n_frames(least) >= 1
    assert front_end.n_frames(least - 1) == 0
    with pytest.raises(TooShortError) as caught:
        front_end.frames(Y[: least - 1])
    assert str(caught.value) == (
        f"the audio has {least - 1} samples and the front end needs at least {least}."
    )


def test_an_empty_stream_is_too_short():
    with pytest.raises(TooShortError, match="has 0 samples"):
        list(LogMel().stream([]))


def test_samples_must_be_mono():
    with pytest.raises(ValueError, match="one dimension, not 2"):
        LogMel().frames(np.zeros((2, 4000), np.float32))


@pytest.mark.parametrize("name", WINDOWS)
@pytest.mark.parametrize("length", [1, 2, 7, 64])
def test_windows_are_those_of_scipy(name, length):
    expected = scipy.signal.get_window(name, length, fftbins=True)
    np.testing.assert_allclose(fft_window(name, length, length), expected, atol=1e-15)


def test_frame_rate():
    assert LogMel(sample_rate=16000, hop_length=160, fmax=8000.0).frame_rate == 100


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"sample_rate": 0}, "sample_rate must be a whole number of at least 1, not 0."),
        ({"sample_rate": 22050.5}, "sample_rate must be a whole number of at least 1"),
        ({"n_fft": 1}, "n_fft must be a whole number of at least 2, not 1."),
        ({"n_fft": "2048"}, "n_fft must be a whole number of at least 2, not '2048'."),
        ({"hop_length": 0}, "hop_length must be a whole number of at least 1, not 0."),
        ({"win_length": 4096}, "win_length must be a whole number between 1 and 2048, not 4096."),
        ({"window": "han"}, "not 'han'. Did you mean 'hann'"),
        ({"center": "yes"}, "center must be true or false, not 'yes'."),
        ({"pad_mode": "reflct"}, "not 'reflct'. Did you mean 'reflect'?"),
        ({"pad_mode": "wrap"}, "pad_mode must be one of"),
        ({"pad_mode": None}, "pad_mode must be one of"),
    ],
)
@pytest.mark.parametrize("kind", [LogMel, LogSTFT, MFCC])
def test_impossible_parameters_are_refused_in_one_sentence(kind, parameters, sentence):
    with pytest.raises(ValueError) as caught:
        kind(**parameters)
    assert sentence in str(caught.value)
