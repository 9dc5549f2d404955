"""`genrelab run`, `recipes`, `models` and `features` as a person types them."""

import json

import pytest

from genrelab.cli import demo
from genrelab.datasets import synthetic


@pytest.fixture
def typed(genrelab, tmp_path, monkeypatch):
    """Return a function that runs the command in ``tmp_path`` and gives what it said as text."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        return as_text(genrelab(*arguments))

    return run


def as_text(done):
    done.stdout, done.stderr = done.stdout.decode(), done.stderr.decode()
    return done


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """Six 8-s tracks of each dance, laid out as genre folders."""
    root = tmp_path_factory.mktemp("corpus")
    dataset = synthetic.load(root / "made", tracks_per_genre=6, bands=3, seconds=8)
    for track in dataset.tracks:
        folder = root / "folders" / track.label
        folder.mkdir(parents=True, exist_ok=True)
        (folder / track.path.name).symlink_to(track.path)
    return root / "folders"


RECIPE = """
title = "a small one"
dataset = "folder"
protocol = { name = "kfold", folds = 2, validation = 0 }
model = "mfcc_svm"
"""


def test_a_recipe_runs_reports_and_enters_the_ledger(typed, corpus, tmp_path):
    (tmp_path / "small.toml").write_text(RECIPE)
    options = ["--data", corpus, "--cache", tmp_path / "cache", "--ledger", tmp_path / "l.csv"]
    done = typed("run", "small.toml", *options)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("small on folders: accuracy ")
    assert done.stderr.count("fold ") == 2
    assert (tmp_path / "runs" / "small" / "report.html").exists()
    assert len((tmp_path / "l.csv").read_text().splitlines()) == 2
    (corpus / "rumba" / "broken.wav").write_text("no music")
    again = typed("run", "small.toml", *options, "--out", tmp_path / "new")
    (corpus / "rumba" / "broken.wav").unlink()
    assert again.returncode == 1
    assert "rumba/broken.wav: " in again.stderr
    assert "Traceback" not in again.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["run", "emotify-bbn"], "Did you mean 'emotify-bbnn'"),
        (["run", "none.toml"], "no such recipe"),
        (["run", "liu2021", "--set", "training.epoch=3"], "Did you mean 'epochs'"),
        (["run", "liu2021", "--folds", "a"], "--folds takes fold numbers"),
        (["run", "liu2021", "--set", "model=bnn", "--data", "."], "no model 'bnn'"),
        (["run", "liu2021", "--set", "dataset=foldr", "--data", "."], "Did you mean 'folder'"),
    ],
)
def test_wrong_use_is_one_sentence(typed, arguments, sentence):
    done = typed(*arguments)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert done.stderr.startswith("genrelab: ")
    assert len(done.stderr.splitlines()) == 1


def test_in_a_process_of_its_own_no_library_adds_a_word(genrelab_process):
    """With this fault everything that training needs has been imported."""
    done = as_text(genrelab_process("run", "liu2021", "--set", "model=bnn", "--data", "."))
    assert done.returncode == 2
    assert done.stderr.startswith("genrelab: there is no model 'bnn'")
    assert len(done.stderr.splitlines()) == 1


def test_models_are_listed_with_sizes_and_sources(typed):
    done = typed("models")
    (bbnn,) = [line for line in done.stdout.splitlines() if line.startswith("bbnn ")]
    assert "180,458" in bbnn
    assert "liu2021" in bbnn


def test_recipes_and_features_are_listed(typed):
    recipes = typed("recipes").stdout
    assert "emotify-mfcc-svm" in recipes
    features = typed("features").stdout
    for name in ("log_cqt", "log_mel", "log_stft", "mfcc", "waveform"):
        assert f"{name}: " in features


def test_a_model_card_is_printed(typed, tmp_path):
    import torch

    from genrelab.export.onnx import export_module
    from genrelab.models import create
    from genrelab.runtime.bundle import BundleInfo

    torch.manual_seed(0)
    info = BundleInfo(
        model={"name": "bbnn"}, labels=("polka", "waltz"), front_end={"name": "log_mel"}
    )
    path = tmp_path / "two.onnx"
    export_module(create("bbnn", n_classes=2, width=4), info, path, example_frames=16)
    done = typed("models", "--bundle", path)
    assert done.returncode == 0
    assert "polka" in done.stdout
    missing = typed("models", "--bundle", tmp_path / "none.onnx")
    assert missing.returncode == 2
    assert len(missing.stderr.splitlines()) == 1


@pytest.mark.slow
def test_the_demo_goes_the_whole_way(typed, tmp_path, monkeypatch):
    """With the corpus and the folds that it has, but three epochs of training instead of twelve."""
    monkeypatch.setitem(demo.BBNN, "training", {**demo.BBNN["training"], "epochs": 3})
    done = typed("demo", "--out", tmp_path / "demo")
    assert done.returncode == 0, done.stderr
    for run in ("svm-random", "svm-artist", "bbnn-artist"):
        assert (tmp_path / "demo" / run / "report.html").exists()
        report = json.loads((tmp_path / "demo" / run / "report.json").read_text())
        assert report["runs"][0]["counts"]["tracks"] > 0
    assert "(it is " in done.stdout  # a track's own label, beside the answer
