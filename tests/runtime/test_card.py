"""The model card says what the bundle says, in lines that fit a terminal."""

from __future__ import annotations

from dataclasses import replace

from genrelab.features import LogMel, Windowing
from genrelab.runtime.bundle import BundleInfo
from genrelab.runtime.card import WIDTH, card_text

INFO = BundleInfo(
    model={"name": "bbnn", "blocks": 3},
    labels=("classical", "electronic", "pop", "rock"),
    front_end=LogMel().to_dict(),
    windowing=Windowing(frames=128, hop=64, pad="repeat"),
    temperature=1.234567,
    training={"dataset": "emotify", "tracks": 400, "protocol": {"name": "kfold", "folds": 5}},
    results=(
        {
            "metric": "accuracy",
            "value": 0.7525,
            "interval": [0.705, 0.799],
            "protocol": "artist-grouped 5-fold",
            "tracks": 400,
        },
    ),
    card={"Data": "Four hundred clips. " * 12, "What it cannot know": "Any other genre."},
    genrelab_version="0.1.0",
)


def test_the_card_tells_all_that_a_user_must_know() -> None:
    text = card_text(INFO)
    joined = " ".join(text.split())
    for told in (
        "classical, electronic, pop, rock",
        "Four hundred clips.",
        "dataset: emotify",
        "tracks: 400",
        "name kfold, folds 5",
        "accuracy: 75.2% (95 % interval 70.5% to 79.9%)",
        "protocol artist-grouped 5-fold",
        "Any other genre.",
        "log_mel(sample_rate=22050",
        "128 frames every 64",
        "is repeated",
        "divided by 1.235",
        "bbnn(blocks=3)",
        "genrelab 0.1.0",
    ):
        assert told in joined, told
    assert max(map(len, text.splitlines())) <= WIDTH


def test_a_bare_bundle_has_a_card_too() -> None:
    text = card_text(BundleInfo({"name": "mfcc_svm"}, ("pop", "rock"), {"name": "mfcc"}))
    assert "Nothing was measured" in text
    assert "whatever it hears" in text  # what it cannot know is never left out
    assert "The whole track at once" in text
    assert "own probabilities" in text


def test_the_card_says_that_windows_vote() -> None:
    joined = " ".join(card_text(replace(INFO, aggregate="vote", temperature=1.0)).split())
    assert "128 frames every 64, each with one vote" in joined
    assert "shares of the windows' votes" in joined
    assert "averaged" not in joined
