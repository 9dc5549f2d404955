"""Made-up but lifelike runs: bands with songs, folds by band, a model that errs by band."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from genrelab.evaluation.predictions import Predictions
from genrelab.evaluation.result import RunResult

GENRES4 = ("classical", "electronic", "pop", "rock")
GENRES13 = (
    "Cha cha", "Foxtrot", "Jive", "Pasodoble", "Quickstep", "Rumba", "Salsa",
    "Samba", "Slow waltz", "Tango", "Viennese waltz", "Waltz", "West Coast Swing",
)  # fmt: skip


def make_predictions(
    *,
    labels=GENRES4,
    n_folds=5,
    bands_per_genre=10,
    songs_per_band=3,
    skill=2.0,
    band_spread=1.0,
    seed=0,
    model_seed=1,
    parts=("train", "valid", "test"),
    dataset="made_up",
    protocol="grouped_kfold",
):
    """Probabilities of a model of some skill; the music depends on ``seed`` alone."""
    rng, noise = np.random.default_rng(seed), np.random.default_rng(model_seed)
    k = len(labels)
    truth = np.repeat(np.arange(k), bands_per_genre * songs_per_band)
    band = np.repeat(np.arange(k * bands_per_genre), songs_per_band)
    fold_of = rng.permutation(np.arange(k * bands_per_genre) % n_folds)[band]
    pull = rng.normal(0, band_spread, (k * bands_per_genre, k))
    tables = []
    for fold in range(n_folds):
        part_of = np.where(fold_of == fold, "test", "train")
        if n_folds > 2:
            part_of[fold_of == (fold + 1) % n_folds] = "valid"
        for part in parts:
            rows = np.flatnonzero(part_of == part)
            logits = pull[band[rows]] + noise.normal(0, 1, (len(rows), k))
            logits[np.arange(len(rows)), truth[rows]] += skill + 3 * (part == "train")
            p = np.exp(1.4 * logits)
            p /= p.sum(1, keepdims=True)
            tables.append(
                Predictions.from_arrays(
                    dataset=dataset,
                    protocol=protocol,
                    fold=fold,
                    part=part,
                    track_ids=[f"{labels[truth[i]]}/{i:04}" for i in rows],
                    true_labels=[labels[truth[i]] for i in rows],
                    groups=[f"band {band[i]}" for i in rows],
                    labels=labels,
                    probabilities=p,
                )
            )
    return Predictions.concat(tables)


def make_history(*, n_folds=5, epochs=30, seed=0):
    rng = np.random.default_rng(seed)
    rows = []
    for fold in range(n_folds):
        last = epochs - int(rng.integers(0, epochs // 3))
        for epoch in range(1, last + 1):
            fit = 1 - np.exp(-epoch / 6)
            rows.append(
                {
                    "fold": fold,
                    "epoch": epoch,
                    "train_loss": 1.4 * (1 - fit) + 0.05 + 0.02 * rng.random(),
                    "train_accuracy": 0.3 + 0.68 * fit,
                    "valid_loss": 1.4 * (1 - fit) + 0.5 + 0.25 * rng.random(),
                    "valid_accuracy": 0.3 + 0.5 * fit + 0.08 * (rng.random() - 0.5),
                    "learning_rate": 0.01,
                    "seconds": 3.0,
                }
            )
    return pd.DataFrame(rows)


def make_diagnostics(*, labels=GENRES4, n_folds=5, ways=3, seed=0):
    """Inputs of each genre sent to experts, the last of whom gets nothing."""
    rng = np.random.default_rng(seed)
    rows = [
        (fold, part, label, "expert", way, int(rng.integers(1, 40)) if way < ways - 1 else 0)
        for fold in range(n_folds)
        for part in ("train", "valid", "test")
        for label in labels
        for way in range(ways)
    ]
    return pd.DataFrame(rows, columns=["fold", "part", "label", "name", "way", "inputs"])


def make_run(name="bbnn", *, history=True, grouped=True, routed=False, **options):
    n_folds = options.get("n_folds", 5)
    return RunResult(
        name=name,
        predictions=make_predictions(**options),
        history=make_history(n_folds=n_folds) if history else None,
        diagnostics=make_diagnostics(n_folds=n_folds) if routed else None,
        grouped=grouped,
        recipe={"model": {"name": "bbnn"}, "training": {"batch_size": 8}},
        description={"parameters": 190_826, "machine": "2 CPU cores"},
    )


@pytest.fixture(name="make_run")
def _make_run():
    return make_run


@pytest.fixture(name="make_predictions")
def _make_predictions():
    return make_predictions


@pytest.fixture(scope="session")
def run():
    """Four genres, five folds by band; 120 songs of 40 bands."""
    return make_run()
