"""``genrelab classify`` from the outside: what is printed where, and the exit code."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from numpy.typing import NDArray

Run = Callable[..., subprocess.CompletedProcess[bytes]]
Music = Callable[..., NDArray[np.float32]]
LABELS = ["blues", "jazz", "pop", "rock"]


@pytest.fixture(scope="module")
def tracks(tmp_path_factory: pytest.TempPathFactory, music: Music) -> Path:
    """Return a folder with three tracks and a picture."""
    folder = tmp_path_factory.mktemp("tracks")
    for k in range(3):
        sf.write(folder / f"{k}.wav", music(2.0 + k, 22050, 1).T / (1 + k), 22050)
    (folder / "cover.jpg").write_bytes(b"a picture")
    return folder


def said(done: subprocess.CompletedProcess[bytes]) -> list[str]:
    return done.stderr.decode().splitlines()


def test_a_table_has_a_line_for_each_file(
    genrelab_process: Run, tracks: Path, small_bundle: Path
) -> None:
    done = genrelab_process("classify", tracks, "--model", small_bundle)
    assert done.returncode == 0
    lines = done.stdout.decode().splitlines()
    assert [line.split()[-1] for line in lines] == [str(tracks / f"{k}.wav") for k in range(3)]
    for line in lines:
        label, percent, _ = line.split()
        assert label in LABELS
        assert percent.endswith("%")
        assert 25 <= int(percent[:-1]) <= 100
    assert len({line.index(str(tracks)) for line in lines}) == 1  # aligned
    assert said(done) == ["3 of 3 classified; 1 skipped: hidden, or by their names no audio."]


def test_the_table_shows_as_many_genres_as_asked_for(
    genrelab: Run, tracks: Path, small_bundle: Path
) -> None:
    done = genrelab("classify", tracks / "0.wav", "--model", small_bundle, "--top", "3")
    (line,) = done.stdout.decode().splitlines()
    words = line.split()
    assert len(words) == 7
    shares = [int(p[:-1]) for p in words[1:6:2]]
    assert shares == sorted(shares, reverse=True)
    assert len(set(words[0:6:2])) == 3
    assert not done.stderr


def test_json_has_exactly_the_promised_keys(
    genrelab: Run, tracks: Path, small_bundle: Path
) -> None:
    missing = tracks / "missing.mp3"
    done = genrelab(
        "classify", tracks, missing, "--model", small_bundle, "--format", "json", "--top", "1"
    )
    assert done.returncode == 1
    *answers, failure = map(json.loads, done.stdout.decode("ascii").splitlines())
    assert len(answers) == 3
    for k, answer in enumerate(answers):
        keys = ["path", "label", "confidence", "probabilities", "duration"]
        assert list(answer) == keys
        assert answer["path"] == str(tracks / f"{k}.wav")
        assert list(answer["probabilities"]) == LABELS
        assert sum(answer["probabilities"].values()) == pytest.approx(1)
        assert answer["confidence"] == answer["probabilities"][answer["label"]]
        assert answer["confidence"] == max(answer["probabilities"].values())
        assert answer["duration"] == pytest.approx(2.0 + k)
    assert list(failure) == ["path", "error"]
    assert failure["path"] == str(missing)
    assert "no such file" in failure["error"]


def test_csv_has_a_column_for_each_label(
    genrelab: Run, tracks: Path, small_bundle: Path, tmp_path: Path
) -> None:
    odd = tmp_path / 'a "quoted", name.wav'
    shutil.copy(tracks / "0.wav", odd)
    arguments = ["classify", odd, tracks / "missing.mp3", "--model", small_bundle]
    done = genrelab(*arguments, "--format", "csv")
    answer, failure = csv.DictReader(io.StringIO(done.stdout.decode()))
    assert list(answer) == ["path", "label", "confidence", *LABELS, "duration", "error"]
    assert answer["path"] == str(odd)
    assert answer["error"] == ""
    as_json = json.loads(genrelab(*arguments, "--format", "json").stdout.splitlines()[0])
    for label in LABELS:
        assert float(answer[label]) == as_json["probabilities"][label]
    assert float(answer["duration"]) == as_json["duration"]
    assert (answer["label"], float(answer["confidence"])) == (
        as_json["label"],
        as_json["confidence"],
    )
    assert "no such file" in failure["error"]
    assert failure["label"] == failure["rock"] == failure["duration"] == ""


def test_below_a_confidence_the_answer_is_unsure(
    genrelab: Run, tracks: Path, small_bundle: Path
) -> None:
    arguments = ["classify", tracks / "0.wav", "--model", small_bundle]
    sure = json.loads(genrelab(*arguments, "--format", "json").stdout)
    between = sure["confidence"] + 1e-6
    for limit, label in [(between, "unsure"), (sure["confidence"], sure["label"])]:
        done = genrelab(*arguments, "--format", "json", "--unsure-below", str(limit))
        assert json.loads(done.stdout) == {**sure, "label": label}
    table = genrelab(*arguments, "--unsure-below", str(between)).stdout.decode()
    assert table.startswith(f"unsure ({sure['label']})")


def test_answers_can_go_to_a_file(
    genrelab: Run, tracks: Path, small_bundle: Path, tmp_path: Path
) -> None:
    arguments = ["classify", tracks, "--model", small_bundle, "--format", "csv"]
    done = genrelab(*arguments, "--output", tmp_path / "answers.csv")
    assert done.returncode == 0
    assert not done.stdout
    assert (tmp_path / "answers.csv").read_bytes() == genrelab(*arguments).stdout
    done = genrelab(*arguments, "--output", tmp_path / "no such folder" / "answers.csv")
    assert done.returncode == 2
    assert "cannot be written" in said(done)[-1]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere such names cannot be written")
@pytest.mark.parametrize("format_", ["table", "json", "csv"])
def test_no_name_can_break_lines_or_the_terminal(
    genrelab: Run, tracks: Path, small_bundle: Path, tmp_path: Path, format_: str
) -> None:
    folder = os.fsencode(tmp_path)
    names = [
        b"line\nbreak.wav",
        b"\x1b[31mred\x07.wav",
        b"latin-1 \xe9\xff.wav",
        "\u202eright to left\u2028\x9b31m.wav".encode(),
        b"[bold]markup :smile:.wav",
        b'quote",comma.wav',
    ]
    for name in names:
        shutil.copy(tracks / "0.wav", os.path.join(folder, name))
        with open(os.path.join(folder, b"broken " + name), "wb") as file:
            file.write(b"no music")
    done = genrelab("classify", tmp_path, "--model", small_bundle, "--format", format_)
    assert done.returncode == 1
    text = done.stdout.decode("utf-8")
    everything = text + done.stderr.decode("utf-8")
    assert "Traceback" not in everything
    expected = sorted(
        os.path.join(folder, part + name) for name in names for part in (b"", b"broken ")
    )
    if format_ == "csv":
        assert len(list(csv.DictReader(io.StringIO(text)))) == len(expected)
        return
    assert not set(everything) & set("\x1b\x07\x9b\u202e\u2028\x85\r")
    assert len(everything.splitlines()) == len(expected) + 1
    if format_ == "json":
        paths = [json.loads(line)["path"] for line in text.splitlines()]
        assert sorted(map(os.fsencode, paths)) == expected


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--top", "0"],
        ["--workers", "0"],
        ["--format", "xml"],
        ["--unsure-below", "2"],
        ["--model", "no such model.onnx"],
        ["--model", __file__],
        ["--no-such-option"],
    ],
)
def test_wrong_use_is_told_and_exits_with_2(
    genrelab: Run, tracks: Path, arguments: list[str]
) -> None:
    paths = [tracks] if arguments else []
    done = genrelab("classify", *paths, *arguments)
    assert done.returncode == 2
    assert not done.stdout
    assert b"Traceback" not in done.stderr
    assert said(done)


def test_a_folder_without_music_fails(genrelab: Run, small_bundle: Path, tmp_path: Path) -> None:
    done = genrelab("classify", tmp_path, "--model", small_bundle)
    assert done.returncode == 1
    assert said(done) == [f"{tmp_path}: there is no audio file in this folder."]


def test_what_is_worth_saying_goes_to_standard_error(
    genrelab: Run, small_bundle: Path, tmp_path: Path, music: Music
) -> None:
    path = tmp_path / "cut.flac"
    sf.write(path, music(8.0).T, 44100)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    done = genrelab("classify", path, "--model", small_bundle, "--format", "json")
    assert done.returncode == 0
    assert list(json.loads(done.stdout)) == [
        *["path", "label", "confidence", "probabilities", "duration"]
    ]
    (sentence,) = said(done)
    assert sentence.startswith(f"{path}: ")


@pytest.fixture
def long_run(tracks: Path, small_bundle: Path) -> subprocess.Popen[bytes]:
    """Return a run over a thousand inputs that has given its first answer."""
    process = subprocess.Popen(
        [
            *[sys.executable, "-m", "genrelab.cli", "classify", "--format", "json"],
            *["--model", str(small_bundle)],
            *[str(tracks / "0.wav")] * 1000,
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        # What a shell starts in the background ignores Ctrl-C, and all that it starts in turn.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stdout is not None
    assert json.loads(process.stdout.readline())["label"] in LABELS
    return process


@pytest.mark.skipif(sys.platform == "win32", reason="pipes and signals of Unix")
def test_a_reader_that_has_enough_ends_the_run_quietly(
    long_run: subprocess.Popen[bytes],
) -> None:
    assert long_run.stdout is not None
    assert long_run.stderr is not None
    long_run.stdout.close()
    assert long_run.stderr.read() == b""
    assert long_run.wait() == 141


@pytest.mark.skipif(sys.platform == "win32", reason="pipes and signals of Unix")
def test_ctrl_c_ends_the_run_quietly(long_run: subprocess.Popen[bytes]) -> None:
    os.killpg(long_run.pid, signal.SIGINT)  # as a terminal does: to the workers as well
    answers, errors = long_run.communicate()
    assert long_run.returncode == 130
    assert b'"error"' not in answers
    assert b"Traceback" not in errors


def test_answers_come_while_later_inputs_are_still_open(long_run: subprocess.Popen[bytes]) -> None:
    assert long_run.poll() is None  # the first answer was read, the run goes on
    long_run.kill()
    long_run.communicate()
