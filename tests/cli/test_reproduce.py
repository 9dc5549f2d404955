"""`genrelab reproduce` as a person types it, on arrays that stand in for GTZAN."""

import csv
import json

import numpy as np
import pytest

from genrelab.training.reproduce import read_again
from genrelab.training.tables import read_table

TABLE = """
title = "Two models"
source = "nobody, Table 0"
protocol = "one draw"
statistic = "one draw"
dataset = "gtzan"
honest = { gtzan = { protocol = { name = "predefined", column = "fault_filtered" } } }
rows = [
  { label = "Theirs", test = 99.0 },
  { label = "Naive Bayes", recipe = "asgharivaskasi-table2-naive-bayes", test = 30.67 },
  { label = "KNN, FMA", recipe = "asgharivaskasi-table2-knn", dataset = "fma_small", test = 27.67 },
]
"""
BASE = """
dataset = { name = "arrays", title = "noise", array = "x.npy", manifest = "index.csv", rate = 10.0 }
protocol = { name = "kfold", folds = 2, group = "artist" }
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("reproduce")
    x = np.random.default_rng(0).normal(size=(40, 24, 30)).astype(np.float32)
    x[1::2, :12] += 2
    np.save(root / "x.npy", x)
    rows = ["row,track_id,label,artist"]
    rows += [f"{i},t{i},{'ab'[i % 2]},artist {i // 4}" for i in range(40)]
    (root / "index.csv").write_text("\n".join(rows))
    (root / "table.toml").write_text(TABLE)
    (root / "base.toml").write_text(BASE)
    return root


@pytest.fixture
def reproduce(genrelab, folder):
    def run(*arguments):
        done = genrelab(
            "reproduce", folder / "table.toml", "--data", f"gtzan={folder}",
            "--base", f"gtzan={folder / 'base.toml'}", "--cache", folder / "cache", *arguments,
        )  # fmt: skip
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    return run


def test_a_table_is_run_and_written_and_not_run_twice(reproduce, folder):
    out = folder / "out"
    code, said, told = reproduce("--out", out)
    assert code == 0, told
    assert told.count("fold ") == 3
    line = next(x for x in said.splitlines() if x.startswith("Naive Bayes"))
    assert "30.67" in line
    assert "noise, " in line
    assert "group=artist" in line
    assert "not run: no fma_small" in said
    assert "quoted only" in said
    lines = json.loads((out / "table.json").read_text())["lines"]
    assert [x["label"] for x in lines] == ["Theirs", "Naive Bayes", "KNN, FMA"]
    name = "asgharivaskasi-table2-naive-bayes-gtzan"
    report = json.loads((out / "runs" / name / "report.json").read_text())
    value = report["runs"][0]["scores"]["accuracy"]
    assert lines[1]["ours"]["value"]["value"] == value["value"] > 0.9
    assert lines[1]["honest"]["value"]["unit"] == "artist"
    done = out / "runs" / name / "folds" / "00" / "done.json"
    before = done.stat().st_mtime_ns
    ledger = folder / "ledger.csv"
    assert reproduce("--out", out, "--ledger", ledger)[1] == said
    assert done.stat().st_mtime_ns == before
    rows = list(csv.DictReader(ledger.read_text().splitlines()))
    assert [float(row["accuracy"]) for row in rows if "kfold" in row["protocol"]] == [
        pytest.approx(value["value"], abs=1e-4)
    ]
    assert len(rows) == 2


def test_what_was_kept_of_a_table_gives_the_same_table(reproduce, folder):
    out = folder / "out"
    reproduce("--out", out)
    found = read_again(read_table(folder / "table.toml"), out)
    (line,) = found.lines
    ran = json.loads((out / "table.json").read_text())["lines"][1]
    for ours, theirs in ((line.ours, ran["ours"]), (line.honest, ran["honest"])):
        assert ours.value.value == theirs["value"]["value"]
        assert ours.value.low == pytest.approx(theirs["value"]["low"], abs=1e-5)


def test_a_dry_run_says_what_would_be_run_and_trains_nothing(reproduce, folder):
    code, said, told = reproduce("--dry-run", "--no-honest", "--out", folder / "nothing")
    assert code == 0, told
    ours, other = said.splitlines()
    assert "1 fold of 28 tracks to train, 0 to validate, 12 to test" in ours
    assert other == "asgharivaskasi-table2-knn-fma_small: not run: no fma_small"
    assert not (folder / "nothing").exists()


def test_a_row_that_cannot_be_run_stops_no_other(reproduce, folder):
    code, said, told = reproduce(
        "--no-honest", "--set", "protocol.sede=5", "--out", folder / "faulty"
    )
    assert code == 1
    assert "Did you mean 'seed'" in told
    assert "failed" in said
    assert (folder / "faulty" / "table.html").exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--data", "gtzan"], "takes NAME=VALUE"),
        (["--rows", "Waltz"], "no label of table has Waltz"),
        (["--workers", "0"], "at least 1"),
        (["--backend", "dask"], "no backend 'dask'"),
    ],
)
def test_wrong_use_is_one_sentence(reproduce, folder, arguments, sentence):
    code, _, told = reproduce("--out", folder / "wrong", *arguments)
    assert code == 2
    assert sentence in told.splitlines()[-1]


def test_tables_are_listed(genrelab):
    said = genrelab("reproduce").stdout.decode()
    assert "lgnet2023-table1" in said
    assert "engelkes2023-figure9" in said
