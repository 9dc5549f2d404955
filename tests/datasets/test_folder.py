import os

import pytest

from genrelab import datasets
from genrelab.datasets import folder
from genrelab.errors import DatasetError


@pytest.fixture
def music(tmp_path):
    """A function that makes empty files and returns the folder."""

    def make(*files):
        for file in files:
            (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / file).write_bytes(b"")
        return tmp_path

    return make


def test_every_file_below_a_genre_is_a_track(music):
    root = music(
        "rock/b.mp3",
        "rock/a.wav",
        "jazz/Artist/Album/c.flac",
        "jazz/d",
        "jazz/cover.JPG",
        "jazz/list.m3u",
        "jazz/.hidden.mp3",
        "jazz/.git/e.mp3",
        ".cache/f.mp3",
        "README.txt",
    )
    found = folder.load(root)
    assert found.labels == ("jazz", "rock")
    assert [(t.id, t.label) for t in found.tracks] == [
        ("jazz/Artist/Album/c.flac", "jazz"),
        ("jazz/d", "jazz"),
        ("rock/a.wav", "rock"),
        ("rock/b.mp3", "rock"),
    ]
    assert found.tracks[0].path == root / "jazz/Artist/Album/c.flac"
    assert {t.group for t in found.tracks} == {None}
    assert found.problems == ()
    assert found.name == root.name


def test_artists_by_folder(music):
    root = music("rock/Anna/x/1.mp3", "rock/Anna/y/2.mp3", "rock/Bert/3.mp3", "rock/4.mp3")
    found = datasets.load("folder", root, group="folder", name="mine")
    assert {t.id: t.group for t in found.tracks} == {
        "rock/Anna/x/1.mp3": "Anna",
        "rock/Anna/y/2.mp3": "Anna",
        "rock/Bert/3.mp3": "Bert",
        "rock/4.mp3": None,
    }
    assert found.name == "mine"


def test_what_is_left_out_is_named(music):
    root = music("rock/a.mp3", "stray.mp3", "empty/cover.png")
    (root / "rock" / "gone.mp3").symlink_to(root / "nowhere")
    found = folder.load(root)
    assert {(p.subject, p.message) for p in found.problems} == {
        ("stray.mp3", "lies in no genre's folder."),
        ("empty", "the folder holds no audio file."),
        ("gone.mp3", "is a link to nothing."),
    }


def test_links_are_followed_but_not_in_a_circle(music, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "b.mp3").write_bytes(b"")
    root = music("rock/a.mp3")
    (root / "rock" / "circle").symlink_to(root / "rock")
    (root / "jazz").symlink_to(elsewhere)
    assert [t.id for t in folder.load(root).tracks] == ["jazz/b.mp3", "rock/a.mp3"]


def test_names_that_are_no_text(music):
    root = music("rock/a.mp3")
    try:
        with open(os.fsencode(root) + b"/rock/\xff.mp3", "wb"):
            pass
    except OSError:
        pytest.skip("this file system takes no such name")
    found = folder.load(root)
    assert [t.id for t in found.tracks] == ["rock/a.mp3"]
    assert "rename it" in found.problems[0].message
    found.problems[0].subject.encode()


def test_ids_are_the_same_however_letters_are_encoded(music):
    (track,) = folder.load(music("chanson/e\N{COMBINING ACUTE ACCENT}.mp3")).tracks
    assert track.id == "chanson/\N{LATIN SMALL LETTER E WITH ACUTE}.mp3"
    assert track.path.is_file()


def test_what_cannot_serve(music, tmp_path):
    with pytest.raises(DatasetError, match="no such folder"):
        folder.load(tmp_path / "nowhere")
    with pytest.raises(DatasetError, match="should hold one folder for each genre"):
        folder.load(music("a.mp3"))
    with pytest.raises(DatasetError, match="Did you mean 'folder'"):
        folder.load(tmp_path, group="folders")
