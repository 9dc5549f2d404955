import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genrelab.errors import ModelError
from genrelab.models import classical, create


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 5), st.integers(2, 40), st.integers(0, 10**6))
def test_pool_gives_the_moments_of_each_bin(bins, frames, seed):
    x = np.random.default_rng(seed).normal(size=(bins, frames)).astype(np.float32)
    found = classical.pool(x).reshape(6, bins)
    for b in range(bins):
        row = [float(v) for v in x[b]]
        mean = sum(row) / frames
        deviation = (sum((v - mean) ** 2 for v in row) / frames) ** 0.5
        steps = [q - p for p, q in zip(row, row[1:])]  # noqa: B905, RUF007
        step_mean = sum(steps) / len(steps)
        step_deviation = (sum((s - step_mean) ** 2 for s in steps) / len(steps)) ** 0.5
        expected = [mean, deviation, min(row), max(row), step_mean, step_deviation]
        np.testing.assert_allclose(found[:, b], expected, rtol=1e-4, atol=1e-5)


def test_pool_of_one_frame_has_no_steps():
    assert classical.pool(np.array([[3.0], [4.0]], np.float32)).tolist() == [
        *[3, 4, 0, 0, 3, 4, 3, 4],
        *[0, 0, 0, 0],
    ]


def test_pool_does_not_know_the_order_of_bins():
    x = np.random.default_rng(0).normal(size=(7, 30)).astype(np.float32)
    order = np.random.default_rng(1).permutation(7)
    np.testing.assert_allclose(
        classical.pool(x[order]).reshape(6, 7), classical.pool(x).reshape(6, 7)[:, order], rtol=1e-6
    )


def clusters(n, n_classes, seed):
    rng = np.random.default_rng(seed)
    y = np.arange(n) % n_classes
    X = rng.normal(size=(n, 8)).astype(np.float32)
    X[np.arange(n), y] += 6
    return X, y


def test_mfcc_svm_separates_clusters():
    model = create("mfcc_svm", n_classes=3)
    classical.fit(model, *clusters(90, 3, seed=0))
    X, y = clusters(60, 3, seed=1)
    p = classical.predict_proba(model, X)
    assert (p.argmax(1) == y).mean() > 0.95
    np.testing.assert_allclose(p.sum(1), 1, atol=1e-6)


def test_a_class_without_training_examples_gets_no_probability():
    model = create("mfcc_svm", n_classes=4)
    X, y = clusters(90, 3, seed=0)
    classical.fit(model, X, np.array([0, 1, 3])[y])
    p = classical.predict_proba(model, X)
    assert p.shape == (90, 4)
    assert (p[:, 2] == 0).all()
    assert p[:, 3].max() > 0.5


def test_the_penalty_decides_how_many_examples_support_the_boundary():
    X, y = clusters(60, 2, seed=0)
    supports = []
    for c in (1e-4, 10.0):
        model = create("mfcc_svm", n_classes=2, c=c)
        classical.fit(model, X, y)
        supports.append(model.pipeline[-1].calibrated_classifiers_[0].estimator.n_support_.sum())
    assert supports[0] == 60
    assert supports[1] < 30


def test_small_classes_are_calibrated_on_fewer_folds():
    X, y = clusters(45, 3, seed=0)
    few = np.concatenate([np.flatnonzero(y != 2), np.flatnonzero(y == 2)[:2]])
    model = create("mfcc_svm", n_classes=3)
    classical.fit(model, X[few], y[few])
    assert classical.predict_proba(model, X).shape == (45, 3)
    with pytest.raises(ModelError, match="single training example"):
        classical.fit(create("mfcc_svm", n_classes=3), X[few[:-1]], y[few[:-1]])
