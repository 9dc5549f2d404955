import math

import numpy as np
import pytest

from genrelab.errors import ModelError
from genrelab.runtime import Classifier
from genrelab.runtime.aggregate import Aggregate
from genrelab.runtime.bundle import BundleInfo
from genrelab.training.estimator import fit_temperature, make_estimator
from genrelab.training.recipe import Training

MODELS = [{"name": "bbnn", "width": 4, "bn_momentum": 0.1}, {"name": "mfcc_svm"}]


@pytest.fixture(params=MODELS, ids=lambda m: m["name"])
def fitted(request, make_examples, tmp_path):
    # Enough for any weights at the start, and any order in which a processor adds.
    training = Training(crop=24, hop=12, epochs=15, schedule="one_cycle", accelerator="cpu")
    estimator = make_estimator(request.param, n_classes=3, n_bins=16, training=training)
    estimator.fit(make_examples(45), make_examples(15, seed=1), folder=tmp_path / "fit")
    return estimator


def test_every_kind_of_model_learns_and_predicts(fitted, make_examples):
    test = make_examples(30, seed=2)
    p = fitted.predict_proba(test)
    assert p.shape == (30, 3)
    np.testing.assert_allclose(p.sum(1), 1, atol=1e-6)
    assert (p.argmax(1) == test.y).mean() > 0.9


def test_the_bundle_answers_as_the_estimator_does(fitted, make_examples, front_end, tmp_path):
    info = BundleInfo(model={"name": "x"}, labels=("a", "b", "c"), front_end=front_end.to_dict())
    fitted.export(info, tmp_path / "bundle.onnx")
    classifier = Classifier(tmp_path / "bundle.onnx", threads=1)
    assert classifier.info.windowing == fitted.windowing
    assert classifier.info.temperature == fitted.temperature
    test = make_examples(9, seed=3)
    for i, expected in enumerate(fitted.predict_proba(test)):
        windows = test.windows(i, classifier.info.windowing)[:, None]
        found = classifier.probabilities(windows).mean(axis=0)
        assert np.abs(found - expected).max() < 1e-4


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m["name"])
def test_segments_in_seconds_vote(model, make_examples, front_end, tmp_path):
    """1.2 s of 10 frames a second every 0.6 s; the bundle's windows vote as the estimator's do."""
    training = Training(
        crop_seconds=1.2, hop_seconds=0.6, aggregate="vote", epochs=2, accelerator="cpu"
    )
    estimator = make_estimator(model, n_classes=3, n_bins=16, training=training)
    estimator.fit(make_examples(18), make_examples(9, seed=1), folder=tmp_path / "fit")
    assert (estimator.windowing.frames, estimator.windowing.hop) == (12, 6)
    assert estimator.temperature == 1
    test = make_examples(9, seed=2)
    p = estimator.predict_proba(test)
    for row, logits in zip(p, estimator.predict_logits(test), strict=True):
        assert len(logits) in (6, 7)  # 40 to 46 frames
        shares = np.bincount(logits.argmax(1), minlength=3) / len(logits)
        np.testing.assert_allclose(row, shares, atol=3e-6)
    info = BundleInfo(model={"name": "x"}, labels=("a", "b", "c"), front_end=front_end.to_dict())
    estimator.export(info, tmp_path / "bundle.onnx")
    classifier = Classifier(tmp_path / "bundle.onnx", threads=1)
    assert classifier.info.aggregate == "vote"
    for i in range(9):
        track = Aggregate(classifier.info.aggregate, 3)
        track.add(classifier.probabilities(test.windows(i, classifier.info.windowing)[:, None]))
        np.testing.assert_allclose(track.probabilities(), p[i], atol=3e-6)


def test_whole_tracks_are_cut_to_the_usual_length(make_examples, tmp_path):
    training = Training(epochs=1, accelerator="cpu")
    estimator = make_estimator(MODELS[0], n_classes=3, n_bins=16, training=training)
    examples = make_examples(12)
    lengths = [examples.n_frames(i) for i in range(12)]
    estimator.fit(examples, None, folder=tmp_path)
    most = max(lengths.count(n) for n in lengths)
    assert estimator.windowing.frames == max(n for n in lengths if lengths.count(n) == most)


def test_a_crop_below_what_the_model_needs_is_refused(make_examples, tmp_path):
    training = Training(crop=7, accelerator="cpu")
    estimator = make_estimator(MODELS[0], n_classes=3, n_bins=16, training=training)
    with pytest.raises(ModelError, match="at least 8 frames, not 7"):
        estimator.fit(make_examples(6), None, folder=tmp_path)


@pytest.mark.parametrize("true_temperature", [0.5, 1.0, 4.0])
def test_temperature_is_found_again(true_temperature):
    """Labels drawn from softmax(z); a model that says z * T has the temperature T."""
    rng = np.random.default_rng(0)
    z = rng.normal(scale=1.5, size=(20_000, 4))
    y = (z + rng.gumbel(size=z.shape)).argmax(1)
    logits = [row[None].astype(np.float32) for row in z * true_temperature]
    assert fit_temperature(logits, y) == pytest.approx(true_temperature, rel=0.05)


def test_calibration_lowers_the_log_loss_of_the_validation_part(fitted, make_examples):
    valid = make_examples(15, seed=1)

    def loss():
        p = fitted.predict_proba(valid)
        return -np.log(p[np.arange(15), valid.y]).mean()

    calibrated = loss()
    fitted.temperature = 1.0
    assert calibrated <= loss() + 1e-6
    assert math.isfinite(calibrated)
