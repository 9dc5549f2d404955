"""The paper's numbers beside ours: values worked by hand, and what a reader is shown."""

import json

import numpy as np
import pandas as pd
import pytest

from genrelab.evaluation.beside import Beside, Line, cells, measure, to_text, write_beside
from genrelab.evaluation.predictions import Predictions
from genrelab.evaluation.result import RunResult

LABELS = ("polka", "waltz")
#: True and given label of each test, fold by fold.
TESTS = {
    0: ["pp", "pp", "pw", "ww", "ww"],
    1: ["pp", "ww", "ww", "ww", "wp"],
}
VALID = {0: ["pp", "pw"], 1: ["ww", "ww"]}


def part(name, fold, pairs):
    label = {"p": "polka", "w": "waltz"}
    return Predictions.from_arrays(
        dataset="dances",
        protocol="kfold (folds=2)",
        fold=fold,
        part=name,
        track_ids=[f"{name}{fold}{k}" for k in range(len(pairs))],
        true_labels=[label[t] for t, _ in pairs],
        groups=[f"artist {fold}{k // 2}" for k in range(len(pairs))],
        labels=LABELS,
        probabilities=np.array([[0.9, 0.1] if a == "p" else [0.1, 0.9] for _, a in pairs]),
    )


def make_run(grouped=False):
    parts = [part("test", k, pairs) for k, pairs in TESTS.items()]
    parts += [part("valid", k, pairs) for k, pairs in VALID.items()]
    return RunResult("toy", Predictions.concat(parts), grouped=grouped)


@pytest.mark.parametrize(
    ("name", "genre", "value", "by_fold"),
    [
        ("test", "", 8 / 10, (4 / 5, 4 / 5)),
        ("validation", "", 3 / 4, (1 / 2, 1)),
        # Polka: 3 of 4 found, 4 named so; waltz: 5 of 6 found, 6 named so.
        ("precision", "polka", 3 / 4, (1, 1 / 2)),
        ("recall", "polka", 3 / 4, (2 / 3, 1)),
        ("recall", "waltz", 5 / 6, (1, 3 / 4)),
        ("f1", "polka", 2 * 3 / (4 + 4), (2 * 2 / (3 + 2), 2 * 1 / (1 + 2))),
        ("recall", "", (3 / 4 + 5 / 6) / 2, ((2 / 3 + 1) / 2, (1 + 3 / 4) / 2)),
        ("precision", "", (3 / 4 + 5 / 6) / 2, ((1 + 2 / 3) / 2, (1 / 2 + 1) / 2)),
    ],
)
def test_measures_by_hand(name, genre, value, by_fold):
    found = measure(make_run(), name, genre=genre, n_resamples=500)
    assert found.value.value == pytest.approx(value)
    assert found.over_folds.mean == pytest.approx(np.mean(by_fold))
    assert found.over_folds.deviation == pytest.approx(np.std(by_fold, ddof=1))
    assert found.best_fold == pytest.approx(max(by_fold))
    assert found.value.low < value < found.value.high


def test_the_curve_is_averaged_over_epochs_and_then_folds():
    curve = pd.DataFrame(
        {"fold": [0, 0, 1, 1], "epoch": [5, 10, 5, 10], "test_accuracy": [0.5, 0.7, 0.9, 0.9]}
    )
    found = measure(make_run(), "curve", curve=curve)
    assert found.value.value == pytest.approx(0.75)
    assert found.value.low is None
    assert found.best_fold == pytest.approx(0.9)


def test_what_a_run_does_not_have_is_nothing():
    assert measure(make_run(), "curve") is None
    assert measure(make_run(), "recall", genre="tango") is None
    tests_alone = RunResult("toy", make_run().test)
    assert measure(tests_alone, "validation") is None


def test_where_artists_are_kept_apart_they_are_what_chance_acts_on():
    found = measure(make_run(grouped=True), "test", n_resamples=500)
    assert (found.value.unit, found.value.n_units) == ("artist", 6)


@pytest.fixture
def table():
    ours = measure(make_run(), "test", n_resamples=500)
    honest = measure(make_run(grouped=True), "recall", genre="polka", n_resamples=500)
    return Beside(
        name="toy-table1",
        title="Dances <told>",
        source="toy, Table 1",
        protocol="ten draws",
        statistic="the best of them",
        best=True,
        notes=("A note.",),
        lines=(
            Line("Old", "test accuracy", 85.4, why_not="quoted only"),
            Line("New | best", "test accuracy", 93.94, ours, honest),
            Line("Curve", "test accuracy", None, ours, why_not_honest="not run: no dances"),
        ),
    )


def test_lines_as_they_are_shown(table):
    old, new, curve = (cells(table, line) for line in table.lines)
    none = "–"
    assert old == ["Old", "test accuracy", "85.4", "quoted only", *[none] * 6]
    low, high = (100 * b for b in (table.lines[1].ours.value.low, table.lines[1].ours.value.high))
    assert new[2:7] == [
        "93.94", f"80.0 ({low:.1f} to {high:.1f})", "80.0 ± 0.0", "80.0", "dances, kfold (folds=2)",
    ]  # fmt: skip
    assert new[7].startswith("75.0 (")
    assert new[9] == "kfold (folds=2)"
    assert (curve[2], curve[7]) == (none, "not run: no dances")
    words = to_text(table)
    assert "The paper's protocol: ten draws. Its numbers: the best of them." in words
    assert "worth" in words  # what the best fold is not
    assert words.endswith("A note.")


def test_the_three_files_say_the_same(table, tmp_path):
    page = write_beside(tmp_path / "out", table).read_text(encoding="utf-8")
    assert "Dances &lt;told&gt;" in page
    assert "Whole artists are drawn" in page
    found = json.loads((tmp_path / "out" / "table.json").read_text(encoding="utf-8"))
    assert found["lines"][1]["ours"]["value"]["value"] == 0.8
    assert found["lines"][2]["paper"] is None
    markdown = (tmp_path / "out" / "table.md").read_text(encoding="utf-8").splitlines()
    rows = [line for line in markdown if line.startswith("|")]
    assert len(rows) == 5
    assert "New \\| best" in rows[3]
    for row in (cells(table, line) for line in table.lines):
        assert all(cell in page for cell in row)
