"""The classical models against scikit-learn and by hand, and their bundles against them."""

import os
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import norm
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from genrelab.errors import ModelError
from genrelab.export.onnx import export_classical
from genrelab.features import Precomputed, create
from genrelab.models import classical, names
from genrelab.models import create as make
from genrelab.runtime import Classifier
from genrelab.runtime.bundle import BundleInfo

BINS = 6
DATA = os.environ.get("GENRELAB_DATA")


def decibels(n, n_classes=3, bins=BINS, frames=20, seed=0):
    """Inputs ``(n, 1, bins, frames)`` on the scale of dB; classes overlap."""
    rng = np.random.default_rng(seed)
    y = np.arange(n) % n_classes
    level = -40 + 6 * np.sin(np.arange(bins) * (y[:, None] + 1))
    x = rng.normal(level[:, None, :, None], 12, (n, 1, bins, frames))
    return x.astype(np.float32), y


def pooled(x):
    return np.stack([classical.pool(row[0]) for row in x])


def fitted(name, x, y, n_classes=3, **options):
    model = make(name, n_classes=n_classes, **options)
    classical.fit(model, pooled(x), y)
    return model


def bundle_of(model, path, bins=BINS):
    front_end = Precomputed(n_frame_bins=bins, rate=10.0).to_dict()
    labels = tuple("abcdefghij"[: model.n_classes])
    info = BundleInfo({"name": "a classical model"}, labels, front_end)
    return Classifier(export_classical(model, info, path, n_bins=bins), threads=1)


@pytest.mark.parametrize(
    ("name", "options", "theirs"),
    [
        ("softmax_regression", {"c": 0.5}, LogisticRegression(C=0.5, max_iter=1000)),
        ("naive_bayes", {"var_smoothing": 1e-3}, GaussianNB(var_smoothing=1e-3)),
        ("knn", {"k": 7}, KNeighborsClassifier(7)),
        (
            "decision_tree",
            {"max_depth": 3, "criterion": "entropy", "min_samples_leaf": 2, "seed": 5},
            DecisionTreeClassifier(
                max_depth=3, criterion="entropy", min_samples_leaf=2, random_state=5
            ),
        ),
    ],
)
def test_the_options_are_scikit_learn_s(name, options, theirs):
    (x, y), (new, _) = decibels(60), decibels(40, seed=1)
    X, Z = pooled(x).astype(np.float64), pooled(new).astype(np.float64)
    if name != "decision_tree":
        scale = StandardScaler().fit(X)
        X, Z = scale.transform(X), scale.transform(Z)
    expected = theirs.fit(X, y).predict_proba(Z)
    found = classical.predict_proba(fitted(name, x, y, **options), pooled(new))
    np.testing.assert_allclose(found, expected, atol=2e-4)


def test_naive_bayes_multiplies_normal_densities():
    x, y = decibels(30, n_classes=2, bins=1)
    X = StandardScaler().fit_transform(pooled(x).astype(np.float64))
    densities = np.stack(
        [norm(X[y == c].mean(0), X[y == c].std(0)).pdf(X).prod(axis=1) for c in (0, 1)], axis=1
    )
    found = classical.predict_proba(fitted("naive_bayes", x, y, n_classes=2), pooled(x))
    np.testing.assert_allclose(found, densities / densities.sum(1, keepdims=True), atol=1e-6)


def test_an_unlimited_tree_knows_its_training_part():
    x, y = decibels(60)
    p = classical.predict_proba(fitted("decision_tree", x, y), pooled(x))
    np.testing.assert_array_equal(p, np.eye(3)[y])


@pytest.mark.parametrize(
    ("labels_of_one", "shares"), [((0, 1, 2), [0.5, 0.5, 0]), ((2, 1, 0), [0, 0.5, 0.5])]
)
def test_of_equally_near_neighbours_the_earlier_counts(labels_of_one, shares, tmp_path):
    """One track listed three times under three labels: with k = 2 the first two are asked."""
    others, _ = decibels(5)
    one = others[:1] - 3
    x = np.concatenate([others[:2], one, others[2:4], one, one, others[4:]])
    a, b, c = labels_of_one
    model = fitted("knn", x, np.array([0, 1, a, 0, 1, b, c, 2]), k=2)
    np.testing.assert_array_equal(classical.predict_proba(model, pooled(one)), [shares])
    found = bundle_of(model, tmp_path / "knn.onnx").probabilities(one)
    np.testing.assert_allclose(found, [shares], atol=1e-6)


def test_as_many_votes_for_two_classes_are_decided_alike(tmp_path):
    """The first of them answers, in the model as in its bundle: logits must not be off by a bit."""
    x, y = decibels(100, n_classes=10)
    new, _ = decibels(211, seed=1)
    model = fitted("knn", x, y, n_classes=10)
    p = classical.predict_proba(model, pooled(new))
    best = np.sort(p, axis=1)
    assert (best[:, -1] == best[:, -2]).sum() > 50
    found = bundle_of(model, tmp_path / "knn.onnx").probabilities(new)
    np.testing.assert_array_equal(found.argmax(axis=1), p.argmax(axis=1))


def test_knn_needs_as_many_examples_as_neighbours():
    x, y = decibels(4)
    with pytest.raises(ModelError, match="k = 5 cannot learn from 4 examples"):
        fitted("knn", x, y)


@pytest.mark.parametrize("name", names("classical"))
def test_fitting_is_repeatable(name):
    (x, y), (new, _) = decibels(45), decibels(20, seed=1)
    one, other = (classical.predict_proba(fitted(name, x, y), pooled(new)) for _ in range(2))
    np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("name", names("classical"))
@pytest.mark.parametrize("seen", [(0, 1, 2), (0, 1), (1, 3)])
def test_bundles_answer_as_their_models_do(name, seen, tmp_path):
    """Also for two classes, and where classes have no training example."""
    x, y = decibels(45, n_classes=len(seen))
    model = fitted(name, x, np.array(seen)[y], n_classes=4)
    new, _ = decibels(60, seed=1)
    new = np.concatenate([new, np.random.default_rng(2).normal(size=new.shape)]).astype(np.float32)
    expected = classical.predict_proba(model, pooled(new))
    assert expected.shape == (120, 4)
    np.testing.assert_allclose(expected.sum(1), 1, atol=1e-6)
    found = bundle_of(model, tmp_path / "m.onnx").probabilities(new)
    assert np.abs(found - expected).max() < 1e-4


@pytest.fixture(scope="module")
def clips():
    """The clips' 3-s segments in samples, the genre of each, and the clip that each is from."""
    from genrelab.audio import load_audio

    files = sorted(Path(DATA or "", "gtzan_mini").glob("*/*.flac"))[::3]  # 17 clips of 10 genres
    genres = sorted({f.parent.name for f in files})
    y = [load_audio(f)[: 9 * 22050].reshape(3, -1) for f in files]
    labels = np.repeat([genres.index(f.parent.name) for f in files], 3)
    return np.concatenate(y), labels, np.repeat(np.arange(len(files)), 3)


@pytest.mark.data
@pytest.mark.skipif(not DATA, reason="needs real music: set GENRELAB_DATA")
@pytest.mark.parametrize("front_end", ["mfcc", "log_mel"])
@pytest.mark.parametrize("name", names("classical"))
def test_bundles_agree_on_music(name, front_end, clips, tmp_path):
    """Learned from two thirds of each clip's segments; compared on all."""
    samples, labels, _ = clips
    compute = create(front_end, n_mels=64)
    x = np.stack([compute(y) for y in samples])[:, None]
    part = np.arange(len(x)) % 3 != 2
    model = fitted(name, x[part], labels[part], n_classes=int(labels.max()) + 1)
    expected = classical.predict_proba(model, pooled(x))
    found = bundle_of(model, tmp_path / "m.onnx", compute.n_bins).probabilities(x)
    assert np.abs(found - expected).max() < 1e-4
    assert (expected.argmax(1) == labels)[~part].mean() > 0.3  # by chance 0.1
