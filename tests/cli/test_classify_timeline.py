"""``genrelab classify --timeline`` from the outside: every format, and the pictures."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from numpy.typing import NDArray

from genrelab.cli.answers import Writer
from genrelab.runtime.answers import Answer, Failure, Stretch, Timeline

Run = Callable[..., subprocess.CompletedProcess[bytes]]
Music = Callable[..., NDArray[np.float32]]
LABELS = ["blues", "jazz", "pop", "rock"]
STRETCHES = (
    Stretch(0.0, 3541.5, "pop", 0.75, {"pop": 0.75, "rock": 0.25}),
    Stretch(3541.5, 3700.25, "rock", 0.5625, {"pop": 0.4375, "rock": 0.5625}),
)
ANSWER = Answer(
    Path("a.mp3"),
    "pop",
    0.625,
    {"pop": 0.625, "rock": 0.375},
    3700.25,
    timeline=Timeline(6.0, 3.0, (0.0, 3.0), ("pop", "rock"), ((0.75, 0.25), (0.5, 0.5)), STRETCHES),
)


@pytest.fixture(scope="module")
def tracks(tmp_path_factory: pytest.TempPathFactory, music: Music) -> Path:
    """Return a folder with two tracks of one name in two folders."""
    folder = tmp_path_factory.mktemp("tracks")
    for k, name in enumerate(["a/song.wav", "b/Song.wav"]):
        (folder / name).parent.mkdir()
        sf.write(folder / name, music(8.0 + k, 22050, 1).T, 22050)
    return folder


def written(format_: str, *outcomes: Answer | Failure, **options: object) -> list[str]:
    out = io.StringIO()
    writer = Writer(format_, out, labels=("pop", "rock"), stretches=True, **options)  # type: ignore[arg-type]
    for outcome in outcomes:
        writer.write(outcome)
    return out.getvalue().splitlines()


def test_the_table_has_an_indented_line_a_stretch() -> None:
    assert written("table", ANSWER) == [
        "pop   62%  a.mp3",
        "       0:00 -   59:02  pop   75%",
        "      59:02 - 1:01:40  rock  56%",
    ]
    assert written("table", ANSWER, top=2)[1] == "       0:00 -   59:02  pop   75%  rock  25%"


def test_what_is_unsure_of_a_stretch_is_said() -> None:
    lines = written("table", ANSWER, unsure_below=0.6)
    assert lines[1].endswith("pop            75%")
    assert lines[2].endswith("unsure (rock)  56%")
    stretches = json.loads(written("json", ANSWER, unsure_below=0.6)[0])["timeline"]["stretches"]
    assert [s["label"] for s in stretches] == ["pop", "unsure"]
    rows = csv.DictReader(written("csv", ANSWER, unsure_below=0.6))
    assert [row["label"] for row in rows] == ["pop", "unsure"]


def test_csv_has_a_row_a_stretch() -> None:
    lines = written("csv", ANSWER, Failure(Path("b.mp3"), "the file is empty."))
    assert lines == [
        "path,start,end,part,label,confidence,pop,rock,duration,error",
        "a.mp3,0.0,3541.5,,pop,0.75,0.75,0.25,3700.25,",
        "a.mp3,3541.5,3700.25,,rock,0.5625,0.4375,0.5625,3700.25,",
        "b.mp3,,,,,,,,,the file is empty.",
    ]


def test_parts_are_written_like_stretches() -> None:
    chorus = Stretch(1.0, 2.0, "pop", 0.75, {"pop": 0.75, "rock": 0.25}, part="chorus")
    answer = Answer(Path("a.mp3"), "pop", 0.75, {"pop": 0.75, "rock": 0.25}, 2.0, parts=(chorus,))
    assert written("table", answer)[1] == "    0:01 - 0:02  pop   75%  chorus"
    assert written("csv", answer)[1] == "a.mp3,1.0,2.0,chorus,pop,0.75,0.75,0.25,2.0,"
    values = json.loads(written("json", answer)[0])
    assert "timeline" not in values
    (part,) = values["parts"]
    assert list(part) == ["start", "end", "part", "label", "confidence", "probabilities"]


def test_json_has_the_windows_and_the_stretches(
    genrelab: Run, tracks: Path, small_bundle: Path
) -> None:
    arguments = ["classify", tracks, "--model", small_bundle, "--format", "json"]
    plain = genrelab(*arguments).stdout.splitlines()
    lines = genrelab(*arguments, "--timeline").stdout.splitlines()
    for line, before in zip(lines, plain, strict=True):
        answer = json.loads(line)
        timeline = answer.pop("timeline")
        assert answer == json.loads(before)
        assert list(timeline) == ["window", "hop", "starts", "labels", "probabilities", "stretches"]
        assert timeline["labels"] == LABELS
        assert timeline["hop"] == pytest.approx(timeline["window"] / 2)
        assert np.shape(timeline["probabilities"]) == (len(timeline["starts"]), 4)
        np.testing.assert_allclose(np.sum(timeline["probabilities"], axis=1), 1)
        stretches = timeline["stretches"]
        assert stretches[0]["start"] == 0
        assert stretches[-1]["end"] == answer["duration"]
        for stretch in stretches:
            assert list(stretch) == ["start", "end", "label", "confidence", "probabilities"]


@pytest.mark.parametrize("format_", ["table", "json", "csv"])
def test_the_number_of_workers_changes_no_byte(
    genrelab: Run, tracks: Path, small_bundle: Path, format_: str
) -> None:
    arguments = ["classify", tracks, "--model", small_bundle, "--format", format_, "--timeline"]
    one, two = (genrelab(*arguments, "--workers", n).stdout for n in "12")
    assert one == two
    assert one.count(b"song.wav") >= 1


@pytest.mark.parametrize(("name", "head"), [("x.png", b"\x89PNG"), ("x.SVG", b"<?xml")])
def test_one_file_is_drawn_into_one_file(
    genrelab: Run, tracks: Path, small_bundle: Path, tmp_path: Path, name: str, head: bytes
) -> None:
    picture = tmp_path / name
    arguments = ["classify", tracks / "a/song.wav", "--model", small_bundle, "--timeline"]
    done = genrelab(*arguments, "--plot", picture)
    assert done.returncode == 0
    assert done.stdout == genrelab(*arguments).stdout
    assert picture.read_bytes().startswith(head)
    first = picture.read_bytes()
    genrelab(*arguments, "--plot", picture)
    assert picture.read_bytes() == first


def test_several_are_drawn_into_a_folder_under_names_that_do_not_collide(
    genrelab: Run, tracks: Path, small_bundle: Path, tmp_path: Path, music: Music
) -> None:
    odd = [b"song.flac", b"song (2).wav", "ü".encode() * 120 + b".wav", b"caf\xe9.wav", b"..wav"]
    given = [os.path.join(os.fsencode(tmp_path), name) for name in odd]
    for path in given:
        with open(path, "wb") as file:
            sf.write(file, music(2.0, 22050, 1).T, 22050, format="WAV")
    album = tmp_path / "new" / "album"
    done = genrelab(
        *["classify", tracks, *given, "--model", small_bundle, "--timeline", "--plot", album]
    )
    assert done.returncode == 0, done.stderr
    names = sorted(p.name for p in album.iterdir())
    assert len({name.casefold() for name in names}) == 7
    assert {"song.png", "Song (2).png", "song (3).png", "song (2) (2).png"} <= set(names)


def test_one_file_may_be_drawn_into_a_folder(
    genrelab: Run, tracks: Path, small_bundle: Path, tmp_path: Path
) -> None:
    song = tracks / "a/song.wav"
    genrelab("classify", song, "--model", small_bundle, "--timeline", "--plot", tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["song.png"]


def test_a_picture_that_cannot_be_written_costs_a_sentence(
    genrelab: Run, tracks: Path, small_bundle: Path, tmp_path: Path
) -> None:
    (tmp_path / "song.png").mkdir()
    arguments = ["classify", tracks, "--model", small_bundle, "--timeline"]
    done = genrelab(*arguments, "--plot", tmp_path)
    assert done.returncode == 1
    assert done.stdout == genrelab(*arguments).stdout
    sentence, end = done.stderr.decode().splitlines()
    assert sentence.startswith(f"{tracks / 'a/song.wav'}: its picture ")
    assert "cannot be written" in sentence
    assert end == "2 of 2 classified, 1 not drawn."
    assert (tmp_path / "Song (2).png").is_file()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--plot", "x.png"], "--timeline"),
        (["--timeline", "--plot", "x.pdf"], "neither"),
        (["--timeline", "--plot", "no such folder"], "neither"),
    ],
)
def test_wrong_use_is_told_before_anything_is_read(
    genrelab: Run, tracks: Path, arguments: list[str], words: str
) -> None:
    done = genrelab("classify", tracks / "a/song.wav", *arguments)
    assert done.returncode == 2
    assert not done.stdout
    (sentence,) = done.stderr.decode().splitlines()
    assert words in sentence


def test_a_file_is_no_folder_for_pictures(genrelab: Run, tracks: Path, tmp_path: Path) -> None:
    for name, words in (("x.png", "give it a folder"), ("x", "cannot be made")):
        (tmp_path / name).write_bytes(b"")
        done = genrelab("classify", tracks, "--timeline", "--plot", tmp_path / name)
        assert done.returncode == 2
        (sentence,) = done.stderr.decode().splitlines()
        assert words in sentence


def test_without_matplotlib_one_sentence_says_what_to_install(
    genrelab: Run, tracks: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in list(sys.modules):
        if re.match(r"matplotlib|genrelab\.(pictures|evaluation)", name):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    song = tracks / "a/song.wav"
    done = genrelab("classify", song, "--timeline", "--plot", tmp_path / "x.png")
    assert done.returncode == 2
    assert not done.stdout
    (sentence,) = done.stderr.decode().splitlines()
    assert "matplotlib" in sentence
    assert "genrelab[train]" in sentence
    assert genrelab("classify", song, "--timeline").returncode == 0


def test_segments_in_every_format(tracks: Path, genrelab: Run, tmp_path: Path) -> None:
    song = tracks / "a" / "song.wav"
    answers = genrelab(
        "classify", song, "--segments", "--format", "json", "--plot", tmp_path / "x.png"
    )
    assert answers.returncode == 0, answers.stderr
    (said,) = map(json.loads, answers.stdout.splitlines())
    (part,) = said["parts"]
    assert (part["start"], part["part"]) == (0.0, "A")
    assert part["end"] == pytest.approx(8.0, abs=0.01)
    assert (tmp_path / "x.png").stat().st_size > 5000
    table = genrelab("classify", song, "--segments").stdout.decode().splitlines()
    assert len(table) == 2
    assert table[1].rstrip().endswith("A")
    lines = genrelab("classify", song, "--segments", "--format", "csv").stdout.decode()
    rows = list(csv.DictReader(lines.splitlines()))
    assert [(row["part"], row["start"]) for row in rows] == [("A", "0.0")]


def test_a_row_is_a_stretch_or_a_part(tracks: Path, genrelab: Run) -> None:
    done = genrelab("classify", tracks, "--segments", "--timeline", "--format", "csv")
    assert done.returncode == 2
    assert b"give --timeline or --segments" in done.stderr
