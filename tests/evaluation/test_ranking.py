import dataclasses
import re

import pandas as pd
import pytest

from genrelab.evaluation import plots
from genrelab.evaluation.comparison import compare, verdict
from genrelab.evaluation.predictions import Predictions
from genrelab.evaluation.ranking import rank, ranking_figure


def with_accuracies(run, name, accuracies):
    """The run with so many right answers in each fold that its accuracy is the one given."""
    table = run.predictions.table.copy()
    columns = [c for c in table.columns if c.startswith("p:")]
    for fold, accuracy in enumerate(accuracies):
        rows = table.index[(table["part"] == "test") & (table["fold"] == fold)]
        for k, row in enumerate(rows):
            right = k < round(accuracy * len(rows))
            truth = f"p:{table.at[row, 'label']}"
            named = truth if right else next(c for c in columns if c != truth)
            table.loc[row, columns] = 0.1
            table.loc[row, named] = 1 - 0.1 * (len(columns) - 1)
    return dataclasses.replace(run, name=name, predictions=Predictions(table), history=None)


def repeated(run, times):
    """The same folds again, as a published split that is trained several times."""
    table = run.predictions.table
    n = table["fold"].nunique()
    again = [table.assign(fold=table["fold"] + k * n) for k in range(times)]
    return dataclasses.replace(run, predictions=Predictions(pd.concat(again, ignore_index=True)))


@pytest.fixture(scope="module")
def runs(run):
    # 24 test tracks a fold. Ranks by fold: a 1 1 1 1 1, b 2 2.5 2 2 3, c 3 2.5 3 3 2.
    table = {
        "c": (12, 15, 10, 11, 14),
        "a": (20, 21, 19, 18, 22),
        "b": (15, 15, 14, 13, 12),
    }
    return [with_accuracies(run, k, [n / 24 for n in right]) for k, right in table.items()]


def test_runs_on_common_folds_are_ranked(runs):
    (found,) = rank(runs)
    assert found.runs == ("a", "b", "c")
    assert found.ranks == pytest.approx((1.0, 2.3, 2.7))
    assert found.folds == 5
    # 2.3437 * sqrt(3 * 4 / 30) = 1.4823: a stands before c, and b is told from neither.
    assert found.critical_difference == pytest.approx(1.4823, abs=1e-4)
    # chi^2 = 5 * (1 + 5.29 + 7.29 - 12) = 7.9; F = 4 * 7.9 / (10 - 7.9) = 15.05, p = 0.0019.
    assert found.friedman_p == pytest.approx(0.0019, abs=1e-4)
    assert found.cliques == (("a", "b"), ("b", "c"))
    assert found.sentence == (
        "Mean ranks over 5 folds are a 1.00, b 2.30 and c 2.70 (Friedman test, p = 0.002); "
        "1.48 apart, as Nemenyi's test asks, stand a before c."
    )


def test_repeats_of_a_fold_are_no_folds(runs):
    assert rank([repeated(r, 3) for r in runs])[0].folds == 5
    assert rank([repeated(runs[0], 2), *runs[1:]]) == rank([repeated(r, 3) for r in runs])
    pair = [repeated(r, 2) for r in runs[:2]]
    (found,) = compare(pair, n_resamples=50)
    assert found.paired.over_folds.difference.n_units == 5


def test_what_cannot_be_ranked_is_left_out(runs, make_run):
    assert rank(runs[:2]) == []
    assert rank([*runs[:2], make_run("other folds", seed=3)]) == []
    one_fold = [
        dataclasses.replace(r, predictions=Predictions(r.predictions.table.query("fold == 0")))
        for r in runs
    ]
    assert rank(one_fold) == []


def test_alike_runs_are_one_group(run):
    alike = [dataclasses.replace(run, name=name) for name in "abcd"]
    (found,) = rank(alike)
    assert found.friedman_p == 1.0
    assert found.cliques == (("a", "b", "c", "d"),)
    assert "no run is told from another" in found.sentence


def test_the_test_over_folds_stands_beside_the_tracks(runs):
    c, a, b = runs
    first, second, third = compare([a, b, c], n_resamples=500)
    test = first.paired.over_folds
    assert test.difference.value == pytest.approx(31 / 120)  # 5, 6, 5, 5 and 10 of 24 tracks
    assert test.test_to_train == pytest.approx(24 / 72)
    # s^2 = 18.8 / 4 / 24^2; t = (31 / 120) / sqrt((1/5 + 1/3) s^2) = 3.916, 4 degrees of freedom.
    assert test.p == pytest.approx(0.0173, abs=1e-4)
    assert test.stands
    assert test.adjusted_p == pytest.approx(2 * test.p)
    assert "It stands over 5 folds as well (corrected t-test, p = " in first.sentence
    assert not third.paired.over_folds.stands
    assert "So it may over 5 folds" in third.sentence
    assert verdict([first, second, third]) == ("Of 3 differences 2 stand: a before b; a before c.")
    assert verdict([third, third]) == "None of 2 differences stands: each may be chance."
    assert verdict([first]) == ""


def test_without_training_rows_or_common_folds_there_is_no_such_test(runs, make_run):
    bare = [
        dataclasses.replace(r, predictions=Predictions(r.predictions.table.query("part == 'test'")))
        for r in runs[:2]
    ]
    assert compare(bare, n_resamples=50)[0].paired.over_folds is None
    other = make_run("other", seed=3)
    assert compare([runs[0], other], n_resamples=50)[0].paired.over_folds is None


def test_the_picture_puts_names_at_their_ranks_and_joins_what_is_alike(runs):
    (found,) = rank(runs)
    figure = ranking_figure(found)
    (axes,) = figure.axes
    words = [t.get_text() for t in axes.texts]
    assert {"1", "2", "3", "a  1.00", "b  2.30", "c  2.70", "critical difference 1.48"} == set(
        words
    )
    bars = [line.get_xdata() for line in axes.lines if line.get_linewidth() > 4]
    assert [tuple(bar) for bar in bars] == [
        pytest.approx((1.0, 2.3), abs=0.05),
        pytest.approx((2.3, 2.7), abs=0.05),
    ]
    (reach,) = (line.get_xdata() for line in axes.lines if line.get_marker() == "|")
    assert reach[1] - reach[0] == pytest.approx(found.critical_difference)
    assert re.search(r">a {1,2}1\.00<", plots.to_svg(figure, name="x", description="x"))
