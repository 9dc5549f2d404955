import json
import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from genrelab.features import Windowing
from genrelab.training.network import (
    Job,
    fit_network,
    make_network,
    predict_logits,
    track_probabilities,
)
from genrelab.training.recipe import Training

BINS, CLASSES = 16, 3
MODEL = {"name": "bbnn", "width": 4, "bn_momentum": 0.1, "n_classes": CLASSES, "n_bins": BINS}
CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def job(tmp_path):
    def make(name="fit", *, seed=0, **training):
        settings = {"epochs": 3, "batch_size": 4, "accelerator": "cpu", **training}
        windowing = Windowing(frames=24, hop=12)
        return Job(MODEL, Training(**settings), windowing, seed, tmp_path / name)

    return make


def weights(network):
    return {k: v.clone() for k, v in network.state_dict().items()}


def same(a, b):
    return all(torch.equal(a[k], b[k]) for k in a)


def without_seconds(history):
    return [{k: v for k, v in row.items() if k != "seconds"} for row in history]


def test_it_learns(job, make_examples):
    train, valid = make_examples(30), make_examples(15, seed=1)
    network, history = fit_network(
        job(epochs=12, schedule="one_cycle", learning_rate=0.05), train, valid
    )
    assert history[-1]["train_loss"] < 0.5 * history[0]["train_loss"]
    unseen = make_examples(30, seed=2)
    p = track_probabilities(predict_logits(network, unseen, Windowing(24, 12), CPU))
    assert (p.argmax(1) == unseen.y).mean() > 0.9


def test_history_has_a_row_an_epoch(job, make_examples):
    told = []
    _, history = fit_network(job(), make_examples(12), make_examples(6, seed=1), told.append)
    assert history == told
    assert [row["epoch"] for row in history] == [1, 2, 3]
    for row in history:
        assert 0 <= row["valid_accuracy"] <= 1
        assert row["seconds"] > 0
        assert row["learning_rate"] == 0.01


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(job, make_examples):
    train = make_examples(12)
    one, _ = fit_network(job("one"), train, None)
    two, _ = fit_network(job("two"), train, None)
    other, _ = fit_network(job("other", seed=1), train, None)
    assert same(weights(one), weights(two))
    assert not same(weights(one), weights(other))


def test_it_goes_on_where_it_stood(job, make_examples):
    """Stopped by an exception after each epoch in turn, the end is the same to the last bit."""
    train, valid = make_examples(12), make_examples(6, seed=1)
    options = {"epochs": 4, "plateau_patience": 0, "gradient_clip": 1.0}
    whole, history = fit_network(job("whole", **options), train, valid)

    class StopError(Exception):
        pass

    def stop(row):
        raise StopError

    for _ in range(4):
        with pytest.raises(StopError):
            fit_network(job("parts", **options), train, valid, stop)
    parts, again = fit_network(job("parts", **options), train, valid, stop)
    assert same(weights(whole), weights(parts))
    assert without_seconds(again) == without_seconds(history)


def test_a_finished_fit_is_not_repeated(job, make_examples):
    train = make_examples(12)
    first, history = fit_network(job(), train, None)
    told = []
    second, again = fit_network(job(), train, None, told.append)
    assert told == []
    assert again[-1]["seconds"] == history[-1]["seconds"]
    assert same(weights(first), weights(second))


PROGRAM = """
import sys, json
import numpy as np, torch
from pathlib import Path
from genrelab.features import FeatureStore, Precomputed, Windowing
from genrelab.training.examples import Examples
from genrelab.training.network import Job, fit_network
from genrelab.training.recipe import Training
torch.set_num_threads(1)
store = FeatureStore.open(sys.argv[1])
y = np.array(json.loads(sys.argv[3]))
examples = Examples(store, Precomputed(n_frame_bins=16, rate=10.0), tuple(store.ids), y)
training = Training(epochs=6, batch_size=4, accelerator="cpu")
job = Job(json.loads(sys.argv[4]), training, Windowing(24, 12), 0, Path(sys.argv[2]))
fit_network(job, examples, examples, lambda row: print(int(row["epoch"]), flush=True))
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")
def test_killed_at_random_moments_it_ends_in_the_same_weights(job, make_examples, tmp_path):
    from genrelab.training import checkpoint

    train = make_examples(12)
    folder = Path(train.store.folder)

    def start(name):
        arguments = [folder, tmp_path / name, json.dumps(train.y.tolist()), json.dumps(MODEL)]
        return subprocess.Popen(
            [sys.executable, "-c", PROGRAM, *arguments], stdout=subprocess.PIPE, text=True
        )

    whole = start("whole")
    assert whole.communicate()[0].split() == list("123456")
    rng = np.random.default_rng(0)
    kills = 0
    while True:
        child = start("killed")
        # Wait for one epoch to end, then strike somewhere within the next.
        if not child.stdout.readline():
            child.wait()
            break
        try:
            child.wait(timeout=float(rng.uniform(0, 0.2)))
            child.stdout.close()
            break
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
            child.stdout.close()
            kills += 1
    assert kills >= 2
    for name in ("last.safetensors", "weights.safetensors"):
        one, two = (checkpoint.load(tmp_path / w / name)["network"] for w in ("whole", "killed"))
        assert same(one, two)


def test_early_stopping_ends_the_training(job, make_examples):
    options = {"epochs": 9, "early_stopping_patience": 2, "early_stopping_min_delta": 1e9}
    _, history = fit_network(job(**options), make_examples(12), None)
    assert len(history) == 3  # the first epoch falls from infinity, then two do not


def test_the_best_validation_epoch_is_kept_and_the_last_on_wish(job, make_examples):
    train, valid = make_examples(12), make_examples(9, seed=1)
    for keep in ("best_valid_accuracy", "last"):
        network, history = fit_network(job(keep, keep=keep, epochs=5), train, valid)
        p = track_probabilities(predict_logits(network, valid, Windowing(24, 12), CPU))
        accuracies = [row["valid_accuracy"] for row in history]
        expected = max(accuracies) if keep != "last" else accuracies[-1]
        assert (p.argmax(1) == valid.y).mean() == expected


def test_validation_now_and_then_changes_nothing_else(job, make_examples):
    train, valid = make_examples(12), make_examples(9, seed=1)
    _, each = fit_network(job("each", epochs=5), train, valid)
    network, some = fit_network(job("some", epochs=5, validate_every=2), train, valid)
    looked = [row["epoch"] for row in some if not math.isnan(row["valid_accuracy"])]
    assert looked == [2, 4, 5]
    assert [row["train_loss"] for row in some] == [row["train_loss"] for row in each]
    for row, like in zip(some, each, strict=True):
        assert row["valid_loss"] == like["valid_loss"] or row["epoch"] not in looked
    p = track_probabilities(predict_logits(network, valid, Windowing(24, 12), CPU))
    best = max(each[epoch - 1]["valid_accuracy"] for epoch in looked)
    assert (p.argmax(1) == valid.y).mean() == best


def test_the_epoch_that_stops_early_is_looked_at(job, make_examples):
    options = {"epochs": 9, "early_stopping_patience": 1, "early_stopping_min_delta": 1e9}
    train, valid = make_examples(12), make_examples(9, seed=1)
    _, history = fit_network(job(validate_every=5, **options), train, valid)
    assert [math.isnan(row["valid_loss"]) for row in history] == [True, False]


def test_without_validation_the_last_epoch_stands(job, make_examples):
    _, history = fit_network(job(), make_examples(12), None)
    assert all(math.isnan(row["valid_loss"]) for row in history)


def test_mixed_precision_trains(job, make_examples):
    _, history = fit_network(job(precision="bf16-mixed"), make_examples(12), None)
    assert all(math.isfinite(row["train_loss"]) for row in history)


@pytest.mark.slow
def test_two_devices_train_together(job, make_examples):
    network, history = fit_network(job(devices=2), make_examples(12), make_examples(6, seed=1))
    assert [row["epoch"] for row in history] == [1, 2, 3]
    assert all(p.isfinite().all() for p in network.parameters())


def test_logits_are_those_of_each_track_alone(make_examples):
    """Tracks share forward passes; no track may get another's windows."""
    examples = make_examples(11)
    network = make_network(MODEL, seed=0).eval()
    windowing = Windowing(frames=24, hop=8)
    together = predict_logits(network, examples, windowing, CPU)
    for i in range(len(examples)):
        x = torch.from_numpy(examples.windows(i, windowing)[:, None])
        with torch.no_grad():
            alone = network(x).numpy()
        np.testing.assert_allclose(together[i], alone, rtol=1e-4, atol=1e-5)


def test_probabilities_are_the_mean_over_windows_at_the_temperature():
    logits = [np.array([[0.0, 0.0], [math.log(3), 0.0]], np.float32)]
    np.testing.assert_allclose(track_probabilities(logits), [[0.625, 0.375]], rtol=1e-6)
    warm = (0.5 + 3**0.5 / (3**0.5 + 1)) / 2
    np.testing.assert_allclose(track_probabilities(logits, 2.0)[0, 0], warm, rtol=1e-6)
