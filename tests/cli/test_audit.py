import json

import numpy as np
import pytest
import soundfile as sf

RATE = 22050


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(0)
    for label in ("jazz", "rock"):
        for artist in ("ann", "bob"):
            for k in range(2):
                path = tmp_path / "music" / label / artist / f"{k}.wav"
                path.parent.mkdir(parents=True, exist_ok=True)
                sf.write(path, rng.normal(scale=0.1, size=RATE), RATE)
    return tmp_path / "music"


def test_a_folder_is_audited(genrelab, folder, tmp_path):
    out = tmp_path / "out"
    done = genrelab(
        *("audit", folder, "--set", "group=folder", "--out", out),
        *(
            "--protocol",
            "kfold,folds=2,validation=0",
            "--protocol",
            "kfold,folds=2,validation=0,group=artist",
        ),
    )
    assert done.returncode == 0, done.stderr
    said = done.stdout.decode().splitlines()
    assert said[0] == "music: 8 tracks of 2 classes by 2 artists"
    assert said[1].startswith("same samples: 0 pairs; same recording: 0 pairs")
    assert said[2].startswith("kfold, folds=2, validation=0: of 8 tests, 0 have the same recording")
    numbers = json.loads((out / "audit.json").read_text("utf-8"))
    assert [leak["protocol"] for leak in numbers["leaks"]][
        1
    ] == "kfold, folds=2, validation=0, group=artist"
    assert (out / "audit.html").is_file()
    assert (out / "exclude.txt").is_file()


def test_a_broken_file_is_told_and_the_rest_done(genrelab, folder, tmp_path):
    (folder / "rock" / "x.mp3").write_bytes(b"")
    done = genrelab("audit", "folder", "--data", folder, "--out", tmp_path / "out")
    assert done.returncode == 1
    assert b"rock/x.mp3: the file is empty" in done.stderr
    assert "rock/x.mp3\tunreadable" in (tmp_path / "out" / "exclude.txt").read_text("utf-8")


def test_a_protocol_that_there_is_not(genrelab, folder, tmp_path):
    done = genrelab("audit", folder, "--protocol", "kfolds", "--out", tmp_path / "out")
    assert done.returncode == 2
    assert b"Did you mean 'kfold'" in done.stderr
