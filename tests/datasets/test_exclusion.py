import pytest

from genrelab import datasets
from genrelab.datasets.exclusion import read_exclusions
from genrelab.errors import DatasetError
from genrelab.training.prepare import prepare
from genrelab.training.recipe import recipe_from


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "set"
    for name in ("jazz/1.wav", "jazz/2.wav", "rock/# 3.wav", "rock/4.wav"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"x")
    return root


def test_the_list(tmp_path):
    path = tmp_path / "list.txt"
    path.write_text("\ufeff# a remark\n\njazz/1.wav\tsilent\n#odd id\twhy\n plain \n", "utf-8")
    assert read_exclusions(path) == {"jazz/1.wav": "silent", "#odd id": "why", "plain": ""}
    with pytest.raises(DatasetError, match="no such list"):
        read_exclusions(tmp_path / "nowhere")


def test_every_data_set_takes_it(root, tmp_path):
    path = tmp_path / "list.txt"
    path.write_text("jazz/1.wav\nrock/9.wav\tgone\n")
    found = datasets.load("folder", root, exclude=path)
    assert [t.id for t in found.tracks] == ["jazz/2.wav", "rock/# 3.wav", "rock/4.wav"]
    assert [p.subject for p in found.problems] == ["rock/9.wav"]
    assert found.fingerprint != datasets.load("folder", root).fingerprint


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("blues/1.wav", "names no track"),
        ("jazz/1.wav\njazz/2.wav\nrock/4.wav\nrock/# 3.wav\t", "leaves no track"),
    ],
)
def test_lists_that_cannot_be_meant(root, tmp_path, text, words):
    path = tmp_path / "list.txt"
    path.write_text(text)
    with pytest.raises(DatasetError, match=words):
        datasets.load("folder", root, exclude=path)


def test_splits_lose_the_tracks_too(root, tmp_path):
    (root / "index.csv").write_text(
        "path,genre,split\njazz/1.wav,jazz,train\njazz/2.wav,jazz,test\nrock/4.wav,rock,train\n"
    )
    (tmp_path / "list.txt").write_text("jazz/1.wav")
    found = datasets.load("manifest", root, exclude=tmp_path / "list.txt")
    assert found.splits == {"split": {"jazz/2.wav": "test", "rock/4.wav": "train"}}


def test_a_recipe_takes_it(tmp_path):
    options = {"name": "synthetic", "tracks_per_genre": 2, "bands": 2, "seconds": 1}
    whole = datasets.load("synthetic", tmp_path / "corpus", **{
        k: v for k, v in options.items() if k != "name"})  # fmt: skip
    (tmp_path / "list.txt").write_text(whole.tracks[0].id)
    recipe = recipe_from(
        {
            "dataset": {**options, "exclude": str(tmp_path / "list.txt")},
            "protocol": "everything",
            "model": "mfcc_svm",
        }
    )
    prepared = prepare(recipe, tmp_path / "corpus", cache=tmp_path / "cache")
    assert len(prepared.dataset.tracks) == len(whole.tracks) - 1
