import json

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from genrelab.cli.report import register
from genrelab.errors import RunError
from genrelab.evaluation.predictions import Predictions


@pytest.fixture
def app():
    app = typer.Typer()
    app.callback()(lambda: None)
    register(app)
    return app


def call(app, *arguments):
    return CliRunner().invoke(app, ["report", *map(str, arguments)])


def write_run(folder, *, seed, name, skill):
    rng = np.random.default_rng(seed)
    truth = np.arange(40) % 2
    p = rng.random((40, 2)) + skill * np.eye(2)[truth]
    folder.mkdir()
    Predictions.from_arrays(
        dataset="toy",
        protocol="holdout",
        fold=0,
        part="test",
        track_ids=[f"t{i:02}" for i in range(40)],
        true_labels=["ab"[k] for k in truth],
        groups=[None] * 40,
        labels=("a", "b"),
        probabilities=p / p.sum(1, keepdims=True),
    ).write(folder / "predictions.parquet")
    (folder / "run.json").write_text(json.dumps({"name": name, "grouped": False}))
    return folder


def test_one_run_is_reported_into_its_folder(app, tmp_path):
    run = write_run(tmp_path / "r", seed=0, name="one", skill=0.5)
    done = call(app, run)
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("one on toy: accuracy ")
    assert len(done.stdout.splitlines()) == 1
    assert f"report: {run / 'report.html'}" in done.stderr
    assert json.loads((run / "report.json").read_text())["runs"][0]["name"] == "one"


def test_several_are_compared(app, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    runs = [
        write_run(tmp_path / "a", seed=0, name="x", skill=0.1),
        write_run(tmp_path / "b", seed=1, name="x", skill=3.0),
    ]
    done = call(app, *runs)
    assert done.exit_code == 0, done.output
    assert len(done.stdout.splitlines()) == 3
    assert f"x ({runs[1]}) is ahead of x ({runs[0]})" in done.stdout
    assert (tmp_path / "comparison" / "report.html").is_file()
    assert not (runs[0] / "report.html").exists()
    call(app, *runs, "--out", tmp_path / "elsewhere")
    assert (tmp_path / "elsewhere" / "report.json").is_file()


def test_what_is_no_run_is_a_foreseeable_fault(app, tmp_path):
    done = call(app, tmp_path / "none")
    assert isinstance(done.exception, RunError)
    assert call(app).exit_code == 2
