import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genrelab.errors import RecipeError
from genrelab.training.recipe import Recipe, Training, read_recipe, recipe_from, write_recipe

EXAMPLE = """
dataset = "gtzan"
protocol = { name = "kfold", folds = 10, validation = 0.1, seed = 0 }
model = { name = "bbnn" }
front_end = { name = "log_mel", n_mels = 128, n_fft = 2048, hop_length = 1024 }
training = { optimizer = "adam", learning_rate = 0.01, batch_size = 8, epochs = 100, \
plateau_factor = 0.5, plateau_patience = 3, early_stopping = "train_loss" }
"""


@pytest.fixture
def written(tmp_path):
    def write(text):
        path = tmp_path / "recipe.toml"
        path.write_text(text)
        return path

    return write


def test_the_design_s_example(written):
    recipe = read_recipe(written(EXAMPLE))
    assert recipe.dataset == {"name": "gtzan"}
    assert recipe.protocol["folds"] == 10
    assert recipe.training == Training()  # the defaults are liu2021's


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("modle = 'bbnn'", "unknown key 'modle'. Did you mean 'model'?"),
        (
            "[training]\nlearning_rat = 1",
            "unknown key 'training.learning_rat'. Did you mean 'learning_rate'?",
        ),
        ("[training]\nepochs = 'many'", "training.epochs must be a whole number, not 'many'."),
        ("[training]\nepochs = 2.5", "training.epochs must be a whole number, not 2.5."),
        ("[training]\nepochs = true", "training.epochs must be a whole number, not True."),
        ("[training]\nlearning_rate = '1'", "training.learning_rate must be a number, not '1'."),
        ("[training]\noptimizer = 'adm'", "training.optimizer must be one of adam, adamw, sgd"),
        ("[training]\nepochs = 0", "training.epochs must be at least 1."),
        ("[training]\ncurve = -1", "training.curve must be at least 0."),
        ("[training]\nhop = 64", "training.hop needs training.crop"),
        ("[training]\ncrop = 9\ncrop_seconds = 3", "crop and training.crop_seconds exclude"),
        ("[training]\ncrop_seconds = -1", "training.crop_seconds cannot be negative"),
        ("[training]\ncrop_seconds = inf", "training.crop_seconds cannot be"),
        ("[training]\nhop_seconds = 1", "training.hop_seconds needs training.crop_seconds"),
        ("[training]\ncrop = 9\nhop_seconds = 1", "hop_seconds needs training.crop_seconds"),
        ("[training]\nhop = 9\ncrop_seconds = 1", "training.hop needs training.crop"),
        ("[training]\naggregate = 'votes'", "must be one of mean, vote, not 'votes'. Did you"),
        ("training = 3", "training must be a table, not 3."),
        ("dataset = 3", "dataset must be a table, not 3."),
        ("dataset = { root = 'x' }", "dataset needs a name"),
        ("model = ", "not valid TOML"),
    ],
)
def test_a_fault_is_one_sentence_that_names_the_key(written, text, sentence):
    with pytest.raises(RecipeError) as caught:
        read_recipe(written(text))
    assert sentence in str(caught.value)


def test_a_missing_file_is_one_sentence(tmp_path):
    with pytest.raises(RecipeError, match="no such recipe"):
        read_recipe(tmp_path / "none.toml")


def test_overrides(written):
    recipe = read_recipe(
        written(EXAMPLE),
        ["training.learning_rate=0.001", "model=mfcc_svm", "protocol.group=artist", "seed=3"],
    )
    assert recipe.training.learning_rate == 0.001
    assert recipe.model == {"name": "mfcc_svm"}
    assert recipe.protocol["group"] == "artist"
    assert recipe.protocol["folds"] == 10
    assert recipe.seed == 3


def test_naming_another_model_drops_the_options_of_the_old_one():
    recipe = recipe_from({"model": {"name": "bbnn", "blocks": 5}}, ["model=mfcc_svm"])
    assert recipe.model == {"name": "mfcc_svm"}


@pytest.mark.parametrize("override", ["training", "=3", "training.=3", "seed.x=1"])
def test_an_override_that_is_none(override):
    with pytest.raises(RecipeError):
        recipe_from({"seed": 1}, [override])


@given(
    st.builds(
        Recipe,
        title=st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=9),
        model=st.fixed_dictionaries({"name": st.just("bbnn"), "blocks": st.integers(1, 9)}),
        seed=st.integers(0, 2**31),
        training=st.builds(
            Training,
            learning_rate=st.floats(1e-6, 10),
            epochs=st.integers(1, 500),
            schedule=st.sampled_from(["plateau", "one_cycle", "constant"]),
            crop=st.integers(0, 999),
        ),
    )
)
def test_what_is_written_reads_back(tmp_path_factory, recipe):
    path = tmp_path_factory.mktemp("recipe") / "recipe.toml"
    write_recipe(recipe, path)
    again = read_recipe(path)
    assert again == recipe
    assert again.fingerprint == recipe.fingerprint


def test_the_fingerprint_is_of_what_decides_the_result():
    plain = Recipe()
    assert Recipe(title="other words").fingerprint == plain.fingerprint
    assert Recipe(seed=1).fingerprint != plain.fingerprint
    assert Recipe(training=Training(epochs=3)).fingerprint != plain.fingerprint
    assert Recipe(training=Training(aggregate="vote")).fingerprint != plain.fingerprint
    assert Recipe(training=Training(crop_seconds=3)).fingerprint != plain.fingerprint
    assert Recipe(training=Training(freeze={"shallow": 0})).fingerprint != plain.fingerprint


def test_keys_that_came_later_leave_older_fingerprints_alone():
    """The ledger's row of this recipe was written before some of today's keys existed."""
    root = Path(__file__).parents[2]
    kept = json.loads((root / "results/runs/emotify-bbnn/run.json").read_text("utf-8"))
    assert read_recipe(root / "recipes/emotify-bbnn.toml").fingerprint == kept["recipe_fingerprint"]


def test_what_freeze_takes():
    frozen = recipe_from({"training": {"freeze": {"router": 20, "backbone.conv1": 0}}}).training
    assert frozen.freeze == {"router": 20, "backbone.conv1": 0}
    for wrong in (-1, 1.5, True, "all"):
        with pytest.raises(RecipeError, match=r"training\.freeze\.router must be a number"):
            recipe_from({"training": {"freeze": {"router": wrong}}})


@pytest.mark.parametrize(
    ("training", "frame_rate", "frames", "hop"),
    [
        ({}, 22050 / 1024, None, None),
        ({"crop": 64}, 22050 / 1024, 64, 64),
        ({"crop": 64, "hop": 32}, 22050 / 1024, 64, 32),
        ({"crop_seconds": 3}, 22050 / 1024, 65, 65),  # 64.6 frames
        ({"crop_seconds": 3}, 22050 / 512, 129, 129),  # 129.2
        ({"crop_seconds": 3, "hop_seconds": 1.5}, 128 / 30, 13, 6),  # 12.8 and 6.4
    ],
)
def test_lengths_in_seconds_become_frames_of_the_front_end(training, frame_rate, frames, hop):
    windowing = recipe_from({"training": training}).training.windowing(frame_rate)
    assert (windowing.frames, windowing.hop) == (frames, hop)


@pytest.mark.parametrize(
    ("training", "key"),
    [
        ({"crop_seconds": 0.01}, "crop_seconds = 0.01"),
        ({"crop_seconds": 3, "hop_seconds": 0.01}, "hop_seconds = 0.01"),
    ],
)
def test_a_length_below_one_frame_is_told(training, key):
    with pytest.raises(RecipeError, match=f"training.{key} is less than a frame.*21.53 a second"):
        recipe_from({"training": training}).training.windowing(22050 / 1024)
