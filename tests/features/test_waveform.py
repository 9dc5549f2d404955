import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from genrelab.features import FeatureCache, TooShortError, Waveform
from genrelab.track import Track

Y = np.random.default_rng(2).uniform(-1, 1, size=3000).astype(np.float32)


def test_the_content_of_each_second_is_a_column():
    y = np.arange(30 * 22050 + 294, dtype=np.float32)
    columns = Waveform()(y)
    assert columns.dtype == np.float32
    assert columns.shape == (22050, 30) == Waveform().output_shape(len(y))
    np.testing.assert_array_equal(columns.T.ravel(), y[: 30 * 22050])
    assert Waveform().frame_rate == 1


@pytest.mark.parametrize(
    ("n", "columns"),
    [
        (1, [[1, 0, 0]]),
        (2, [[1, 2, 0]]),
        (3, [[1, 2, 3]]),
        (5, [[1, 2, 3]]),
        (6, [[1, 2, 3], [4, 5, 6]]),
    ],
)
def test_columns_worked_by_hand(n, columns):
    front_end = Waveform(frame_length=3)
    np.testing.assert_array_equal(front_end(np.arange(1, n + 1)).T, columns)
    assert front_end.n_frames(n) == len(columns)


@settings(deadline=None, max_examples=200)
@given(
    n=st.integers(1, len(Y)),
    ends=st.lists(st.integers(0, len(Y)), max_size=12),
    frame_length=st.sampled_from([1, 7, 100, 1000, 5000]),
)
def test_a_stream_gives_the_frames_of_the_whole(n, ends, frame_length):
    front_end = Waveform(frame_length=frame_length)
    whole = front_end.frames(Y[:n])
    streamed = list(front_end.stream(np.split(Y[:n], sorted(min(e, n) for e in ends))))
    assert whole.shape == (frame_length, front_end.n_frames(n))
    assert np.concatenate(streamed, axis=1).tobytes() == whole.tobytes()


def test_a_stream_gives_each_column_when_it_is_full():
    stream = Waveform(frame_length=1000).stream(iter([Y[:999], Y[999:1001], Y[1001:2500]]))
    assert [piece.shape[1] for piece in stream] == [1, 1]


def test_a_block_may_be_used_again_by_who_gave_it():
    block = np.empty(700, np.float32)

    def blocks():
        for start in range(0, 2800, 700):
            block[:] = Y[start : start + 700]
            yield block

    streamed = list(Waveform(frame_length=1000).stream(blocks()))
    np.testing.assert_array_equal(np.concatenate(streamed, axis=1).T.ravel(), Y[:2000])


def test_the_cache_holds_the_samples_and_little_more(tmp_path):
    path = tmp_path / "a.wav"
    soundfile.write(path, Y, 22050, subtype="FLOAT")
    front_end = Waveform(frame_length=500)
    store = FeatureCache(tmp_path / "cache").fill([Track(id="a", label="x", path=path)], front_end)
    np.testing.assert_array_equal(store.frames("a").T.ravel(), Y)
    assert store.array.nbytes == Y.nbytes


def test_no_samples_are_too_short():
    for pieces in ([], [Y[:0]]):
        with pytest.raises(TooShortError, match="has 0 samples and the front end needs at least 1"):
            list(Waveform().stream(pieces))
    assert Waveform().n_frames(0) == 0


def test_samples_must_be_mono():
    with pytest.raises(ValueError, match="one dimension, not 2"):
        Waveform().frames(np.zeros((2, 4000), np.float32))


def test_the_fingerprint_tells_apart_what_changes_frames():
    prints = {
        Waveform(**p).frames_fingerprint for p in ({}, {"frame_length": 1}, {"sample_rate": 1})
    }
    assert len(prints) == 3


@pytest.mark.parametrize("name", ["sample_rate", "frame_length"])
def test_impossible_parameters_are_refused_in_one_sentence(name):
    with pytest.raises(ValueError) as caught:
        Waveform(**{name: 0})
    assert str(caught.value) == f"{name} must be a whole number of at least 1, not 0."
