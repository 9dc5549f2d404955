import copy
import json
import pickle
import subprocess
import sys

import numpy as np
import pytest

from genrelab.errors import FeatureError
from genrelab.features import FeatureStore, LogMel, Precomputed

BINS = Precomputed(n_frame_bins=5, rate=10.0)


def tracks(lengths=(3, 1, 7), dtype=np.float32):
    rng = np.random.default_rng(0)
    return {
        f"rock/{i}.wav": (rng.normal(size=(5, n)) * 50 + 100).clip(0, 255).astype(dtype)
        for i, n in enumerate(lengths)
    }


def test_gives_back_what_was_written(tmp_path):
    given = tracks()
    store = FeatureStore.write(tmp_path / "store", given.items(), front_end=BINS)
    for opened in (store, FeatureStore.open(str(tmp_path / "store"))):
        assert opened.ids == tuple(given)
        assert len(opened) == 3
        assert "rock/1.wav" in opened
        assert "rock/9.wav" not in opened
        assert opened.array.shape == (11, 5)
        assert opened.frames_fingerprint == BINS.frames_fingerprint
        assert opened.front_end == BINS.frames_dict()
        assert opened.problems == {}
        for track_id, frames in given.items():
            assert opened.n_frames(track_id) == frames.shape[1]
            assert opened.frames(track_id).dtype == np.float32
            assert opened.frames(track_id).flags.c_contiguous
            np.testing.assert_array_equal(opened.frames(track_id), frames)


def test_a_part_of_a_track_is_a_part_of_its_frames(tmp_path):
    given = tracks((4, 9, 2))
    store = FeatureStore.write(tmp_path / "store", given.items(), front_end=BINS)
    whole = given["rock/1.wav"]
    np.testing.assert_array_equal(store.frames("rock/1.wav", start=2, stop=5), whole[:, 2:5])
    np.testing.assert_array_equal(store.frames("rock/1.wav", start=7), whole[:, 7:])
    np.testing.assert_array_equal(store.frames("rock/1.wav", stop=99), whole)
    assert store.frames("rock/1.wav", start=9).shape == (5, 0)
    for stop in (2, -1):
        assert store.frames("rock/0.wav", start=2, stop=stop).shape == (5, 0)
    for start in (-1, 10):
        with pytest.raises(ValueError, match="start must lie between 0 and 9"):
            store.frames("rock/1.wav", start=start)


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.uint16, np.int16, ">i2"])
def test_small_whole_numbers_stay_small_and_mean_decibels(tmp_path, dtype):
    front_end = Precomputed(n_frame_bins=5, scale=80 / 255, offset=-80.0)
    given = {k: (v // 3).astype(dtype) for k, v in tracks(dtype=np.uint8).items()}
    store = FeatureStore.write(tmp_path / "store", given.items(), front_end=front_end)
    assert store.array.dtype == np.dtype(dtype).newbyteorder("<")
    for track_id, frames in given.items():
        expected = frames.astype(np.float64) * (80 / 255) - 80
        np.testing.assert_allclose(store.frames(track_id), expected, atol=1e-4)


@pytest.mark.parametrize("dtype", [np.float64, np.float16, np.int64, ">f4"])
def test_everything_else_is_stored_in_single_precision(tmp_path, dtype):
    given = tracks(dtype=dtype)
    store = FeatureStore.write(tmp_path / "store", given.items(), front_end=BINS)
    assert store.array.dtype == np.dtype("<f4")
    np.testing.assert_array_equal(store.frames("rock/2.wav"), given["rock/2.wav"].astype("f4"))


def test_can_be_read_with_numpy_alone_wherever_it_lies(tmp_path):
    given = tracks()
    FeatureStore.write(tmp_path / "here", given.items(), front_end=BINS)
    (tmp_path / "here").rename(tmp_path / "there")
    array = np.load(tmp_path / "there" / "frames.npy", mmap_mode="r")
    index = json.loads((tmp_path / "there" / "index.json").read_text(encoding="utf-8"))
    first, last = index["starts"][2:4]
    np.testing.assert_array_equal(array[first:last].T, given[index["ids"][2]])
    assert FeatureStore.open(tmp_path / "there").ids == tuple(given)


def test_reading_needs_no_audio_library(tmp_path):
    FeatureStore.write(tmp_path / "store", tracks().items(), front_end=BINS)
    program = (
        "import sys\n"
        "for name in ('soundfile', 'soxr', 'av', 'scipy'): sys.modules[name] = None\n"
        "from genrelab.features import FeatureStore\n"
        f"print(FeatureStore.open({str(tmp_path / 'store')!r}).frames('rock/2.wav').shape)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "(5, 7)", done.stderr


def test_the_same_features_give_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        FeatureStore.write(tmp_path / name, iter(tracks().items()), front_end=BINS)
    for file in ("frames.npy", "index.json"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def test_another_process_gets_the_folder_and_not_the_frames(tmp_path):
    store = FeatureStore.write(tmp_path / "store", tracks((900,)).items(), front_end=BINS)
    store.problems = {"x": "there is no such file."}
    sent = pickle.dumps(store)
    assert len(sent) < 1000
    for again in (pickle.loads(sent), copy.copy(store)):
        assert again.problems == store.problems
        np.testing.assert_array_equal(again.frames("rock/0.wav"), store.frames("rock/0.wav"))


def test_an_unknown_track_is_a_key_error_that_says_what_is_known(tmp_path):
    store = FeatureStore.write(tmp_path / "store", tracks().items(), front_end=BINS)
    store.problems = {"x": "there is no such file."}
    with pytest.raises(KeyError, match=r"rock/9\.wav"):
        store.frames("rock/9.wav")
    with pytest.raises(KeyError, match="x: there is no such file"):
        store.n_frames("x")


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ([], "there are no features to store."),
        ([("a", np.zeros((5, 2))), ("a", np.zeros((5, 2)))], "a: two tracks have this id."),
        ([("a", np.zeros((4, 2)))], "a: the features have shape (4, 2), but must be (5 bins"),
        ([("a", np.zeros(5))], "a: the features have shape (5,)"),
        ([("a", np.zeros((5, 0)))], "a: the features have shape (5, 0)"),
        (
            [("a", np.zeros((5, 2), np.uint8)), ("b", np.zeros((5, 2)))],
            "b: the features are float32, those before it uint8.",
        ),
    ],
)
def test_what_cannot_be_stored_leaves_nothing_behind(tmp_path, given, sentence):
    with pytest.raises(FeatureError) as caught:
        FeatureStore.write(tmp_path / "store", given, front_end=BINS)
    assert sentence in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_an_existing_folder_is_not_overwritten(tmp_path):
    FeatureStore.write(tmp_path / "store", tracks().items(), front_end=BINS)
    with pytest.raises(FeatureError, match="exists; remove it first"):
        FeatureStore.write(tmp_path / "store", tracks((1,)).items(), front_end=BINS)
    assert len(FeatureStore.open(tmp_path / "store")) == 3


def test_of_two_that_write_one_store_the_first_stays(tmp_path):
    folder = tmp_path / "store"

    def overtaken():
        yield from tracks().items()
        FeatureStore.write(folder, tracks((2,)).items(), front_end=BINS)

    store = FeatureStore.write(folder, overtaken(), front_end=BINS)
    assert store.ids == ("rock/0.wav",)
    assert list(tmp_path.iterdir()) == [folder]


def test_a_missing_store_is_named(tmp_path):
    with pytest.raises(FeatureError, match="nowhere: there is no feature store"):
        FeatureStore.open(tmp_path / "nowhere")


def _cut(folder):
    path = folder / "frames.npy"
    path.write_bytes(path.read_bytes()[:-1])


def _change(**values):
    def damage(folder):
        path = folder / "index.json"
        index = json.loads(path.read_text(encoding="utf-8"))
        path.write_text(json.dumps({**index, **values}), encoding="utf-8")

    return damage


@pytest.mark.parametrize(
    "damage",
    [
        _cut,
        lambda f: (f / "frames.npy").write_bytes(b""),
        lambda f: (f / "frames.npy").write_bytes(b"x" * 500),
        lambda f: (f / "index.json").write_bytes(b'{"format": 1'),
        lambda f: (f / "index.json").write_bytes(b"[]"),
        lambda f: (f / "index.json").write_bytes(b"\xff\xfe"),
        _change(ids=["a", "b"]),
        _change(ids=["a", "a", "b"]),
        _change(starts=[0, 3, 4, 12]),
        _change(starts=[1, 3, 4, 11]),
        _change(starts=[0, 4, 3, 11]),
        _change(starts=[]),
        _change(frame_bins=6),
        _change(scale=None),
    ],
)
def test_a_damaged_store_is_refused(tmp_path, damage):
    FeatureStore.write(tmp_path / "store", tracks().items(), front_end=BINS)
    damage(tmp_path / "store")
    with pytest.raises(FeatureError, match="the feature store is damaged"):
        FeatureStore.open(tmp_path / "store")


def test_a_store_of_a_later_format_is_refused(tmp_path):
    FeatureStore.write(tmp_path / "store", tracks().items(), front_end=BINS)
    _change(format=2)(tmp_path / "store")
    with pytest.raises(FeatureError, match="Upgrade genrelab"):
        FeatureStore.open(tmp_path / "store")


def test_says_which_front_ends_can_finish_its_frames(tmp_path):
    front_end = LogMel(n_mels=5, top_db=30)
    given = [("a", np.zeros((5, 2), np.float32))]
    store = FeatureStore.write(tmp_path / "store", given, front_end=front_end)
    assert store.frames_fingerprint == LogMel(n_mels=5).frames_fingerprint
    assert "top_db" not in store.front_end
    assert store.front_end["n_mels"] == 5
