import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genrelab.features import Windowing

windowings = st.builds(
    Windowing,
    frames=st.none() | st.integers(1, 12),
    hop=st.none() | st.integers(1, 20),
    pad=st.sampled_from(["zero", "repeat"]),
    slack=st.just(0) | st.integers(0, 6),
)


def numbered(n):
    """Frames that say which they are, in two bins."""
    return np.stack([np.arange(1, n + 1), -np.arange(1, n + 1)]).astype(np.float32)


@settings(deadline=None, max_examples=300)
@given(windowing=windowings, lengths=st.lists(st.integers(0, 15), max_size=8))
def test_a_stream_gives_the_windows_of_the_whole(windowing, lengths):
    frames = numbered(sum(lengths))
    pieces = np.split(frames, np.cumsum(lengths)[:-1], axis=1) if lengths else []
    streamed = list(windowing.stream(pieces))
    if frames.shape[1] == 0:
        assert streamed == []
        return
    expected = [windowing.cut(frames, start) for start in windowing.starts(frames.shape[1])]
    assert len(streamed) == len(expected)
    for ours, theirs in zip(streamed, expected, strict=True):
        np.testing.assert_array_equal(ours, theirs)


@settings(deadline=None, max_examples=200)
@given(windowing=windowings, n=st.integers(1, 60))
def test_windows_are_full_and_lie_in_the_track(windowing, n):
    starts = windowing.starts(n)
    frames = numbered(n)
    size = windowing.frames or n
    assert starts[0] == 0
    assert starts == sorted(set(starts))
    assert all(windowing.cut(frames, s).shape == (2, size) for s in starts)
    if n > size:
        assert starts[-1] == n - size or n - size - starts[-1] <= windowing.slack
    hop = windowing.hop or size
    if windowing.frames and hop <= size:
        seen = {f for s in starts for f in range(s, min(n, s + size))}
        assert set(range(n - windowing.slack)) <= seen


def test_without_a_length_the_track_is_one_input():
    frames = numbered(7)
    assert Windowing().starts(7) == [0]
    np.testing.assert_array_equal(Windowing().cut(frames), frames)
    (whole,) = Windowing().stream([frames[:, :3], frames[:, 3:]])
    np.testing.assert_array_equal(whole, frames)


@pytest.mark.parametrize(
    ("n", "hop", "starts"),
    [
        (3, 4, [0]),
        (4, 4, [0]),
        (5, 4, [0, 1]),
        (8, 4, [0, 4]),
        (9, 4, [0, 4, 5]),
        (9, 2, [0, 2, 4, 5]),
        (9, 9, [0, 5]),
        (9, None, [0, 4, 5]),
    ],
)
def test_starts_worked_by_hand(n, hop, starts):
    assert Windowing(frames=4, hop=hop).starts(n) == starts


@pytest.mark.parametrize(
    ("n", "starts"), [(4, [0]), (5, [0]), (6, [0]), (7, [0, 3]), (10, [0, 4]), (11, [0, 4, 7])]
)
def test_a_small_rest_has_no_window_of_its_own(n, starts):
    assert Windowing(frames=4, hop=4, slack=2).starts(n) == starts


def test_short_tracks_are_padded_at_the_end():
    frames = numbered(3)
    zero = Windowing(frames=8, pad="zero").cut(frames)
    np.testing.assert_array_equal(zero[0], [1, 2, 3, 0, 0, 0, 0, 0])
    repeat = Windowing(frames=8, pad="repeat").cut(frames)
    np.testing.assert_array_equal(repeat[0], [1, 2, 3, 1, 2, 3, 1, 2])
    np.testing.assert_array_equal(repeat[1], -repeat[0])


def test_one_frame_can_be_repeated():
    np.testing.assert_array_equal(Windowing(frames=3).cut(numbered(1))[0], [1, 1, 1])


def test_a_stream_holds_little():
    windowing = Windowing(frames=10, hop=5)
    piece = np.zeros((1000, 40), np.float32)
    for window in windowing.stream(piece for _ in range(50)):
        assert window.base is None or window.base.nbytes <= 3 * piece.nbytes


def test_parameters_read_back():
    windowing = Windowing(frames=10, hop=5, pad="zero")
    assert Windowing(**windowing.to_dict()) == windowing


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"frames": 0}, "a window needs at least one frame"),
        ({"hop": 0}, "the hop between windows needs at least one frame"),
        ({"slack": -1}, "the slack cannot be negative"),
        ({"pad": "mirror"}, "pad must be one of zero, repeat, not 'mirror'"),
    ],
)
def test_impossible_parameters_are_refused(parameters, sentence):
    with pytest.raises(ValueError, match=sentence):
        Windowing(**parameters)


def test_nothing_cannot_be_padded():
    with pytest.raises(ValueError, match="there is no frame"):
        Windowing(frames=4).cut(numbered(0))
