import math

import numpy as np
import pytest
import soundfile

from genrelab.errors import RunError
from genrelab.evaluation.predictions import Predictions
from genrelab.runtime import Classifier
from genrelab.training.prepare import prepare
from genrelab.training.recipe import recipe_from
from genrelab.training.results import finish_run
from genrelab.training.run import read_run, run_recipe
from genrelab.training.ship import ship

RATE = 8000
FOLDS = {"name": "kfold", "folds": 3, "validation": 0.2}
VALUES = {
    "dataset": "folder",
    "model": "mfcc_svm",
    "front_end": {"name": "mfcc", "sample_rate": RATE, "n_mels": 30},
}


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Return a cross-validation, a model trained on everything, and one of another recipe."""
    root = tmp_path_factory.mktemp("ship")
    rng = np.random.default_rng(0)
    for label, level in (("loud", 0.3), ("soft", 0.15)):
        (root / "music" / label).mkdir(parents=True)
        for n in range(15):
            y = rng.normal(scale=level * rng.uniform(0.5, 1.5), size=RATE)
            soundfile.write(root / "music" / label / f"{n}.wav", y, RATE)

    def run(name, values):
        ready = prepare(recipe_from(values), root / "music", cache=root / "cache")
        out = run_recipe(ready, root / name)
        finish_run(out)
        return out

    return (
        run("folds", {**VALUES, "protocol": FOLDS}),
        run("all", {**VALUES, "protocol": {"name": "everything"}}),
        run("other", {**VALUES, "protocol": FOLDS, "model": {"name": "mfcc_svm", "c": 1.0}}),
    )


def test_a_model_of_everything_carries_what_its_cross_validation_measured(runs, tmp_path):
    folds, everything, _ = runs
    info = ship(everything, tmp_path / "m.onnx", measured=folds, card={"Data": "noise"})
    test = Predictions.read(folds / "predictions.parquet").of("test")
    (accuracy,) = [r for r in info.results if r["metric"] == "accuracy"]
    assert accuracy["value"] == pytest.approx((test.y_pred == test.y_true).mean(), abs=1e-4)
    assert accuracy["interval"][0] <= accuracy["value"] <= accuracy["interval"][1]
    assert accuracy["tracks"] == 30
    shipped = Classifier(tmp_path / "m.onnx")
    assert shipped.info == info
    assert shipped.info.training["tracks"] == 30
    assert shipped.info.card == {"Data": "noise"}
    temperatures = [
        Classifier(folds / "folds" / f"{k:02d}" / "bundle.onnx").info.temperature for k in range(3)
    ]
    product = temperatures[0] * temperatures[1] * temperatures[2]
    assert math.log(shipped.info.temperature) == pytest.approx(math.log(product) / 3)


def test_the_graph_is_the_run_s(runs, tmp_path):
    folds, _, _ = runs
    ship(folds, tmp_path / "m.onnx", fold=1)
    mine, its = (
        Classifier(p) for p in (tmp_path / "m.onnx", folds / "folds" / "01" / "bundle.onnx")
    )
    x = np.random.default_rng(0).normal(size=(3, 1, 20, 9)).astype(np.float32)
    assert np.array_equal(mine.probabilities(x), its.probabilities(x))
    assert mine.info.training["fold"] == 1


def test_results_of_another_recipe_are_refused(runs, tmp_path):
    _, everything, other = runs
    with pytest.raises(RunError, match="its model differs"):
        ship(everything, tmp_path / "m.onnx", measured=other)
    assert not (tmp_path / "m.onnx").exists()


def test_an_unfinished_run_is_refused(runs, tmp_path):
    folds, _, _ = runs
    with pytest.raises(RunError, match="not finished"):
        ship(folds, tmp_path / "m.onnx", fold=7)
    with pytest.raises(RunError, match=r"no run\.json"):
        read_run(tmp_path)
