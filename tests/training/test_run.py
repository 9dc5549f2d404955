"""Run folders, from small wav files to the ledger."""

import hashlib
import json

import numpy as np
import pandas as pd
import pytest
import soundfile
import torch
from safetensors.torch import save_file

from genrelab.errors import FeatureError, RunError
from genrelab.evaluation import ledger, looks
from genrelab.evaluation.looks import Looks
from genrelab.evaluation.predictions import Predictions
from genrelab.evaluation.result import RunResult
from genrelab.models import registry
from genrelab.models.pretrained import load_pretrained
from genrelab.models.registry import Entry
from genrelab.runtime import Classifier
from genrelab.training.prepare import prepare
from genrelab.training.recipe import recipe_from
from genrelab.training.results import finish_run
from genrelab.training.run import read_run, read_run_recipe, run_recipe

RATE = 8000
SVM = {"model": "mfcc_svm", "front_end": {"name": "mfcc", "sample_rate": RATE, "n_mels": 40}}
BBNN = {
    "model": {"name": "bbnn", "width": 4, "bn_momentum": 0.1},
    "front_end": {"name": "log_mel", "sample_rate": RATE, "n_mels": 16, "top_db": "none"},
    "training": {"crop": 8, "epochs": 2, "accelerator": "cpu"},
}


@pytest.fixture(scope="module")
def music(tmp_path_factory):
    """Four artists a genre, five tracks each: noise, or a tone in noise."""
    root = tmp_path_factory.mktemp("music")
    rng = np.random.default_rng(0)
    rows = ["path,label,artist"]
    for label in ("noise", "tone"):
        for n in range(20):
            y = rng.normal(scale=0.1, size=2 * RATE)
            if label == "tone":
                y += 0.3 * np.sin(2 * np.pi * rng.uniform(200, 900) * np.arange(y.size) / RATE)
            (root / label).mkdir(exist_ok=True)
            soundfile.write(root / label / f"{n:02d}.wav", y, RATE)
            rows.append(f"{label}/{n:02d}.wav,{label},{label} band {n % 4}")
    (root / "manifest.csv").write_text("\n".join(rows))
    return root


@pytest.fixture
def prepared(music, tmp_path):
    def make(values, protocol=None, **kwargs):
        protocol = protocol or {"name": "kfold", "folds": 2, "validation": 0.2}
        recipe = recipe_from({"dataset": "manifest", "protocol": protocol, **values})
        return prepare(recipe, music, cache=tmp_path / "cache", **kwargs)

    return make


def table(out):
    return Predictions.read(out / "predictions.parquet").table


def test_a_run_tests_every_track_once_and_says_what_it_was(prepared, tmp_path):
    out = run_recipe(prepared(SVM), tmp_path / "run")
    predictions = Predictions.read(out / "predictions.parquet")
    test = predictions.of("test").table
    assert len(test) == test["track_id"].nunique() == 40
    assert {"train", "valid", "test"} == set(predictions.table["part"])
    assert (predictions.of("test").y_pred == predictions.of("test").y_true).mean() > 0.9
    about = read_run(out)
    assert about["labels"] == ["noise", "tone"]
    assert about["n_folds"] == 2
    assert not about["grouped"]
    assert read_run_recipe(out).model["name"] == "mfcc_svm"


def test_every_setting_that_sees_a_test_part_is_counted(prepared, tmp_path):
    first = prepared(SVM)
    # A run in two goes, and reported twice, has looked once.
    run_recipe(first, tmp_path / "one", only=[0])
    for _ in range(2):
        finish_run(run_recipe(first, tmp_path / "one"))
    assert RunResult.read(tmp_path / "one").looks == Looks(times=1, settings=1)
    seen = looks.read(tmp_path / looks.FILE)
    assert [(x.run, x.fold) for x in seen] == [("one", 0), ("one", 1)]
    report = tmp_path / "one" / "report.html"
    assert "looked at" not in report.read_text(encoding="utf-8")
    assert "The protocol measures how well" in report.read_text(encoding="utf-8")
    # Another setting on the same folds is another look, at both.
    run_recipe(prepared({**SVM, "seed": 1}), tmp_path / "two")
    for name in ("one", "two"):
        finish_run(tmp_path / name)
        sentence = "This test part was looked at 2 times, with 2 settings"
        assert sentence in (tmp_path / name / "report.html").read_text(encoding="utf-8")
    # Other folds are another test part.
    other = {"name": "kfold", "folds": 2, "validation": 0.2, "seed": 5}
    run_recipe(prepared(SVM, other), tmp_path / "three")
    assert RunResult.read(tmp_path / "three").looks == Looks(times=1, settings=1)


def test_training_on_everything_looks_at_nothing(prepared, tmp_path):
    run_recipe(prepared(SVM, {"name": "everything"}), tmp_path / "all")
    assert not (tmp_path / looks.FILE).exists()


def test_a_protocol_that_keeps_artists_apart_by_itself_is_grouped(prepared):
    assert prepared(SVM, {"name": "artist_kfold", "folds": 2}).grouped
    assert not prepared(SVM, {"name": "kfold", "folds": 2, "group": "none"}).grouped


def test_the_ids_of_the_parts_are_kept(prepared, tmp_path):
    ready = prepared(SVM)
    out = run_recipe(ready, tmp_path / "run")
    rows = table(out)
    for fold in json.loads((out / "folds.json").read_text()):
        for part in ("train", "valid", "test"):
            found = rows[(rows["fold"] == fold["index"]) & (rows["part"] == part)]["track_id"]
            assert sorted(found) == sorted(fold[part])


def test_a_finished_run_is_not_repeated(prepared, tmp_path):
    out = run_recipe(prepared(SVM), tmp_path / "run")
    before = (out / "folds" / "00" / "done.json").stat().st_mtime_ns
    events = []
    run_recipe(prepared(SVM), out, listener=events.append)
    assert (out / "folds" / "00" / "done.json").stat().st_mtime_ns == before
    assert [e["event"] for e in events] == ["fold", "fold"]


def test_a_run_stopped_in_the_middle_of_a_fold_ends_as_if_it_had_not_been(prepared, tmp_path):
    class StopError(Exception):
        pass

    def stop_at(fold, epoch):
        def listen(event):
            if event["event"] == "epoch" and (event["fold"], event["epoch"]) == (fold, epoch):
                raise StopError

        return listen

    ready = prepared(BBNN)
    whole = run_recipe(ready, tmp_path / "whole")
    for stop in ((0, 1), (1, 1)):
        with pytest.raises(StopError):
            run_recipe(ready, tmp_path / "parts", listener=stop_at(*stop))
    parts = run_recipe(ready, tmp_path / "parts")
    pd.testing.assert_frame_equal(table(parts), table(whole), check_exact=True)


def test_folds_can_be_shared_between_processes(prepared, tmp_path):
    ready = prepared(SVM)
    whole = run_recipe(ready, tmp_path / "whole")
    run_recipe(ready, tmp_path / "shared", only=[1])
    assert finish_run(tmp_path / "shared") is None
    shared = run_recipe(ready, tmp_path / "shared", only=[0])
    pd.testing.assert_frame_equal(table(shared), table(whole), check_exact=True)


def test_a_folder_of_another_recipe_is_left_alone(prepared, tmp_path):
    out = run_recipe(prepared(SVM), tmp_path / "run")
    with pytest.raises(RunError, match="another recipe"):
        run_recipe(prepared({**SVM, "seed": 1}), out)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("")
    with pytest.raises(RunError, match="not empty"):
        run_recipe(prepared(SVM), tmp_path / "mine")
    with pytest.raises(RunError, match=r"no run\.json"):
        read_run(tmp_path)


def test_one_broken_file_costs_one_line(music, tmp_path):
    for n, content in enumerate((b"", b"no music")):
        (music / "noise" / f"broken{n}.wav").write_bytes(content)
    try:
        values = {"dataset": "folder", "protocol": {"name": "kfold", "folds": 2}, **SVM}
        events = []
        ready = prepare(
            recipe_from(values), music, cache=tmp_path / "cache", listener=events.append
        )
        out = run_recipe(ready, tmp_path / "run")
    finally:
        for n in (0, 1):
            (music / "noise" / f"broken{n}.wav").unlink()
    named = [e["subject"] for e in events if e["event"] == "problem"]
    assert named == ["noise/broken0.wav", "noise/broken1.wav"]
    rows = table(out)
    assert rows[rows["part"] == "test"]["track_id"].nunique() == 40
    assert read_run(out)["unreadable"] == named


def test_data_of_which_nothing_can_be_read(tmp_path):
    for label in ("a", "b"):
        (tmp_path / label).mkdir()
        for n in range(3):
            (tmp_path / label / f"{n}.mp3").write_bytes(b"no music")
    recipe = recipe_from({"dataset": "folder", **SVM})
    with pytest.raises(FeatureError, match=r"no track can be read: a/0\.mp3: "):
        prepare(recipe, tmp_path, cache=tmp_path / "cache")


def test_the_finished_run_is_reported_and_entered_in_the_ledger(prepared, tmp_path):
    protocol = {"name": "kfold", "folds": 2, "validation": 0.25, "group": "artist"}
    out = run_recipe(prepared(BBNN, protocol), tmp_path / "run")
    sentence = finish_run(out, ledger=tmp_path / "ledger.csv")
    test = Predictions.read(out / "predictions.parquet").of("test")
    accuracy = (test.y_pred == test.y_true).mean()
    (row,) = ledger.read(tmp_path / "ledger.csv")
    assert row.accuracy == pytest.approx(accuracy, abs=1e-4)
    assert (row.unit, row.n_units, row.n_tracks, row.n_folds) == ("artist", 8, 40, 2)
    assert row.protocol == "kfold (folds=2, validation=0.25, group=artist)"
    stem, dense, transition = 9 * 4 + 4, 4 * 2 + 2, 52 * 4 + 4
    blocks = sum(4 * (4 * c + 4) + (16 * 9 + 4) + (16 * 25 + 4) for c in (4, 20, 36))
    assert row.parameters == stem + blocks + transition + dense
    assert f"{100 * accuracy:.1f}" in sentence
    assert json.loads((out / "report.json").read_text())["runs"]
    assert (out / "report.html").read_text().startswith("<!")


class TwoWays(torch.nn.Module):
    """The mean level decides; each input is said to go a quarter one way, the rest the other."""

    def __init__(self, n_classes, weights="none"):
        super().__init__()
        self.dense = torch.nn.Linear(1, n_classes)
        load_pretrained(self, weights, name="two_ways")

    def forward(self, x):
        return self.dense(x.mean(dim=(2, 3)))

    def diagnose(self, x):
        return {"half": torch.tensor([[0.25, 0.75]]).expand(len(x), 2)}


@pytest.fixture
def two_ways(monkeypatch):
    entry = Entry("two_ways", "neural", TwoWays, "a test", "two ways", {"name": "log_mel"})
    monkeypatch.setitem(registry._ENTRIES, "two_ways", entry)
    return {**BBNN, "model": {"name": "two_ways"}}


def test_a_run_tells_which_way_inputs_went(prepared, tmp_path, two_ways):
    out = run_recipe(prepared(two_ways), tmp_path / "run")
    ways = pd.read_csv(out / "diagnostics.csv")
    windows = 2  # 2 s give 16 frames, two crops of 8
    keys = ["fold", "part", "label"]
    predicted_of = dict(list(table(out).groupby(keys)))
    for key, rows in ways.groupby(keys):
        predicted = predicted_of[key]
        assert rows["name"].unique().tolist() == ["half"]
        assert rows["way"].tolist() == [0, 1]
        inputs = windows * len(predicted)
        assert rows["inputs"].tolist() == [0.25 * inputs, 0.75 * inputs]
    assert len(ways) == 2 * 3 * 2 * 2
    finish_run(out)
    found = json.loads((out / "report.json").read_text())["runs"][0]["routing"]
    assert {tuple(one["shares"]) for one in found} == {(0.25, 0.75)}


def test_models_with_one_way_have_no_diagnostics(prepared, tmp_path):
    out = run_recipe(prepared(SVM), tmp_path / "run")
    assert list(out.rglob("diagnostics.csv")) == []


def test_a_run_knows_the_weights_it_started_from(prepared, tmp_path, two_ways):
    path = tmp_path / "w.safetensors"
    save_file(TwoWays(2).state_dict(), path)
    started = {**two_ways, "model": {"name": "two_ways", "weights": str(path)}}
    out = run_recipe(prepared(started), tmp_path / "run")
    assert read_run(out)["weights_sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    run_recipe(prepared(started), out)
    save_file(TwoWays(2).state_dict(), path)  # drawn anew
    with pytest.raises(RunError, match="started from other weights"):
        run_recipe(prepared(started), out)
    assert read_run(run_recipe(prepared(SVM), tmp_path / "svm"))["weights_sha256"] is None


def test_tables_call_the_data_set_by_its_title(music, tmp_path):
    values = {"dataset": {"name": "manifest", "title": "Two bands"}, **SVM}
    recipe = recipe_from({**values, "protocol": {"name": "kfold", "folds": 2}})
    assert prepare(recipe, music, cache=tmp_path / "cache").dataset.name == "Two bands"


def test_the_bundle_is_chosen_by_validation_and_never_by_test(prepared, tmp_path):
    ready = prepared(BBNN)
    out = run_recipe(ready, tmp_path / "run")
    for better in (0, 1):
        for fold in (0, 1):
            path = out / "folds" / f"{fold:02d}" / "done.json"
            done = json.loads(path.read_text())
            done["valid_accuracy"] = 0.9 if fold == better else 0.2
            done["test_accuracy"] = 0.1 if fold == better else 1.0
            path.write_text(json.dumps(done))
        run_recipe(ready, out)  # the folds are finished: it only gathers
        info = Classifier(out / "bundle.onnx").info
        assert info.training["fold"] == better
    assert info.labels == ("noise", "tone")
    assert info.windowing.frames == 8


@pytest.mark.parametrize("values", [SVM, BBNN], ids=["svm", "bbnn"])
def test_a_file_is_classified_as_its_track_was_predicted(prepared, music, tmp_path, values):
    """From the cache in training and from the stream in classifying: the same features."""
    out = run_recipe(prepared(values), tmp_path / "run")
    classifier = Classifier(out / "folds" / "00" / "bundle.onnx", threads=1)
    rows = table(out)
    for _, row in rows[(rows["fold"] == 0) & (rows["part"] == "test")].iloc[::5].iterrows():
        answer = classifier.classify(music / row["track_id"])
        for label, p in answer.probabilities.items():
            assert p == pytest.approx(row[f"p:{label}"], abs=1e-4)


def test_a_model_trained_on_everything_has_no_result(prepared, tmp_path):
    out = run_recipe(prepared(SVM, {"name": "everything"}), tmp_path / "run")
    assert finish_run(out) == "run: trained on 40 tracks, none was kept for a test."
    answer = Classifier(out / "bundle.onnx")
    assert answer.info.training["tracks"] == 40


def test_the_curve_of_a_run_ends_in_its_test_accuracy(prepared, tmp_path):
    training = {**BBNN["training"], "epochs": 3, "curve": 2, "keep": "last"}
    options = {"schedule": "constant", "early_stopping": "none", "calibration": "none"}
    values = {**BBNN, "training": {**training, **options}}
    out = run_recipe(prepared(values), tmp_path / "run")
    curve, history = pd.read_csv(out / "curve.csv"), pd.read_csv(out / "history.csv")
    assert list(curve[["fold", "epoch"]].itertuples(index=False, name=None)) == [(0, 2), (1, 2)]
    assert "test_accuracy" not in history
    looked_at = history[history["epoch"] == 2].reset_index(drop=True)
    for column in ("train_accuracy", "valid_accuracy", "seconds"):
        np.testing.assert_allclose(curve[column], looked_at[column])
    ending = {**values, "training": {**values["training"], "epochs": 2}}
    short = run_recipe(prepared(ending), tmp_path / "short")
    for fold in (0, 1):
        done = json.loads((short / "folds" / f"{fold:02d}" / "done.json").read_text())
        assert curve["test_accuracy"][fold] == done["test_accuracy"]


def test_without_the_key_a_run_has_no_curve(prepared, tmp_path):
    out = run_recipe(prepared(SVM), tmp_path / "run")
    assert not list(out.rglob("curve.csv"))
