"""The audit as a whole, on a small folder with planted faults."""

import json

import numpy as np
import pandas as pd
import pytest
import soundfile as sf

from genrelab import protocols
from genrelab.audit.check import audit, doubted_labels, read_folds
from genrelab.audit.leaks import find_leaks
from genrelab.audit.page import write_audit
from genrelab.audit.relatives import Relation, families
from genrelab.datasets import load
from genrelab.datasets.base import Dataset
from genrelab.errors import RunError
from genrelab.evaluation.predictions import Predictions
from genrelab.evaluation.result import RunResult
from genrelab.features import FeatureStore, Precomputed
from genrelab.protocols import Fold
from genrelab.track import Track

RATE = 22050


@pytest.fixture(scope="module")
def root(tmp_path_factory, music, encode):
    """Four pieces of two classes, relatives of two, a silent and a broken file."""
    root = tmp_path_factory.mktemp("set") / "<set>"
    for label in ("jazz", "rock"):
        (root / label).mkdir(parents=True)
    pieces = {"jazz/a": music(11), "jazz/b": music(12), "rock/c": music(13), "rock/d": music(14)}
    for name, y in pieces.items():
        sf.write(root / f"{name}.wav", y, RATE)
    y, rate = sf.read(root / "jazz/a.wav", dtype="int16")
    sf.write(root / "jazz/a same.aiff", y, rate)
    encode(root / "rock/a mp3.mp3", pieces["jazz/a"][None], RATE,
           container="mp3", codec="libmp3lame", bit_rate=48_000)  # fmt: skip
    noisy = pieces["rock/c"][round(2.345 * RATE) :] / 4
    noisy = noisy + np.random.default_rng(0).normal(size=len(noisy)) * noisy.std() / 10
    sf.write(root / "rock/c late.flac", noisy, RATE)
    sf.write(root / "rock/silent.wav", np.zeros(5 * RATE), RATE)
    (root / "rock/words.mp3").write_text("these are words")
    return root


@pytest.fixture(scope="module")
def found(root):
    dataset = load("folder", root)
    train = ("jazz/a same.aiff", "jazz/b.wav", "rock/c.wav", "rock/d.wav")
    fold = Fold(0, train, (), ("jazz/a.wav", "rock/c late.flac", "rock/silent.wav"))
    return audit(dataset, splits={"mine": [fold]}, workers=2)


def test_copies_are_found_and_nothing_else(found):
    pairs = {(r.first, r.second): r for r in found.relations}
    assert set(pairs) == {
        ("jazz/a same.aiff", "jazz/a.wav"),
        ("jazz/a same.aiff", "rock/a mp3.mp3"),
        ("rock/c late.flac", "rock/c.wav"),
    }
    assert pairs["jazz/a same.aiff", "jazz/a.wav"].kind == "same samples"
    late = pairs["rock/c late.flac", "rock/c.wav"]
    assert late.kind == "same recording"
    # The later excerpt is the first: the whole begins before it.
    assert late.offset == pytest.approx(-2.345, abs=0.03)
    assert late.overlap == pytest.approx(12 - 2.345, abs=0.05)
    assert late.similarity > 0.95


def test_labels_that_contradict_each_other(found):
    family = ("jazz/a same.aiff", "jazz/a.wav", "rock/a mp3.mp3")
    assert found.contradictions == (family,)
    reasons = {e.track_id: e.reason for e in found.exclusions}
    assert set(reasons) == {*family, "rock/c late.flac", "rock/silent.wav", "rock/words.mp3"}
    assert "several labels" in reasons["jazz/a.wav"]
    assert reasons["rock/c late.flac"] == "the same recording as rock/c.wav"


def test_what_the_split_lets_through(found):
    (leak,) = found.leaks
    assert (leak.tests, leak.with_relative, leak.with_artist) == (3, 2, 0)
    assert leak.pairs == (
        (0, "jazz/a.wav", "jazz/a same.aiff"),
        (0, "rock/c late.flac", "rock/c.wav"),
    )


def test_faults(found):
    kinds = {f.track_id: f.kind for f in found.faults if f.kind != "unusual length"}
    assert kinds == {"rock/silent.wav": "silent", "rock/words.mp3": "unreadable"}


def test_the_files_and_the_list_that_a_recipe_takes(found, root, tmp_path):
    written = write_audit(tmp_path, found)
    page = written.page.read_text("utf-8")
    assert "&lt;set&gt;" in page
    assert "<set>" not in page
    assert "<script" not in page
    assert "http" not in page.replace("http-equiv", "")
    numbers = json.loads(written.numbers.read_text("utf-8"))
    assert len(numbers["relations"]) == 3
    assert numbers["leaks"][0]["folds"][0]["with_relative"] == 2
    left = load("folder", root, exclude=written.exclusions)
    assert [t.id for t in left.tracks] == ["jazz/b.wav", "rock/c.wav", "rock/d.wav"]
    assert left.problems == ()
    assert audit(left).exclusions == ()


def test_artists_on_both_sides():
    tracks = [
        Track("1", "x", group="Ann"), Track("2", "x", group="Ann"), Track("3", "x", group="Bob"),
        Track("4", "x"), Track("5", "x"), Track("6", "x", group="Ann"),
    ]  # fmt: skip
    folds = [Fold(0, ("1", "4"), ("3",), ("2", "5", "6")), Fold(1, ("1", "2", "6"), (), ("3", "4"))]
    leak = find_leaks("mine", folds, tracks, {"4": 0, "5": 0, "1": 1, "2": 1})
    assert [(f.with_artist, f.artists, f.with_relative) for f in leak.folds] == [
        (2, 1, 2),
        (0, 0, 0),
    ]
    assert {pair[:2] for pair in leak.pairs} == {(0, "2"), (0, "5")}


def test_grouped_folds_leak_no_artist():
    tracks = tuple(Track(str(k), "ab"[k % 2], group=str(k % 14)) for k in range(70))
    dataset = Dataset("toy", ("a", "b"), tracks)
    grouped = find_leaks(
        "g", protocols.folds(dataset, "kfold", folds=5, group="artist"), tracks, {}
    )
    random = find_leaks("r", protocols.folds(dataset, "kfold", folds=5), tracks, {})
    assert grouped.with_artist == 0
    assert random.with_artist > 60


def test_shared_sounds_make_no_family():
    assert families([Relation("a", "b", "shared sounds", 0.0, 9.0, 20, 0.4)]) == []


def test_arrays_are_looked_at(tmp_path):
    rng = np.random.default_rng(0)
    pictures = {f"t{k}": rng.integers(0, 255, (64, 300)).astype(np.uint8) for k in range(6)}
    pictures["t6"] = pictures["t0"].copy()
    blurred = pictures["t1"][:, 20:] + rng.normal(0, 5, (64, 280))
    pictures["t7"] = np.clip(blurred, 0, 255).astype(np.uint8)
    pictures["t8"] = np.full((64, 300), 7, np.uint8)
    front_end = Precomputed(n_frame_bins=64, rate=10.0)
    store = FeatureStore.write(tmp_path / "store", pictures.items(), front_end=front_end)
    tracks = tuple(Track(i, "x") for i in pictures)
    found = audit(Dataset("arrays", ("x",), tracks, features=store.folder))
    assert [(r.first, r.second, r.kind, r.offset) for r in found.relations] == [
        ("t0", "t6", "same samples", 0.0),
        ("t1", "t7", "same recording", 2.0),
    ]
    assert {f.track_id: f.kind for f in found.faults} == {"t8": "damaged", "t7": "unusual length"}


def test_several_tests_of_a_track_are_averaged():
    ids = ["1", "2", "3", "1", "2", "3"]
    p = np.array([[0.9, 0.1], [0.2, 0.8], [0.3, 0.7], [0.7, 0.3], [0.4, 0.6], [0.1, 0.9]])
    table = pd.DataFrame(
        {"dataset": "d", "protocol": "p", "fold": [0, 0, 0, 1, 1, 1], "part": "test",
         "track_id": ids, "group": "", "label": ["a", "b", "a"] * 2,
         "p:a": p[:, 0], "p:b": p[:, 1]}
    )  # fmt: skip
    run = RunResult("run", Predictions(table))
    dataset = Dataset("d", ("a", "b"), (Track("1", "a"), Track("2", "b"), Track("3", "a")))
    (doubt,) = doubted_labels(dataset, run)
    assert (doubt.track_id, doubt.suggested) == ("3", "b")
    assert doubt.of_label == pytest.approx(0.2)
    assert doubt.of_suggested == pytest.approx(0.8)
    with pytest.raises(RunError, match="tested no track"):
        doubted_labels(Dataset("e", ("a",), (Track("9", "a"),)), run)


def test_folds_of_a_run(tmp_path):
    listed = [{"index": 0, "train": ["a"], "valid": [], "test": ["b"]}]
    (tmp_path / "folds.json").write_text(json.dumps(listed))
    assert read_folds(tmp_path) == [Fold(0, ("a",), (), ("b",))]
    (tmp_path / "folds.json").write_text("[1]")
    with pytest.raises(RunError, match="damaged"):
        read_folds(tmp_path)
