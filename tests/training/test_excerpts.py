"""A recipe's segmentation: what a run sees of each track, and what it keeps."""

import numpy as np
import pytest
import soundfile

from genrelab.datasets.base import Dataset
from genrelab.errors import RecipeError, SegmentationError
from genrelab.segmentation import excerpt
from genrelab.track import Track
from genrelab.training.excerpts import cut_tracks
from genrelab.training.prepare import prepare
from genrelab.training.recipe import read_recipe, recipe_from, write_recipe

RATE = 8000


@pytest.fixture(scope="module")
def music(tmp_path_factory):
    """Tracks of 15 s: 9 s of their genre's noise, then 6 s that all share."""
    root = tmp_path_factory.mktemp("music")
    rng = np.random.default_rng(0)
    for label, smooth in (("bright", 1), ("dull", 6)):
        (root / label).mkdir()
        for n in range(6):
            noise = rng.normal(size=9 * RATE)
            own = np.convolve(noise, np.ones(smooth) / smooth, "same")
            shared = np.sin(np.arange(6 * RATE) * 0.4) + 0.01 * rng.normal(size=6 * RATE)
            soundfile.write(root / label / f"{n}.wav", 0.1 * np.concatenate([own, shared]), RATE)
    return root


def recipe(**values):
    front_end = {"name": "log_mel", "sample_rate": RATE, "n_mels": 20}
    return recipe_from({"dataset": "folder", "model": "mfcc_svm", "front_end": front_end, **values})


def test_training_and_testing_see_the_chosen_stretch(music, tmp_path):
    events = []
    made = prepare(
        recipe(segmentation="representative"), music, cache=tmp_path, listener=events.append
    )
    whole = prepare(recipe(), music, cache=tmp_path)
    for track_id in made.store.ids:
        frames, all_frames = made.store.frames(track_id), whole.store.frames(track_id)
        assert frames.shape[1] == pytest.approx(all_frames.shape[1] * 9 / 15, rel=0.06)
        np.testing.assert_allclose(
            frames[:, 1:-3], all_frames[:, 1 : frames.shape[1] - 3], atol=0.01
        )
    assert {"event": "excerpts", "done": 12, "total": 12} in events
    # The data set itself is the same: so are its fingerprint and its folds.
    assert made.dataset.fingerprint == whole.dataset.fingerprint
    assert made.folds == whole.folds


def test_what_was_found_is_found_again_without_listening(music, tmp_path, monkeypatch):
    rule = excerpt.create("representative")
    tracks = [Track("a", "x", music / "dull" / "0.wav"), Track("b", "x", music / "none.wav")]
    first = cut_tracks(tracks, rule, cache=tmp_path, workers=2)
    assert first[0].duration == pytest.approx(9, abs=0.3)
    assert first[1] == tracks[1]
    monkeypatch.setattr(type(rule), "choose", lambda *_, **__: pytest.fail("listened again"))
    assert cut_tracks(tracks, rule, cache=tmp_path) == first
    other = excerpt.create("representative", seconds=2.0)
    with pytest.raises(pytest.fail.Exception):
        cut_tracks(tracks, other, cache=tmp_path)


def test_a_track_that_cannot_be_segmented_is_named(music, tmp_path):
    rule = excerpt.create("representative", scale=1e-9)
    with pytest.raises(SegmentationError, match=r"^loner: at the scale 1e-09 no two windows"):
        cut_tracks([Track("loner", "x", music / "dull" / "0.wav")], rule, cache=tmp_path)


def test_a_recipe_says_it_and_its_fingerprint_tells(tmp_path):
    plain, cut = recipe(), recipe(segmentation={"name": "middle", "seconds": 5})
    assert plain.fingerprint != cut.fingerprint
    assert recipe(segmentation="whole") == plain
    write_recipe(cut, tmp_path / "recipe.toml")
    assert read_recipe(tmp_path / "recipe.toml") == cut
    overridden = recipe_from(cut.to_dict(), ["segmentation=representative"])
    assert overridden.segmentation == excerpt.create("representative").to_dict()
    assert overridden.segmentation["window"] == 2.0  # what is not said is written down as well
    other = recipe(segmentation={"name": "representative", "window": 3.0})
    assert other.fingerprint != overridden.fingerprint


@pytest.mark.parametrize(
    ("segmentation", "words"),
    [
        ("largest", "segmentation: there is no excerpt 'largest'"),
        ({"seconds": 3}, "segmentation needs a name"),
        ({"name": "whole", "seconds": 3}, "takes all of a track"),
        ({"name": "representative", "hop": 9.0}, "segmentation: window must be"),
    ],
)
def test_what_cannot_be_is_one_sentence(segmentation, words):
    with pytest.raises(RecipeError, match=words):
        recipe(segmentation=segmentation)


def test_arrays_cannot_be_segmented(music, monkeypatch):
    made = Dataset(name="x", labels=("a",), tracks=(Track("1", "a"),), features=music)
    monkeypatch.setattr("genrelab.training.prepare.datasets.load", lambda *_, **__: made)
    with pytest.raises(RecipeError, match="needs audio"):
        prepare(recipe(segmentation="representative"), music)
