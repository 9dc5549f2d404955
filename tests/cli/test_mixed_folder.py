"""A folder as people have them: forty files, a quarter of them broken, each in another way."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from numpy.typing import NDArray

Run = Callable[..., subprocess.CompletedProcess[bytes]]
Music = Callable[..., NDArray[np.float32]]


@pytest.fixture(scope="module")
def mixed(
    tmp_path_factory: pytest.TempPathFactory,
    music: Music,
    write: Callable[..., Path],
    broken_files: Callable[[Path], dict[str, Path]],
) -> tuple[Path, set[str]]:
    """Return the folder, and the names of the files that no one can classify."""
    root = tmp_path_factory.mktemp("mixed")
    endings = ["wav", "flac", "mp3", "ogg", "m4a", "aiff", "opus"]
    for k in range(30):
        ending = endings[k % len(endings)]
        rate = 48000 if ending == "opus" else (22050, 44100)[k % 2]
        folder = root / ("a", "b")[k % 2]
        folder.mkdir(exist_ok=True)
        write(folder / f"{k:02d}.{ending}", music(1.0 + k % 4, rate, 1 + k % 2) / (1 + k), rate)
    made = broken_files(root / "broken")
    for kind in ("folder", "pipe"):  # found empty, and passed over
        path = made.pop(kind, None)
        if path is not None and path.is_dir():
            path.rmdir()
        elif path is not None:
            path.unlink()
    (root / "broken" / "silent.wav").parent.mkdir(exist_ok=True)
    made["silent"] = root / "broken" / "silent.wav"
    sf.write(made["silent"], np.zeros(44100), 44100)
    return root, {path.name for path in made.values()}


def test_every_good_file_is_answered_and_every_broken_one_told(
    genrelab: Run, genrelab_process: Run, small_bundle: Path, mixed: tuple[Path, set[str]]
) -> None:
    root, broken = mixed
    runs = [
        run(
            *["classify", root, "--model", small_bundle],
            *["--format", "json", "--workers", str(workers)],
        )
        for run, workers in ((genrelab, 1), (genrelab_process, 2))
    ]
    assert [done.returncode for done in runs] == [1, 1]
    assert runs[0].stdout == runs[1].stdout
    outcomes = [json.loads(line) for line in runs[0].stdout.splitlines()]
    paths = [o["path"] for o in outcomes]
    assert paths == sorted(paths)
    assert len(broken) >= 10
    assert {Path(o["path"]).name for o in outcomes if "error" in o} == broken
    assert sum("label" in o for o in outcomes) == 30
    for outcome in outcomes:
        if "error" in outcome:
            sentence = outcome["error"]
            assert sentence.endswith(".")
            assert "\n" not in sentence
            assert "made the reader" not in sentence  # foreseen, and no defect
            assert str(root) not in sentence
    for done in runs:
        assert b"Traceback" not in done.stderr
        assert f"30 of {30 + len(broken)} classified".encode() in done.stderr
