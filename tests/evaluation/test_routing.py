"""Shares of experts, worked by hand."""

import math

import pandas as pd
import pytest

from genrelab.errors import RunError
from genrelab.evaluation.result import DIAGNOSTICS_COLUMNS, RunResult
from genrelab.evaluation.routing import routing_figure, routings

LABELS = ("jazz", "pop", "rock")
ROWS = [
    (0, "test", "jazz", "expert", 0, 6),
    (0, "test", "jazz", "expert", 1, 2),
    (0, "test", "pop", "expert", 0, 0),
    (0, "test", "pop", "expert", 1, 4),
    (1, "test", "jazz", "expert", 0, 5),
    (1, "test", "jazz", "expert", 1, 0),
    (0, "train", "pop", "expert", 0, 1),
    (0, "train", "pop", "expert", 1, 1),
]


def table(rows):
    return pd.DataFrame(rows, columns=list(DIAGNOSTICS_COLUMNS))


def test_shares_of_all_inputs_and_of_each_genre():
    found = routings(table(ROWS), LABELS)
    assert [(r.fold, r.part) for r in found] == [(0, "train"), (0, "test"), (1, "test")]
    train, test, other = found
    assert (test.inputs, test.shares) == (12, (0.5, 0.5))
    assert test.by_genre == ((0.75, 0.25), (0.0, 1.0), None)
    assert train.shares == (0.5, 0.5)
    assert other.shares == (1.0, 0.0)


def test_the_effective_number_counts_equally_used_ways():
    _, test, other = routings(table(ROWS), LABELS)
    assert test.effective == pytest.approx(2)
    assert other.effective == pytest.approx(1)  # one takes all
    uneven = table([(0, "test", "pop", "expert", k, n) for k, n in enumerate((1, 3))])
    entropy = -0.25 * math.log(0.25) - 0.75 * math.log(0.75)
    assert routings(uneven, LABELS)[0].effective == pytest.approx(math.exp(entropy))


def test_models_with_one_way_have_none(make_run):
    assert routings(None, LABELS) == ()


def test_the_bars_are_the_shares():
    tested = [r for r in routings(table(ROWS), LABELS) if r.part == "test"]
    figure = routing_figure(LABELS, tested)
    first, second = figure.axes[:2]
    assert [axes.get_title(loc="left") for axes in (first, second)] == ["fold 0", "fold 1"]
    widths = [bar.get_width() for bar in first.patches]
    assert widths == [0.75, 0.0, 0.0, 0.25, 1.0, 0.0]  # a way after the other, genres in order
    assert [bar.get_x() for bar in first.patches][3:5] == [0.75, 0.0]


def test_sixteen_ways_of_ten_folds_can_be_drawn():
    rows = [
        (f, "test", g, "expert", w, f + w) for f in range(10) for g in LABELS for w in range(16)
    ]
    figure = routing_figure(LABELS, routings(table(rows), LABELS))
    assert len([axes for axes in figure.axes if axes.get_visible()]) == 6
    assert len(figure.legends[0].get_texts()) == 16


def test_a_table_without_its_columns(make_run, run):
    with pytest.raises(RunError, match="diagnostics have no column 'way'"):
        RunResult("x", run.predictions, diagnostics=table(ROWS).drop(columns="way"))
