"""The recipes of heakl2022's Tables II and III differ in what the rows name and nothing else."""

from dataclasses import replace

import pytest

from genrelab import models
from genrelab.training.recipe import Training, read_recipe
from genrelab.training.recipes import find_recipe, recipe_files

ROWS_OF_TABLE_3 = [
    "Remove 3x3",
    "Replace 5x5",
    "Global Pooling",
    "Dropout",
    "Blocks 1",
    "Blocks 2",
    "Blocks 5",
    "SELU Activation",
    "Group Normalization",
    "Label Smoothing",
    "Squeeze & Excitation",
    "LSTM Layer",
    "Inception Resnet v1",
    "Xception",
]


def recipes(prefix):
    return [read_recipe(path) for path in recipe_files() if path.stem.startswith(prefix)]


def test_every_row_of_table_3_has_a_recipe():
    rows = [recipe.source.rpartition("Table III, ")[2] for recipe in recipes("heakl2022-table3-")]
    assert sorted(rows) == sorted(ROWS_OF_TABLE_3)


def test_every_model_of_table_3_is_trained():
    trained = {recipe.model["name"] for recipe in recipes("heakl2022-table3-")}
    variants = {n for n in models.names("neural") if "Table III" in models.entry(n).source}
    assert trained == variants | {"bbnn"}  # which has the smoothed labels


@pytest.mark.parametrize("path", [p for p in recipe_files() if p.stem.startswith("heakl2022")])
def test_the_paper_s_protocol(path):
    """Section III-C: ten folds, Adam at 0.01, batches of 8, 100 epochs, halved after three."""
    recipe = read_recipe(path)
    assert recipe.protocol == {"name": "heakl2022"}
    training = recipe.training
    assert (training.optimizer, training.learning_rate) == ("adam", 0.01)
    assert (training.batch_size, training.epochs) == (8, 100)
    assert (training.schedule, training.plateau_factor, training.plateau_patience) == (
        "plateau",
        0.5,
        3,
    )
    assert training.early_stopping == "train_loss"
    smoothing = 0.1 if path.stem.endswith("label-smoothing") else 0.0
    assert training == replace(Training(), pad="zero", label_smoothing=smoothing)


def test_table_2_compares_both_networks_on_the_same_folds():
    bbnn = read_recipe(find_recipe("heakl2022-table2-bbnn"))
    ours = read_recipe(find_recipe("heakl2022-table2-broadcast"))
    assert (bbnn.model["name"], ours.model["name"]) == ("bbnn", "broadcast")
    same = {"title": "", "source": "", "model": {"name": "bbnn"}}
    assert replace(bbnn, **same) == replace(ours, **same)
