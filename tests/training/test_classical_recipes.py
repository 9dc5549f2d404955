"""The recipes of asgharivaskasi's Table 2 and lgnet2023's Table 1 say what the papers say."""

from pathlib import Path

import pytest

from genrelab.features import create
from genrelab.training.recipe import read_recipe

RECIPES = Path(__file__).parents[2] / "recipes"
MODELS = {
    "svm": "svm",
    "softmax": "softmax_regression",
    "tree": "decision_tree",
    "naive-bayes": "naive_bayes",
    "knn": "knn",
}


def read(name):
    return read_recipe(RECIPES / f"{name}.toml")


@pytest.mark.parametrize("short", MODELS)
def test_table_2_is_70_to_30_on_whole_clips_and_on_segments_of_3_s(short):
    whole = read(f"asgharivaskasi-table2-{short}")
    segments = read(f"asgharivaskasi-table2-{short}-segments")
    assert whole.model == {"name": MODELS[short]}
    assert whole.protocol == {"name": "asgharivaskasi", "validation": 0}
    assert whole.front_end == {"name": "mfcc"}
    assert (whole.training.windowing(22050 / 1024).frames, whole.training.aggregate) == (
        None,
        "mean",
    )
    assert segments.training.windowing(10.0).frames == 30
    assert segments.training.aggregate == "vote"
    for part in ("dataset", "protocol", "model", "front_end"):
        assert getattr(segments, part) == getattr(whole, part)


@pytest.mark.parametrize("model", ["svm", "naive-bayes"])
@pytest.mark.parametrize(
    ("features", "bins", "milliseconds"), [("stft", 513, 15), ("mel", 128, 15), ("cqt", 252, 14.5)]
)
def test_table_1_has_30_ms_every_15_on_the_fault_filtered_split(
    model, features, bins, milliseconds
):
    recipe = read(f"lgnet2023-table1-{model}-{features}")
    assert recipe.model == {"name": MODELS[model]}
    assert recipe.protocol["name"] == "fault_filtered"
    front_end = create(**recipe.front_end)
    assert front_end.n_bins == bins
    assert 1000 / front_end.frame_rate == pytest.approx(milliseconds, abs=0.05)
    if features != "cqt":
        assert front_end.win_length / front_end.sample_rate == pytest.approx(0.030, abs=5e-5)


@pytest.mark.parametrize("data", ["gtzan-mel", "fma-small-mel"])
def test_what_is_compared_has_the_same_folds(data):
    usual = read(f"{data}-mfcc-svm")
    for short, name in MODELS.items():
        recipe = read(f"{data}-{short}")
        assert recipe.model == {"name": name}
        assert (recipe.dataset, recipe.protocol) == (usual.dataset, usual.protocol)
