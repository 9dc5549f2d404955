import numpy as np
import pytest

from genrelab import datasets, protocols
from genrelab.errors import DatasetError
from genrelab.features import FeatureStore, Precomputed

TABLE = (
    "row,track_id,genre,artist,official\n2,c,jazz,Carl,test\n0,a,rock,Anna,train\n1,b,rock,,train\n"
)


@pytest.fixture
def mel():
    return np.random.default_rng(0).integers(0, 256, (3, 4, 5), dtype=np.uint8)


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A function that writes arrays and a CSV and returns the folder."""
    monkeypatch.setenv("GENRELAB_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "mels"

    def write(text=TABLE, **files):
        folder.mkdir(exist_ok=True)
        (folder / "index.csv").write_text(text)
        for name, content in files.items():
            if isinstance(content, dict):
                np.savez(folder / f"{name}.npz", **content)
            else:
                np.save(folder / f"{name}.npy", content)
        return folder

    return write


def test_tracks_and_features(place, mel):
    found = datasets.load("arrays", place(mel={"mel": mel}), rate=11.5, scale=0.5, offset=-80)
    assert found.name == "mels"
    assert found.labels == ("jazz", "rock")
    assert [(t.id, t.label, t.group, t.path) for t in found.tracks] == [
        ("c", "jazz", "Carl", None),
        ("a", "rock", "Anna", None),
        ("b", "rock", None, None),
    ]
    assert found.splits == {"official": {"c": "test", "a": "train", "b": "train"}}
    store = FeatureStore.open(found.features)
    front_end = Precomputed(n_frame_bins=4, rate=11.5, scale=0.5, offset=-80)
    assert store.frames_fingerprint == front_end.frames_fingerprint
    for track_id, row in (("a", 0), ("b", 1), ("c", 2)):
        np.testing.assert_array_equal(store.frames(track_id), 0.5 * mel[row] - 80)
    assert store.array.dtype == np.uint8


@pytest.mark.parametrize("kind", ["npy", "npz"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int16])
def test_files_and_types(place, mel, kind, dtype):
    array = mel.astype(dtype)
    folder = place(x={"one": array, "two": array + 1} if kind == "npz" else array)
    options = {"key": "one"} if kind == "npz" else {}
    found = datasets.load("arrays", folder, **options)
    np.testing.assert_array_equal(FeatureStore.open(found.features).frames("b"), mel[1])


def test_transposed(place, mel):
    found = datasets.load("arrays", place(x=mel.transpose(0, 2, 1)), transpose=True)
    np.testing.assert_array_equal(FeatureStore.open(found.features).frames("b"), mel[1])


def test_without_a_row_column_lines_are_in_the_array_s_order(place, mel):
    folder = place("file,label\nx.mp3,rock\ny.mp3,jazz\nz.mp3,jazz\n", x=mel)
    found = datasets.load("arrays", folder)
    assert [t.id for t in found.tracks] == ["x.mp3", "y.mp3", "z.mp3"]
    np.testing.assert_array_equal(FeatureStore.open(found.features).frames("y.mp3"), mel[1])
    place("file,label\nx.mp3,rock\ny.mp3\nz.mp3,jazz\n")
    with pytest.raises(DatasetError, match=r"line 3.*every line must be right"):
        datasets.load("arrays", folder)


def test_the_store_is_written_once_and_anew_when_anything_changes(place, mel):
    folder = place(x=mel)
    first = datasets.load("arrays", folder)
    stamp = (first.features / "frames.npy").stat().st_mtime_ns
    again = datasets.load("arrays", folder)
    assert again == first
    assert (again.features / "frames.npy").stat().st_mtime_ns == stamp
    assert datasets.load("arrays", folder, rate=2.0).features != first.features
    place(TABLE.replace("1,b", "0,b"))
    moved = datasets.load("arrays", folder)
    np.testing.assert_array_equal(FeatureStore.open(moved.features).frames("b"), mel[0])
    place(x=mel + 1)
    changed = datasets.load("arrays", folder)
    np.testing.assert_array_equal(FeatureStore.open(changed.features).frames("c"), mel[2] + 1)


def test_what_cannot_be_used_is_named_every_time(place, mel):
    array = mel.astype(np.float32)
    array[1, 2, 3] = np.nan
    folder = place(TABLE + "7,d,rock,,\nx,e,rock,,\n0,f,,,\n0,a,rock,,\n", x=array)
    for _ in range(2):
        found = datasets.load("arrays", folder)
        assert [t.id for t in found.tracks] == ["c", "a"]
        assert {(p.subject, p.message) for p in found.problems} == {
            ("b", "the features have values that are no finite numbers."),
            ("d", "row 7 is not in the array, which has 3 rows."),
            ("line 6", "the row 'x' is no whole number."),
            ("f", "has no label."),
            ("a", "is listed already; the first row is kept."),
        }


@pytest.mark.parametrize(
    ("files", "options", "message"),
    [
        ({}, {}, "holds no array"),
        ({"x": np.zeros((3, 2, 2)), "y": np.zeros(3)}, {}, "several arrays .x.npy, y.npy"),
        ({"x": np.zeros((3, 2, 2))}, {"array": "z.npy"}, "there is no such array"),
        ({"x": {"a": np.zeros(1), "b": np.zeros(1)}}, {}, "several arrays; name one with key="),
        ({"x": {"a": np.zeros(1)}}, {"key": "b"}, "has no 'b'. It has: a"),
        ({"x": np.zeros((3, 2))}, {}, r"float64 \(3, 2\); it must be numbers \(tracks, bins"),
        ({"x": np.zeros((3, 2, 0))}, {}, "must be numbers"),
        ({"x": np.full((3, 2, 2), "a")}, {}, "must be numbers"),
        ({"x": np.array([{}, 1])}, {}, "cannot be read as an array"),
        ({"x": np.zeros((3, 2, 2))}, {"rate": 0}, "rate must be"),
        ({"x": np.zeros((3, 2, 2))}, {"row_column": "place"}, "has no column 'place'"),
        ({"x": np.full((3, 2, 2), np.nan)}, {}, "no features"),
    ],
)
def test_what_cannot_serve(place, files, options, message):
    with pytest.raises(DatasetError, match=message):
        datasets.load("arrays", place(**files), **options)


def test_damaged_files(place, mel):
    folder = place(x=mel)
    whole = (folder / "x.npy").read_bytes()
    for damaged in (b"", whole[:40], whole[:-3], b"PK\x03\x04" + whole):
        (folder / "x.npy").write_bytes(damaged)
        with pytest.raises(DatasetError, match="cannot be read as an array"):
            datasets.load("arrays", folder)
    with pytest.raises(DatasetError, match="no such folder"):
        datasets.load("arrays", folder / "x.npy")


def test_a_cache_that_cannot_be_written(place, mel, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DatasetError, match="written to the cache"):
        datasets.load("arrays", place(x=mel), cache=str(tmp_path / "file"))


@pytest.mark.data
def test_gtzan_from_pictures(data_root, tmp_path):
    found = datasets.load("arrays", data_root / "gtzan_mel", rate=11.484375, cache=str(tmp_path))
    assert set(found.counts().values()) == {100}
    assert len(found.labels) == 10
    assert found.problems == ()
    (fold,) = protocols.predefined(found, column="fault_filtered", group="artist")
    assert (len(fold.train), len(fold.valid), len(fold.test)) == (443, 197, 290)
    folds = protocols.predefined(found, column="artist_fold")
    assert [len(f.test) for f in folds] == [315, 316, 317]
    assert FeatureStore.open(found.features).frames("rock.00099").shape == (128, 344)


@pytest.mark.data
def test_fma_small(data_root, tmp_path):
    found = datasets.load("arrays", data_root / "fma_small_mel", rate=128 / 30, cache=str(tmp_path))
    assert set(found.counts().values()) == {500}
    assert found.tracks[0].id == "000002"
    assert len({t.group for t in found.tracks}) == 1235
