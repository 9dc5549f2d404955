"""A recipe over another: what it says replaces, what it does not say stays."""

import json
import sys
from pathlib import Path

import pytest

from genrelab.errors import RecipeError
from genrelab.training.recipe import read_recipe, write_recipe
from genrelab.training.recipes import recipe_files

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

BASE = """
source = "a paper"
dataset = { name = "arrays", key = "mel", rate = 4.0 }
protocol = { name = "kfold", folds = 5, group = "artist" }
model = { name = "bbnn", width = 16 }
seed = 3

[training]
crop = 64
epochs = 30
freeze = { stem = 2 }
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "mel.toml").write_text(BASE)
    return tmp_path


def read(folder, text, *overrides):
    (folder / "mine.toml").write_text(text)
    return read_recipe(folder / "mine.toml", overrides)


def test_what_is_not_said_stays_and_what_is_said_replaces(folder):
    recipe = read(
        folder,
        """
        extends = "base/mel"
        title = "mine"
        protocol = { folds = 3 }
        training = { epochs = 8, freeze = { head = 1 } }
        """,
    )
    assert (recipe.title, recipe.source, recipe.seed) == ("mine", "a paper", 3)
    assert recipe.dataset == {"name": "arrays", "key": "mel", "rate": 4.0}
    assert recipe.protocol == {"name": "kfold", "folds": 3, "group": "artist"}
    assert recipe.model == {"name": "bbnn", "width": 16}
    assert (recipe.training.crop, recipe.training.epochs) == (64, 8)
    assert recipe.training.freeze == {"head": 1}  # a value of a table, whatever it holds


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("{ width = 8 }", {"name": "bbnn", "width": 8}),
        ('{ name = "bbnn", blocks = 2 }', {"name": "bbnn", "width": 16, "blocks": 2}),
        ('{ name = "lgnet", experts = 2 }', {"name": "lgnet", "experts": 2}),
        ('"mfcc_svm"', {"name": "mfcc_svm"}),
    ],
)
def test_options_of_another_model_do_not_stay(folder, model, expected):
    assert read(folder, f'extends = "base/mel"\nmodel = {model}').model == expected


def test_a_chain_and_an_override(folder):
    (folder / "base" / "crops.toml").write_text('extends = "mel"\n[training]\ncrop = 32\n')
    recipe = read(folder, 'extends = "base/crops"\nseed = 9', "training.epochs=2", "seed=10")
    assert (recipe.training.crop, recipe.training.epochs, recipe.seed) == (32, 2, 10)
    assert recipe.model["width"] == 16


def test_the_resolved_recipe_stands_alone(folder, tmp_path):
    recipe = read(folder, 'extends = "base/mel"\ntitle = "mine"')
    write_recipe(recipe, tmp_path / "resolved.toml")
    assert "extends" not in tomllib.loads((tmp_path / "resolved.toml").read_text("utf-8"))
    plain = read(folder, BASE)
    assert read_recipe(tmp_path / "resolved.toml") == recipe
    assert plain.fingerprint == recipe.fingerprint


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('extends = "base/mell"', r"extends 'base/mell', but there is no .*Did you mean 'mel'\?"),
        ("extends = 3", "extends must be the name of one recipe, not 3"),
        ('extends = "mine"', "extends 'mine', which extends it in turn"),
        ('extends = "base/mel"\ntraining = { epoch = 3 }', "'training.epoch'. Did you mean"),
        ('extends = "base/mel"\nmodel = 3', "model must be a table, not 3"),
    ],
)
def test_a_fault_is_one_sentence(folder, text, sentence):
    with pytest.raises(RecipeError, match=sentence) as caught:
        read(folder, text)
    assert "\n" not in str(caught.value)


def test_a_circle_is_told(folder):
    (folder / "base" / "there.toml").write_text('extends = "back"')
    (folder / "base" / "back.toml").write_text('extends = "there"')
    with pytest.raises(RecipeError, match="which extends it in turn"):
        read(folder, 'extends = "base/there"')


def test_what_is_not_runnable_is_not_listed():
    listed = recipe_files()
    assert listed
    assert not [path for path in listed if path.parent.name == "base"]
    for base in (listed[0].parent / "base").glob("*.toml"):
        assert any(f'"base/{base.stem}"' in p.read_text("utf-8") for p in listed) or any(
            f'extends = "{base.stem}"' in p.read_text("utf-8") for p in base.parent.glob("*.toml")
        ), f"nothing extends {base}"


def test_the_ledger_s_recipes_are_what_they_were():
    """The rows were written when each recipe stood in one file."""
    root = Path(__file__).parents[2]
    for run in (root / "results" / "runs").glob("*/run.json"):
        kept = json.loads(run.read_text("utf-8"))
        recipe = read_recipe(root / "recipes" / f"{run.parent.name}.toml")
        assert recipe.fingerprint == kept["recipe_fingerprint"]
