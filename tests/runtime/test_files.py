"""What a person means by naming files and folders."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from genrelab.runtime.answers import Failure
from genrelab.runtime.files import find_audio, is_candidate


def make(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def test_folders_are_walked_in_order_and_files_taken_as_given(tmp_path: Path) -> None:
    make(tmp_path, "b/2.mp3", "b/10.mp3", "b/a/z.flac", "b/c.wav", "alone.txt", ".hidden.mp3")
    given = [tmp_path / "alone.txt", tmp_path / "b", tmp_path / ".hidden.mp3", tmp_path / "gone"]
    found = find_audio(given)
    names = [p.relative_to(tmp_path).as_posix() for p in found.entries if isinstance(p, Path)]
    assert names == [
        "alone.txt",
        "b/10.mp3",
        "b/2.mp3",
        "b/a/z.flac",
        "b/c.wav",
        ".hidden.mp3",
        "gone",
    ]
    assert found.skipped == 0


def test_what_is_no_music_is_skipped_in_folders_and_counted(tmp_path: Path) -> None:
    make(tmp_path, "a.MP3", "no ending", "odd.xyz", "film.mp4")
    make(tmp_path, "cover.JPG", "list.m3u", "disc.cue", "Thumbs.db", ".DS_Store", ".git/config.mp3")
    found = find_audio([tmp_path])
    names = [p.name for p in found.entries if isinstance(p, Path)]
    assert names == ["a.MP3", "film.mp4", "no ending", "odd.xyz"]
    assert found.skipped == 6  # the hidden folder counts once


def test_a_folder_without_music_is_a_failure(tmp_path: Path) -> None:
    make(tmp_path, "only/cover.jpg")
    found = find_audio([tmp_path / "only"])
    (failure,) = found.entries
    assert isinstance(failure, Failure)
    assert failure.path == tmp_path / "only"
    assert "no audio file" in failure.error
    assert found.skipped == 1


def test_links_that_lead_in_a_circle_end(tmp_path: Path) -> None:
    make(tmp_path, "a/1.mp3", "elsewhere/2.mp3")
    (tmp_path / "a" / "loop").symlink_to(tmp_path / "a")
    (tmp_path / "a" / "other").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / "back").symlink_to(tmp_path / "a")
    found = find_audio([tmp_path / "a"])
    assert found.entries == (tmp_path / "a/1.mp3", tmp_path / "a/other/2.mp3")


def test_a_link_to_nowhere_is_tried_so_that_it_is_told(tmp_path: Path) -> None:
    make(tmp_path, "1.mp3")
    (tmp_path / "2.mp3").symlink_to(tmp_path / "gone.mp3")
    (tmp_path / "3.jpg").symlink_to(tmp_path / "gone.jpg")
    found = find_audio([tmp_path])
    assert found.entries == (tmp_path / "1.mp3", tmp_path / "2.mp3")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_in_a_folder_is_passed_over(tmp_path: Path) -> None:
    make(tmp_path, "1.mp3")
    os.mkfifo(tmp_path / "2.mp3")
    assert find_audio([tmp_path]).entries == (tmp_path / "1.mp3",)


def test_a_folder_that_cannot_be_opened_is_a_failure_in_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path, "a/1.mp3", "b/2.mp3", "c/3.mp3")
    listdir = os.listdir

    def guarded(path: Path) -> list[str]:
        # Permissions do not stop the superuser, who may run these tests.
        if Path(path).name == "b":
            raise PermissionError(13, "Permission denied")
        return listdir(path)

    monkeypatch.setattr(os, "listdir", guarded)
    first, failure, last = find_audio([tmp_path]).entries
    assert (first, last) == (tmp_path / "a/1.mp3", tmp_path / "c/3.mp3")
    assert failure == Failure(tmp_path / "b", "it cannot be opened (permission denied).")


@pytest.mark.parametrize("name", ["a.mp3", "a", "a.unknown", "a.m4a", "mp3.b.ogg"])
def test_unknown_endings_are_tried(name: str) -> None:
    assert is_candidate(Path(name))
