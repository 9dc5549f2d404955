"""The base install, without the training extra, classifies: tried in an environment of its own."""

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def base_install(tmp_path_factory):
    """An environment with the wheel and what the wheel asks for."""
    folder = tmp_path_factory.mktemp("base")
    quiet = {"check": True, "capture_output": True}
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT],
        **quiet,
    )
    venv.create(folder / "env", with_pip=True)
    bin_ = folder / "env" / ("Scripts" if os.name == "nt" else "bin")
    wheel = next(folder.glob("*.whl"))
    constraints = ROOT / "constraints.txt"
    subprocess.run([bin_ / "pip", "install", "--quiet", "-c", constraints, wheel], **quiet)
    return bin_


def run(command, **kwargs):
    return subprocess.run(command, capture_output=True, text=True, cwd=Path.home(), **kwargs)


@pytest.mark.slow
def test_it_brings_no_training_library(base_install):
    done = run([base_install / "pip", "list", "--format", "json"])
    installed = {p["name"].lower() for p in json.loads(done.stdout)}
    assert "genrelab" in installed
    assert installed & {"torch", "lightning", "scikit-learn", "pandas", "onnx", "librosa"} == set()


@pytest.mark.slow
def test_it_classifies(base_install, tmp_path):
    import numpy as np
    import soundfile

    noise = np.random.default_rng(0).normal(scale=0.1, size=22050 * 8).astype(np.float32)
    soundfile.write(tmp_path / "noise.wav", noise, 22050)
    done = run([base_install / "genrelab", "classify", tmp_path, "--format", "json"])
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["label"] in answer["probabilities"]
    assert answer["duration"] == pytest.approx(8.0, abs=0.01)


@pytest.mark.slow
def test_a_command_that_needs_the_extra_says_so(base_install):
    done = run([base_install / "genrelab", "demo"])
    assert done.returncode == 2
    assert "genrelab[train]" in done.stderr
    assert "Traceback" not in done.stderr
