"""``genrelab import-keras`` from the outside."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., subprocess.CompletedProcess[bytes]]


@pytest.mark.data
def test_published_weights_become_a_bundle_that_classifies(
    genrelab: Run, data_root: Path, tmp_path: Path
) -> None:
    source = data_root / "keras_weights" / "bbnn_gtzan_fold5.hdf5"
    labels = "blues,classical,country,disco,hiphop,jazz,metal,pop,reggae,rock"
    out = tmp_path / "gtzan.onnx"
    done = genrelab("import-keras", source, "--labels", labels, "--out", out)
    assert done.returncode == 0, done.stderr
    clip = data_root / "gtzan_mini" / "metal" / "metal.00000.flac"
    answer = json.loads(genrelab("classify", clip, "--model", out, "--format", "json").stdout)
    assert answer["label"] == "metal"
    assert list(answer["probabilities"]) == labels.split(",")


@pytest.mark.parametrize(
    ("labels", "sentence"),
    [
        ("a,,b", b"all different"),
        ("a,b", b"no HDF5 file"),
    ],
)
def test_wrong_use_is_told_and_exits_with_2(
    genrelab: Run, tmp_path: Path, labels: str, sentence: bytes
) -> None:
    file = tmp_path / "model.hdf5"
    file.write_text("no weights")
    done = genrelab("import-keras", file, "--labels", labels, "--out", tmp_path / "model.onnx")
    assert done.returncode == 2
    assert sentence in done.stderr
    assert b"Traceback" not in done.stderr
    assert not (tmp_path / "model.onnx").exists()
