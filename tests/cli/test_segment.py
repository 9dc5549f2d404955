"""``genrelab segment`` from the outside: what is printed and written, and the exit code."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.signal
import soundfile as sf
from numpy.typing import NDArray

Run = Callable[..., "subprocess.CompletedProcess[bytes]"]
Music = Callable[..., NDArray[np.float32]]
RATE = 22050


def two_sounds(form: str, seconds: float) -> NDArray[np.float64]:
    """Return dull (A) and sharp (B) noise in stereo, ``(n, 2)``."""
    rng = np.random.default_rng(0)
    filters = {"A": [1.0, -0.95], "B": [1.0, 0.9]}
    parts = []
    for letter in form:
        y = scipy.signal.lfilter(
            [1.0], filters[letter], rng.standard_normal((2, int(seconds * RATE)))
        )
        parts.append(0.1 * y / y.std())
    return np.concatenate(parts, axis=1).T


@pytest.fixture(scope="module")
def track(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tracks") / "song.wav"
    sf.write(path, two_sounds("ABA", 12.0), RATE, subtype="PCM_24")
    return path


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("short") / "short.wav"
    sf.write(path, two_sounds("A", 3.0), RATE)
    return path


def said(done: subprocess.CompletedProcess[bytes]) -> list[str]:
    return done.stderr.decode().splitlines()


def answer(done: subprocess.CompletedProcess[bytes]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_a_table_tells_each_part_and_the_representative_one(genrelab: Run, track: Path) -> None:
    done = genrelab("segment", track)
    assert done.returncode == 0
    assert not done.stderr
    head, *rows = done.stdout.decode().splitlines()
    assert head == f"{track}  0:36.0, 3 parts of 2 clusters, from windows of 2 s"
    words = [row.split() for row in rows]
    assert [w[:2] for w in words] == [["1", "A"], ["2", "B"], ["3", "A"]]
    assert words[0][2:4] == ["0:00.0", "to"]
    for (_, _, start, _, end, length, share, *_), seconds in zip(words, (0, 12, 24), strict=True):
        assert float(start.removeprefix("0:")) == pytest.approx(seconds, abs=0.3)
        assert float(end.removeprefix("0:")) == pytest.approx(seconds + 12, abs=0.3)
        assert float(length.removeprefix("0:")) == pytest.approx(12, abs=0.5)
        assert 32 <= int(share[:-1]) <= 35
    assert sum("representative" in row for row in rows) == 1
    assert "representative" not in rows[1]


def test_json_has_exactly_the_promised_keys(genrelab: Run, track: Path, tmp_path: Path) -> None:
    missing = tmp_path / "missing.mp3"
    done = genrelab("segment", track, missing, "--format", "json", "--clusters", "2", "--hop", "2")
    assert done.returncode == 1
    found, failure = map(json.loads, done.stdout.decode("ascii").splitlines())
    assert list(found) == [
        *["path", "duration", "window", "hop", "n_clusters", "parts", "representative"],
        *["eigenvalues", "parameters"],
    ]
    assert (found["path"], found["duration"]) == (str(track), pytest.approx(36.0))
    assert (found["window"], found["hop"], found["n_clusters"]) == (2.0, 2.0, 2)
    assert [list(p) for p in found["parts"]] == [["start", "end", "letter"]] * 3
    assert [p["letter"] for p in found["parts"]] == ["A", "B", "A"]
    assert found["representative"] in found["parts"]
    assert found["eigenvalues"] == sorted(found["eigenvalues"], reverse=True)
    assert found["parameters"]["n_clusters"] == 2
    assert found["parameters"]["scale"] == "local"
    assert failure == {"path": str(missing), "error": "there is no such file."}
    assert said(done) == ["1 of 2 segmented, 1 failed."]


def test_csv_has_a_row_for_each_part(genrelab: Run, track: Path, tmp_path: Path) -> None:
    done = genrelab("segment", track, tmp_path / "no.mp3", "--format", "csv")
    *rows, failure = csv.DictReader(io.StringIO(done.stdout.decode()))
    parts = answer(genrelab("segment", track, "--format", "json"))["parts"]
    assert [(float(r["start"]), float(r["end"]), r["letter"]) for r in rows] == [
        (p["start"], p["end"], p["letter"]) for p in parts
    ]
    assert sum(float(r["share"]) for r in rows) == pytest.approx(1)
    assert [r["part"] for r in rows] == ["1", "2", "3"]
    assert sorted(r["representative"] for r in rows) == ["0", "0", "1"]
    assert "no such file" in failure["error"]
    assert failure["start"] == failure["letter"] == ""


def test_a_broken_file_among_good_ones_costs_one_sentence(
    genrelab_process: Run, track: Path, short: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.mp3"
    broken.write_text("no music\n" * 100)
    done = genrelab_process("segment", short, broken, track)
    assert done.returncode == 1
    text = done.stdout.decode()
    assert str(short) in text
    assert str(track) in text
    assert said(done) == [
        f"{broken}: the file holds text, not audio.",
        "2 of 3 segmented, 1 failed.",
    ]


def test_folders_are_walked(genrelab: Run, track: Path, tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    for name in ("b/2.wav", "a.wav"):
        sf.write(tmp_path / name, two_sounds("A", 2.5), RATE)
    (tmp_path / "cover.jpg").write_bytes(b"a picture")
    done = genrelab("segment", tmp_path, "--format", "json")
    paths = [json.loads(line)["path"] for line in done.stdout.splitlines()]
    assert paths == [str(tmp_path / "a.wav"), str(tmp_path / "b" / "2.wav")]
    assert said(done)[-1].endswith("1 skipped: hidden, or by their names no audio.")


def test_silence_and_three_seconds(genrelab: Run, short: Path, tmp_path: Path) -> None:
    quiet = tmp_path / "quiet.wav"
    sf.write(quiet, np.zeros(5 * RATE), RATE)
    done = genrelab(
        *["segment", quiet, short, "--format", "json"],
        *["--plot", tmp_path / "pictures", "--export", tmp_path / "parts"],
    )
    assert done.returncode == 0
    silent, one = map(json.loads, done.stdout.splitlines())
    assert [p["letter"] for p in silent["parts"]] == ["silence"]
    assert silent["n_clusters"] == 0
    assert [p["letter"] for p in one["parts"]] == ["A"]
    assert sorted(p.name for p in (tmp_path / "parts").iterdir()) == [
        *["quiet-01-silence.wav", "short-01-A.wav"]
    ]
    assert f"{quiet}: the audio is silent." in said(done)


def test_a_scale_that_leaves_no_edge_is_one_sentence(genrelab: Run, track: Path) -> None:
    done = genrelab("segment", track, "--scale", "1e-6")
    assert done.returncode == 1
    (sentence,) = said(done)
    assert "at the scale 1e-06 no two windows are alike" in sentence
    assert not done.stdout


def test_clusters_and_shortest_reach_the_segmenter(genrelab: Run, track: Path) -> None:
    def parts(*options: str) -> list[str]:
        found = answer(genrelab("segment", track, "--format", "json", *options))
        return [p["letter"] for p in found["parts"]]

    assert parts("--clusters", "1") == ["A"]
    assert parts("--max-clusters", "1") == ["A"]
    assert parts("--shortest", "100") == ["A"]
    found = answer(
        genrelab(
            *["segment", track, "--format", "json", "--window", "1", "--order", "8"],
            *["--scale", "50", "--seed", "3"],
        )
    )
    chosen = {k: found["parameters"][k] for k in ("window", "order", "scale", "seed")}
    assert chosen == {"window": 1.0, "order": 8, "scale": 50.0, "seed": 3}
    assert found["window"] == 1.0


@pytest.mark.parametrize(
    "wrong",
    [
        ["--scale", "loose"],
        ["--scale", "nan"],
        ["--window", "0"],
        ["--window", "inf"],
        ["--hop", "3"],
        ["--order", "0"],
        ["--clusters", "-1"],
        ["--max-clusters", "0"],
        ["--shortest", "-1"],
    ],
)
def test_wrong_values_are_one_sentence(genrelab: Run, track: Path, wrong: list[str]) -> None:
    done = genrelab("segment", track, *wrong)
    assert done.returncode == 2
    (sentence,) = said(done)
    assert wrong[0].removeprefix("--").replace("max-c", "max_c") in sentence


def test_exported_parts_joined_again_are_the_file(
    genrelab: Run, track: Path, tmp_path: Path
) -> None:
    done = genrelab("segment", track, "--export", tmp_path / "new" / "parts", "--format", "json")
    files = sorted((tmp_path / "new" / "parts").iterdir())
    assert [f.name for f in files] == ["song-01-A.wav", "song-02-B.wav", "song-03-A.wav"]
    for file, part in zip(files, answer(done)["parts"], strict=True):
        info = sf.info(file)
        assert (info.samplerate, info.channels, info.subtype) == (RATE, 2, "PCM_24")
        assert info.duration == pytest.approx(part["end"] - part["start"], abs=1 / RATE)
    joined = np.concatenate([sf.read(f, dtype="int32")[0] for f in files])
    np.testing.assert_array_equal(joined, sf.read(track, dtype="int32")[0])


def test_files_that_are_there_are_never_replaced(
    genrelab: Run, track: Path, short: Path, tmp_path: Path
) -> None:
    (tmp_path / "song-07-C.wav").write_bytes(b"of an earlier export")
    done = genrelab("segment", short, track, "--export", tmp_path)
    assert done.returncode == 2
    assert not done.stdout
    (sentence,) = said(done)
    assert "song-07-C.wav" in sentence
    assert "is already there" in sentence
    assert [p.name for p in tmp_path.iterdir()] == ["song-07-C.wav"]


def test_files_of_one_name_do_not_collide(genrelab: Run, short: Path, tmp_path: Path) -> None:
    for folder in "ab":
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.wav").write_bytes(short.read_bytes())
    out = tmp_path / "out"
    done = genrelab(
        *["segment", tmp_path / "a", tmp_path / "b", "--export", out, "--plot", out],
    )
    assert done.returncode == 0
    assert sorted(p.name for p in out.iterdir()) == [
        *["x (2)-01-A.wav", "x (2).png", "x-01-A.wav", "x.png"]
    ]


def test_one_picture_or_a_folder_of_them(
    genrelab: Run, track: Path, short: Path, tmp_path: Path
) -> None:
    one = tmp_path / "made" / "one.PNG"
    assert genrelab("segment", short, "--plot", one).returncode == 0
    assert one.read_bytes().startswith(b"\x89PNG")
    assert genrelab("segment", short, "--plot", tmp_path / "one.svg").returncode == 0
    assert (tmp_path / "one.svg").read_bytes().startswith(b"<?xml")
    done = genrelab("segment", short, track, "--plot", tmp_path / "two.png")
    assert done.returncode == 2
    assert "give it a folder" in said(done)[0]
    assert not (tmp_path / "two.png").exists()
    (tmp_path / "file").write_bytes(b"")
    done = genrelab("segment", short, "--plot", tmp_path / "file" / "x.png")
    assert done.returncode == 2
    assert "cannot be made" in said(done)[0]


def test_a_picture_of_another_kind_is_refused_at_once(
    genrelab: Run, short: Path, tmp_path: Path
) -> None:
    done = genrelab("segment", short, "--plot", tmp_path / "x.pdf")
    assert done.returncode == 2
    (sentence,) = said(done)
    assert sentence.endswith("x.pdf' is neither.")
    assert not list(tmp_path.iterdir())


def test_a_picture_that_cannot_be_written_costs_a_sentence(
    genrelab: Run, short: Path, tmp_path: Path
) -> None:
    (tmp_path / "short.png").mkdir()
    done = genrelab("segment", short, short, "--plot", tmp_path, "--format", "json")
    assert done.returncode == 1
    assert [len(json.loads(line)["parts"]) for line in done.stdout.splitlines()] == [1, 1]
    sentence, end = said(done)
    assert sentence.startswith(f"{short}: its picture ")
    assert "cannot be written" in sentence
    assert end == "2 of 2 segmented, 1 not drawn."
    assert (tmp_path / "short (2).png").is_file()


def test_the_answers_go_where_they_are_sent(genrelab: Run, short: Path, tmp_path: Path) -> None:
    done = genrelab("segment", short, "--output", tmp_path / "parts.txt")
    assert not done.stdout
    assert (tmp_path / "parts.txt").read_bytes() == genrelab("segment", short).stdout
    done = genrelab("segment", short, "--output", tmp_path / "no" / "parts.txt")
    assert done.returncode == 2
    assert "cannot be written" in said(done)[0]


@pytest.mark.usefixtures("crashing_reader")
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals to die of")
def test_a_reader_that_crashes_costs_one_file(genrelab: Run, short: Path, tmp_path: Path) -> None:
    paths = [tmp_path / f"{name}.wav" for name in ("a", "segfault", "defect", "b")]
    for path in paths:
        path.write_bytes(short.read_bytes())
    runs = [genrelab("segment", *paths, "--workers", str(n), "--format", "csv") for n in (1, 2)]
    assert runs[0].stdout == runs[1].stdout
    rows = list(csv.DictReader(io.StringIO(runs[0].stdout.decode())))
    assert [row["path"] for row in rows] == [str(path) for path in paths]
    assert [row["error"] for row in rows] == [
        "",
        "it made the reader crash (SIGSEGV).",
        "it made the reader fail (ZeroDivisionError: a defect).",
        "",
    ]
    assert [done.returncode for done in runs] == [1, 1]


def test_without_matplotlib_only_plot_is_refused_and_at_once(short: Path, tmp_path: Path) -> None:
    program = (
        "import sys\n"
        "for m in ('matplotlib', 'pandas', 'sklearn', 'torch'): sys.modules[m] = None\n"
        "from genrelab.cli import main\n"
        "main()\n"
    )

    def run(*arguments: str | Path) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [sys.executable, "-c", program, "segment", *arguments], capture_output=True
        )

    done = run(short)
    assert done.returncode == 0, done.stderr
    done = run(short, "--plot", tmp_path / "x.png", "--export", tmp_path / "parts")
    assert done.returncode == 2
    assert not done.stdout
    (sentence,) = said(done)
    assert sentence.startswith("genrelab: --plot needs matplotlib; install it with pip install")
    assert not list(tmp_path.iterdir())


def test_a_name_cannot_break_lines(genrelab: Run, short: Path, tmp_path: Path) -> None:
    odd = tmp_path / "a\nb [bold] $x$.wav"
    odd.write_bytes(short.read_bytes())
    done = genrelab("segment", odd, "--plot", tmp_path / "x.png")
    assert done.returncode == 0
    assert r"a\nb [bold] $x$.wav" in done.stdout.decode().splitlines()[0]
