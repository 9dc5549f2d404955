import dataclasses

import numpy as np
import pytest

from genrelab.errors import PredictionsError
from genrelab.evaluation.comparison import compare
from genrelab.evaluation.predictions import Predictions
from genrelab.evaluation.result import RunResult
from genrelab.evaluation.statistics import mcnemar_exact


def answers(name, right, *, folds=(0,), artists=None, grouped=False, sure=0.8, **changes):
    """A run of two genres; ``right`` is a 0/1 list a fold."""
    right = np.atleast_2d(right)
    tables = []
    for fold, row in zip(folds, right, strict=True):
        truth = np.arange(len(row)) % 2
        answer = np.where(row, truth, 1 - truth)
        p = np.full((len(row), 2), 1 - sure)
        p[np.arange(len(row)), answer] = sure
        tables.append(
            Predictions.from_arrays(
                **{
                    "dataset": "toy",
                    "protocol": "kfold",
                    "fold": fold,
                    "part": "test",
                    "track_ids": [f"t{i:03}" for i in range(len(row))],
                    "true_labels": ["ab"[k] for k in truth],
                    "groups": artists or [None] * len(row),
                    "labels": ("a", "b"),
                    "probabilities": p,
                    **changes,
                }
            )
        )
    return RunResult(name, Predictions.concat(tables), grouped=grouped)


def only(runs, **options):
    (found,) = compare(runs, n_resamples=2000, **options)
    return found


def test_worked_example():
    # 60 tracks: 30 both right, 16 only the first, 6 only the second, 8 both wrong.
    first = answers("one", [1] * 46 + [0] * 14)
    second = answers("two", [1] * 30 + [0] * 16 + [1] * 6 + [0] * 8)
    found = only([first, second])
    p = found.paired
    assert (p.only_first, p.only_second, found.tracks) == (16, 6, 60)
    assert p.mcnemar_p == pytest.approx(mcnemar_exact(16, 6))
    assert p.sign_flip_p == pytest.approx(p.mcnemar_p, abs=0.02)
    assert (p.first_accuracy, p.second_accuracy) == (pytest.approx(46 / 60), pytest.approx(36 / 60))
    assert p.difference.value == pytest.approx(10 / 60)
    # The textbook interval of a paired difference.
    half = 1.96 * np.sqrt(22 - 100 / 60) / 60
    assert p.difference.low == pytest.approx(10 / 60 - half, abs=0.02)
    assert p.difference.high == pytest.approx(10 / 60 + half, abs=0.02)


def test_order_only_turns_the_sign():
    a, b = answers("one", [1] * 40 + [0] * 20), answers("two", [0] * 15 + [1] * 30 + [0] * 15)
    there, back = only([a, b]), only([b, a])
    assert there.paired.difference.value == -back.paired.difference.value
    assert there.paired.sign_flip_p == back.paired.sign_flip_p
    assert there.paired.only_first == back.paired.only_second
    assert there.sentence.startswith("one is ahead of two by 16.7 points (95 % interval +")
    assert back.sentence.startswith("one is ahead of two by 16.7 points (95 % interval +")


def test_a_difference_that_stands_over_tracks_may_not_over_artists():
    first, second = [1] * 60, [0] * 20 + [1] * 40
    artists = ["one band"] * 20 + [f"band {i}" for i in range(40)]
    alone = only([answers("x", first), answers("y", second)])
    assert alone.paired.stands
    assert "the difference stands (p < 0.001)" in alone.sentence
    both = [
        answers("x", first, artists=artists, grouped=True),
        answers("y", second, artists=artists),
    ]
    together = only(both)
    assert together.paired.difference.unit == "artist"
    assert together.paired.sign_flip_p == 1.0
    assert not together.paired.stands
    assert "that may be chance (p = 1.000)" in together.sentence


def test_tracks_tested_several_times_count_once():
    # Ten tracks, three draws: the first run is right in two of three, the second always.
    first = answers("x", [[0] * 10, [1] * 10, [1] * 10], folds=(0, 1, 2))
    found = only([first, answers("y", [1] * 10)])
    assert found.tracks == 10
    assert found.paired.first_accuracy == pytest.approx(2 / 3)
    # Mean probability decides which of the two was right: here both.
    assert (found.paired.only_first, found.paired.only_second) == (0, 0)
    assert found.paired.sign_flip_p == pytest.approx(2 / 2**10)


def test_only_common_tracks_are_compared(make_run):
    whole = make_run("whole")
    part = dataclasses.replace(
        make_run("part", model_seed=5), predictions=whole.predictions.of("test", 1)
    )
    found = only([whole, part])
    assert found.tracks == 24
    assert found.paired.difference.value == 0
    assert found.sentence.startswith("whole and part name equally many of the 24 common tracks")


def test_label_order_does_not_matter():
    a = answers("x", [1, 1, 0, 1, 0, 1])
    table = a.predictions.table
    turned = Predictions(table[[*table.columns[:-2], "p:b", "p:a"]])
    b = dataclasses.replace(a, name="y", predictions=turned)
    found = only([a, b])
    assert (found.paired.only_first, found.paired.only_second) == (0, 0)
    assert found.paired.difference.value == 0


def test_p_values_are_adjusted_for_all_pairs():
    runs = [
        answers("x", [1] * 40),
        answers("y", [1] * 31 + [0] * 9),
        answers("z", [1] * 30 + [0] * 10),
    ]
    found = compare(runs)
    xy, xz, yz = (c.paired for c in found)
    assert xz.adjusted_p == pytest.approx(3 * xz.sign_flip_p)
    assert xy.adjusted_p == pytest.approx(max(2 * xy.sign_flip_p, xz.adjusted_p))
    assert yz.adjusted_p == 1.0
    assert "adjusted for 3 pairs" in found[0].sentence


def test_what_cannot_be_paired_is_said():
    a = answers("x", [1, 0])
    other = answers("y", [1, 0], dataset="another")
    elsewhere = answers("z", [1, 0], track_ids=["u", "v"])
    found = compare([a, other, elsewhere])
    assert all(c.paired is None for c in found)
    assert "different data sets (toy, another)" in found[0].sentence
    assert found[1].sentence == "x and z have no test track in common."


def test_differing_protocols_are_said():
    found = only([answers("x", [1, 0]), answers("y", [0, 0], protocol="holdout")])
    assert "The protocols differ (kfold, holdout)" in found.sentence


def test_differing_truth_is_refused():
    with pytest.raises(PredictionsError, match="true label of 't000'"):
        only([answers("x", [1, 0]), answers("y", [1, 0], true_labels=["b", "b"])])
