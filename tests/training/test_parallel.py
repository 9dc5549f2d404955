"""Folds side by side give what they give one after the other, also when a worker is killed."""

import os
import signal
import threading
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from joblib.externals.loky import reusable_executor

from genrelab.errors import RunError
from genrelab.evaluation.predictions import Predictions
from genrelab.training import parallel
from genrelab.training.parallel import fold_jobs, run_folds
from genrelab.training.prepare import prepare
from genrelab.training.recipe import recipe_from

RECIPE = {
    "dataset": {"name": "arrays", "array": "x.npy", "manifest": "index.csv", "rate": 10.0},
    "protocol": {"name": "kfold", "folds": 2, "validation": 0.2},
    "model": {"name": "bbnn", "width": 4},
    "training": {"crop": 16, "epochs": 25, "early_stopping": "none", "accelerator": "cpu"},
}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """Twenty tracks of noise in two classes."""
    root = tmp_path_factory.mktemp("arrays")
    np.save(root / "x.npy", np.random.default_rng(0).normal(size=(20, 16, 24)).astype(np.float32))
    rows = ["row,track_id,label", *(f"{i},t{i},{'ab'[i % 2]}" for i in range(20))]
    (root / "index.csv").write_text("\n".join(rows))
    return prepare(recipe_from(RECIPE), root, cache=root / "cache")


@pytest.fixture(scope="module")
def alone(prepared, tmp_path_factory):
    """What this process alone predicts."""
    out = tmp_path_factory.mktemp("alone") / "run"
    assert run_folds(fold_jobs(prepared, out)) == []
    return Predictions.read(out / "predictions.parquet").table


def kill_at_first_checkpoint(out, pids):
    """Kill a worker as soon as a fold has one; return the thread that does."""

    def watch():
        while not list(out.glob("folds/*/last.safetensors")):
            time.sleep(0.001)
        os.kill(pids()[0], signal.SIGKILL)

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    return thread


def local_workers():
    return list(reusable_executor._executor._processes)


def ray_workers():
    """Of all processes, those that Ray's pool named after its actor."""
    named = ((p, p.read_bytes()) for p in Path("/proc").glob("[0-9]*/cmdline"))
    return [int(p.parent.name) for p, words in named if words.startswith(b"ray::PoolActor")]


def run_with_a_death(prepared, out, backend, pids):
    events = []
    killer = kill_at_first_checkpoint(out, pids)
    failures = run_folds(
        fold_jobs(prepared, out), workers=2, backend=backend, listener=events.append
    )
    killer.join()
    assert failures == []
    assert [e["event"] for e in events].count("again") == 1
    return Predictions.read(out / "predictions.parquet").table


@pytest.mark.slow
def test_a_worker_that_is_killed_changes_no_digit(prepared, alone, tmp_path):
    found = run_with_a_death(prepared, tmp_path / "run", "local", local_workers)
    pd.testing.assert_frame_equal(found, alone, check_exact=True)


@pytest.mark.slow
def test_ray_with_a_worker_killed_changes_no_digit(prepared, alone, tmp_path):
    pytest.importorskip("ray")
    found = run_with_a_death(prepared, tmp_path / "run", "ray", ray_workers)
    pd.testing.assert_frame_equal(found, alone, check_exact=True)


@pytest.fixture
def two_threads():
    """Let this process compute with two threads, whatever it had."""
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("two_threads")
def test_the_threads_of_this_process_are_as_before(prepared, tmp_path):
    with parallel.one_thread():
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == 2
    run_folds(fold_jobs(prepared, tmp_path / "run")[:1])
    assert torch.get_num_threads() == 2


def test_a_fold_s_own_fault_stops_no_other(prepared, tmp_path, monkeypatch):
    def run_fold(prepared, out, index, **_):
        if index == 0:
            raise RunError("no luck.")
        done.append(index)
        return {}

    done = []
    monkeypatch.setattr(parallel, "run_fold", run_fold)
    (failure,) = run_folds(fold_jobs(prepared, tmp_path / "run"))
    assert (failure.fold, failure.message, done) == (0, "no luck.", [1])


def test_workers_that_die_again_and_again_are_given_up(prepared, tmp_path, monkeypatch):
    from concurrent.futures import BrokenExecutor

    def broken(jobs, workers, backend):
        calls.append(len(jobs))
        raise BrokenExecutor

    calls = []
    monkeypatch.setattr(parallel, "_outcomes", broken)
    with pytest.raises(RunError, match="4 workers died one after the other"):
        run_folds(fold_jobs(prepared, tmp_path / "run"), workers=2)
    assert calls == [2, 2, 2, 2]


def test_a_backend_that_is_not_there_is_said(prepared, tmp_path, monkeypatch):
    jobs = fold_jobs(prepared, tmp_path / "run")
    with pytest.raises(RunError, match=r"no backend 'rey'\. Did you mean 'ray'"):
        run_folds(jobs, backend="rey")
    monkeypatch.setitem(__import__("sys").modules, "ray", None)
    with pytest.raises(RunError, match=r"pip install 'genrelab\[ray\]'"):
        run_folds(jobs, backend="ray")
