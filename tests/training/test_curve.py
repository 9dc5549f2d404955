"""Accuracy against epochs from one run: what other runs of fewer epochs give, looked at only."""

import math

import numpy as np
import pytest
import torch

from genrelab.features import Windowing
from genrelab.training.examples import Examples
from genrelab.training.network import Job, fit_network, predict_logits, track_probabilities
from genrelab.training.recipe import Training

# Dropout draws random numbers in training: predicting on the way must not disturb them.
MODEL = {"name": "gru", "units": 6, "dense": 6, "dropout": 0.3, "n_classes": 3, "n_bins": 16}


@pytest.fixture
def fit(tmp_path, make_examples):
    """Return a function that trains under a name of its own, from the same data each time."""
    train, valid, test = make_examples(12), make_examples(6, seed=1), make_examples(45, seed=2)

    def run(name, *, test=test, listener=None, **training):
        settings = {
            "epochs": 6,
            "batch_size": 6,
            "learning_rate": 0.02,
            "accelerator": "cpu",
            "schedule": "constant",
            "early_stopping": "none",
            "keep": "last",
            **training,
        }
        job = Job(MODEL, Training(**settings), Windowing(24, 12), 0, tmp_path / name)
        return fit_network(job, train, valid, listener, test=test)

    run.test = test
    return run


def points(history):
    return [(row["epoch"], row["test_accuracy"]) for row in history if "test_accuracy" in row]


def without_seconds(history):
    return [{k: v for k, v in row.items() if k != "seconds"} for row in history]


def same(one, other):
    return all(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))


def test_a_point_is_what_a_run_of_so_many_epochs_gives(fit):
    found = points(fit("whole", curve=2)[1])
    expected = []
    for epochs in (2, 4, 6):
        network, _ = fit(f"run of {epochs}", epochs=epochs)
        logits = predict_logits(network, fit.test, Windowing(24, 12), torch.device("cpu"))
        right = track_probabilities(logits).argmax(1) == fit.test.y
        expected.append((epochs, right.mean()))
    assert found == expected
    assert len({accuracy for _, accuracy in found}) > 1  # or the test would show nothing


def test_without_the_key_nothing_is_looked_at(fit):
    _, history = fit("fit")
    assert points(history) == []


@pytest.mark.parametrize("keep", ["last", "best_valid_accuracy"])
def test_it_influences_nothing(fit, keep):
    """Neither the weights nor which are kept, whatever the test part says."""
    plain, history = fit("plain", keep=keep)
    looked, again = fit("looked", keep=keep, curve=1)
    wrong = Examples(fit.test.store, fit.test.front_end, fit.test.ids, (fit.test.y + 1) % 3)
    other, third = fit("wrong labels", keep=keep, curve=1, test=wrong)
    assert same(plain, looked)
    assert same(plain, other)
    assert points(again) != points(third)
    for row in again + third:
        del row["test_accuracy"]
    assert without_seconds(history) == without_seconds(again) == without_seconds(third)


def test_a_stopped_run_gives_the_same_curve(fit):
    _, whole = fit("whole", curve=2)

    class StopError(Exception):
        pass

    def stop(row):
        raise StopError

    for _ in range(6):
        with pytest.raises(StopError):
            fit("parts", curve=2, listener=stop)
    _, parts = fit("parts", curve=2)
    assert without_seconds(parts) == without_seconds(whole)
    assert [epoch for epoch, _ in points(parts)] == [2, 4, 6]


def test_without_a_test_part_there_is_no_number(fit):
    _, history = fit("fit", curve=3, test=None, epochs=3)
    assert math.isnan(history[-1]["test_accuracy"])
    assert np.isfinite(history[-1]["train_loss"])
