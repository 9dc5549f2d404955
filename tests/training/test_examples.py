import numpy as np
import pytest

from genrelab.features import Windowing


def test_crops_are_stretches_of_their_tracks(make_examples):
    examples = make_examples(6)
    rng = np.random.default_rng(0)
    chosen = [4, 0, 4, 2]
    starts = set()
    for _ in range(20):
        crops = examples.crops(chosen, Windowing(frames=9), rng)
        assert crops.shape == (4, 1, 16, 9)
        for crop, i in zip(crops[:, 0], chosen, strict=True):
            whole = examples.store.frames(examples.ids[i])
            found = [
                s for s in range(whole.shape[1] - 8) if np.array_equal(whole[:, s : s + 9], crop)
            ]
            assert len(found) == 1
            starts.add((i, found[0]))
    assert len(starts) > 20  # random ones
    last = max(s for i, s in starts if i == 4)
    assert last <= examples.n_frames(4) - 9


def test_windows_cover_every_frame_in_order(make_examples):
    examples = make_examples(3)
    whole = examples.store.frames(examples.ids[1])
    windows = examples.windows(1, Windowing(frames=10, hop=10))
    n = whole.shape[1]
    joined = np.concatenate([*windows[:-1], windows[-1][:, 10 * len(windows) - n :]], axis=1)
    np.testing.assert_array_equal(joined, whole)


@pytest.mark.parametrize(("pad", "beyond"), [("zero", 0.0), ("repeat", None)])
def test_a_short_track_is_filled_up(make_examples, pad, beyond):
    examples = make_examples(1)
    whole = examples.store.frames(examples.ids[0])
    n = whole.shape[1]
    window = examples.window(0, 0, Windowing(frames=n + 5, pad=pad))
    np.testing.assert_array_equal(window[:, :n], whole)
    expected = whole[:, :5] if beyond is None else np.full((16, 5), beyond)
    np.testing.assert_array_equal(window[:, n:], expected)


def test_the_front_end_finishes_each_window_by_itself(tmp_path):
    """A maximum over the track must not leak into a crop."""
    from genrelab.features import FeatureStore, LogMel
    from genrelab.training.examples import Examples

    front_end = LogMel(n_mels=2, top_db=10.0)
    frames = np.array([[0, 0, 50, 50], [-30, -5, 0, 45]], np.float32)
    store = FeatureStore.write(tmp_path / "s", [("t", frames)], front_end=front_end)
    examples = Examples(store, front_end, ("t",), np.array([0]))
    windows = examples.windows(0, Windowing(frames=2, hop=2))
    np.testing.assert_array_equal(windows[0], [[0, 0], [-10, -5]])
    np.testing.assert_array_equal(windows[1], [[50, 50], [40, 45]])


def test_the_usual_length(make_examples):
    examples = make_examples(30)
    lengths = [examples.n_frames(i) for i in range(30)]
    usual = examples.usual_frames()
    assert lengths.count(usual) == max(map(lengths.count, lengths))
