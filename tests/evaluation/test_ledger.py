import dataclasses

import pytest

import genrelab
from genrelab.errors import RunError
from genrelab.evaluation import ledger
from genrelab.evaluation.summary import summarise

IDENTITY = {
    "model": "bbnn",
    "front_end": "log_mel",
    "seed": 0,
    "recipe_hash": "0123456789abcdef",
    "dataset_fingerprint": "d" * 16,
    "folds_fingerprint": "f" * 16,
}


@pytest.fixture(scope="module")
def row(run):
    return ledger.row_from(
        run, **IDENTITY, parameters=190_826, machine="2 CPU cores", n_resamples=500
    )


def test_a_row_comes_from_the_predictions(run, row):
    summary = summarise(run, n_resamples=500)
    accuracy = summary.scores.accuracy
    assert (row.accuracy, row.accuracy_low, row.accuracy_high) == (
        pytest.approx(accuracy.value, abs=5e-5),
        pytest.approx(accuracy.low, abs=5e-5),
        pytest.approx(accuracy.high, abs=5e-5),
    )
    assert (row.unit, row.n_units, row.n_tracks, row.n_folds) == ("artist", 40, 120, 5)
    assert (row.dataset, row.protocol) == ("made_up", "grouped_kfold")
    assert row.training_seconds == 3.0 * len(run.history)
    assert row.genrelab_version == genrelab.__version__
    assert row.accuracy_deviation == pytest.approx(
        summary.accuracy_over_folds.test.deviation, abs=5e-5
    )


def test_round_trip(tmp_path, row):
    path = tmp_path / "results" / "ledger.csv"
    assert ledger.read(path) == []
    assert ledger.append(path, row) == [row]
    assert ledger.read(path) == [row]
    before = path.read_bytes()
    ledger.append(path, row)
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == ["ledger.csv"]


def test_what_a_run_does_not_have_stays_unknown(tmp_path, make_run):
    single = make_run(history=False, n_folds=1, parts=("test",))
    row = ledger.row_from(single, **IDENTITY, n_resamples=100)
    assert (row.parameters, row.training_seconds, row.accuracy_deviation) == (None, None, None)
    assert ledger.append(tmp_path / "l.csv", row) == ledger.read(tmp_path / "l.csv") == [row]


def test_the_same_identity_is_replaced_and_others_are_kept_in_order(tmp_path, row):
    path = tmp_path / "ledger.csv"
    others = [dataclasses.replace(row, **{k: v}) for k, v in [
        ("model", "a|model, \"quoted\""), ("seed", 10), ("seed", 9), ("dataset", "a_set"),
        ("recipe_hash", "x"), ("dataset_fingerprint", "x"), ("folds_fingerprint", "x"),
        ("protocol", "kfold"), ("front_end", "mfcc"),
    ]]  # fmt: skip
    for other in others:
        ledger.append(path, other)
    better = dataclasses.replace(row, accuracy=0.9, genrelab_version="9", machine="elsewhere")
    ledger.append(path, row)
    rows = ledger.append(path, better)
    assert rows == ledger.read(path)
    assert len(rows) == len(others) + 1
    assert set(rows) == {*others, better}
    assert [r.dataset for r in rows] == ["a_set"] + ["made_up"] * 9
    seeds = [r.seed for r in rows if r.seed]
    assert seeds == [9, 10]  # as numbers, not as text
    other_way = tmp_path / "other.csv"
    for one in reversed(rows):
        ledger.append(other_way, one)
    assert other_way.read_bytes() == path.read_bytes()


def test_a_damaged_ledger_is_named_with_its_line(tmp_path, row):
    path = tmp_path / "ledger.csv"
    ledger.append(path, row)
    good = path.read_text()
    path.write_text(good.replace(str(row.accuracy), "good"))
    with pytest.raises(RunError, match="line 2: could not convert"):
        ledger.read(path)
    path.write_text(good.splitlines()[0] + "\nmade_up,kfold\n")
    with pytest.raises(RunError, match="line 2"):
        ledger.read(path)
    path.write_text("a,b\n1,2\n")
    with pytest.raises(RunError, match="no results ledger"):
        ledger.read(path)


def test_the_page_shows_sensible_digits(row):
    best = dataclasses.replace(
        row,
        model="a|b_c*<i>",
        accuracy=0.83254,
        accuracy_low=0.79,
        accuracy_high=0.87,
        accuracy_mean=0.8312,
        accuracy_deviation=0.0315,
        training_seconds=5400.0,
    )
    page = ledger.to_markdown([row, best, dataclasses.replace(row, protocol="kfold")])
    lines = page.splitlines()
    assert "make docs" in lines[0]
    assert [x for x in lines if x.startswith("## ")] == [
        "## made\\_up, grouped\\_kfold",
        "## made\\_up, kfold",
    ]
    table = [x for x in lines if x.startswith("|")]
    assert {x.replace("\\|", "").count("|") for x in table} == {14}
    assert table[2].startswith(
        "| a\\|b\\_c\\*&lt;i> | log\\_mel | 83.3 (79.0 to 87.0) | 83.1 ± 3.1 (5) | "
    )
    assert (
        "| 120 by 40 artists | 190,826 | 1.5 h, 2 CPU cores | 0 | `0123456789abcdef` |" in table[2]
    )
    assert table[3].startswith("| bbnn |")  # the best comes first


def test_an_empty_ledger_has_a_page():
    assert "No results yet" in ledger.to_markdown([])
