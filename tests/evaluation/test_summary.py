import dataclasses

import numpy as np
import pytest
import sklearn.metrics as oracle

from genrelab.evaluation.predictions import Predictions
from genrelab.evaluation.result import RunResult
from genrelab.evaluation.summary import N_MISTAKES, summarise


def table(fold, ids, truth, answers, *, part="test", groups=None, labels=("a", "b"), sure=0.9):
    p = np.full((len(ids), len(labels)), (1 - sure) / (len(labels) - 1))
    p[np.arange(len(ids)), [labels.index(x) for x in answers]] = sure
    return Predictions.from_arrays(
        dataset="toy",
        protocol="kfold",
        fold=fold,
        part=part,
        track_ids=ids,
        true_labels=truth,
        groups=groups or [None] * len(ids),
        labels=labels,
        probabilities=p,
    )


@pytest.fixture(scope="module")
def summary(run):
    return summarise(run, n_resamples=2000)


def test_numbers_over_all_tests_are_scikit_learns(run, summary):
    test = run.test
    y, answer, p = test.y_true, test.y_pred, test.probabilities
    scores = summary.scores
    assert scores.accuracy.value == pytest.approx(oracle.accuracy_score(y, answer))
    assert scores.balanced_accuracy.value == pytest.approx(
        oracle.balanced_accuracy_score(y, answer)
    )
    assert scores.macro_f1.value == pytest.approx(oracle.f1_score(y, answer, average="macro"))
    assert scores.log_loss.value == pytest.approx(oracle.log_loss(y, p))
    assert scores.brier.value == pytest.approx(((p - np.eye(4)[y]) ** 2).sum(1).mean())
    precision = oracle.precision_score(y, answer, average="macro")
    assert summary.macro_precision == pytest.approx(precision)
    np.testing.assert_array_equal(summary.confusion, oracle.confusion_matrix(y, answer))
    assert [g.tests for g in summary.genres] == [30] * 4
    for interval in dataclasses.astuple(scores):
        assert interval[1] < interval[0] < interval[2]


def test_intervals_go_over_artists_where_they_are_kept_apart(make_run, summary):
    assert (summary.scores.accuracy.unit, summary.scores.accuracy.n_units) == ("artist", 40)
    alone = summarise(make_run(grouped=False), n_resamples=2000).scores.accuracy
    assert (alone.unit, alone.n_units) == ("track", 120)
    together = summary.scores.accuracy
    assert together.high - together.low > alone.high - alone.low


def test_folds_and_parts(run, summary):
    one = run.predictions.of("valid", 2)
    fold = summary.folds[2]
    assert fold.valid_accuracy == pytest.approx((one.y_true == one.y_pred).mean())
    assert (fold.train_tracks, fold.valid_tracks, fold.test_tracks) == (72, 24, 24)
    tests = [f.test_accuracy for f in summary.folds]
    over = summary.accuracy_over_folds.test
    assert (over.mean, over.deviation) == (
        pytest.approx(np.mean(tests)),
        pytest.approx(np.std(tests, ddof=1)),
    )


def test_parts_that_were_not_kept_are_none(make_run):
    found = summarise(make_run(parts=("test",)), n_resamples=50)
    assert found.accuracy_over_folds.train is None
    assert found.folds[0].valid_accuracy is None


def test_row_order_does_not_matter(run, summary):
    shuffled = run.predictions.table.sample(frac=1, random_state=3).reset_index(drop=True)
    again = dataclasses.replace(run, predictions=Predictions(shuffled))
    assert repr(summarise(again, n_resamples=2000)) == repr(summary)  # to the last bit


def test_most_confident_mistakes_come_first(run, summary):
    sure = [m.confidence for m in summary.mistakes]
    assert len(sure) == N_MISTAKES
    assert sure == sorted(sure, reverse=True)
    test = run.test
    wrong = test.probabilities.max(1)[test.y_true != test.y_pred]
    assert sure[0] == wrong.max()
    assert all(m.label != m.predicted for m in summary.mistakes)
    assert all(m.track_id.startswith(m.label) for m in summary.mistakes)


def test_a_track_tested_twice_is_one_track_and_two_tests():
    ids = [f"t{i}" for i in range(20)]
    truth = ["a", "b"] * 10
    first = ["a"] * 20
    draws = Predictions.concat([table(0, ids, truth, first), table(1, ids, truth, truth)])
    found = summarise(RunResult("x", draws), n_resamples=500)
    assert (found.counts.tests, found.counts.tracks) == (40, 20)
    assert found.scores.accuracy.value == 0.75
    assert found.scores.accuracy.n_units == 20
    assert "2.0 times on average" in found.protocol_in_words
    assert "Some tracks are tested in several folds" in found.notes[0]


def test_a_leak_is_told():
    parts = [
        table(0, ["t1", "t2"], ["a", "b"], ["a", "b"], part="train", groups=["x", "y"]),
        table(0, ["t2", "t3"], ["b", "a"], ["b", "a"], groups=["y", "x"]),
    ]
    found = summarise(RunResult("x", Predictions.concat(parts), grouped=True), n_resamples=50)
    assert found.notes[0].startswith("Leak: 1 track ")
    assert found.notes[1].startswith("Leak: 2 artists ")
    apart = summarise(RunResult("x", Predictions.concat(parts)), n_resamples=50)
    assert len(apart.notes) == 1  # nobody promised to keep artists apart
    assert "may be in training and in test" in apart.protocol_in_words


def test_a_grouped_protocol_without_artists_is_told():
    found = summarise(
        RunResult("x", table(0, ["t1", "t2"], ["a", "b"], ["a", "a"]), grouped=True), n_resamples=50
    )
    assert found.scores.accuracy.unit == "track"
    assert "probably too narrow" in found.notes[0]


def test_an_absent_genre_is_left_out_and_told():
    only = table(0, ["t1", "t2", "t3"], ["a", "b", "b"], ["a", "b", "a"], labels=("a", "b", "c"))
    found = summarise(RunResult("x", only), n_resamples=50)
    assert found.genres[2].recall is None
    assert found.scores.balanced_accuracy.value == pytest.approx(0.75)
    assert "No test track is c" in found.notes[0]


def test_chance_is_the_commonest_genre():
    found = summarise(
        RunResult("x", table(0, ["t1", "t2", "t3"], ["a", "b", "b"], ["a", "b", "a"])),
        n_resamples=9,
    )
    assert found.chance == pytest.approx(2 / 3)


def test_all_right_has_an_interval():
    ids = [f"t{i}" for i in range(10)]
    found = summarise(RunResult("x", table(0, ids, ["a", "b"] * 5, ["a", "b"] * 5)), n_resamples=50)
    assert found.scores.accuracy.low == pytest.approx(0.025**0.1)
    assert found.mistakes == ()
