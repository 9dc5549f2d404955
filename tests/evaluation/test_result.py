import json

import pandas as pd
import pytest

from genrelab.errors import PredictionsError, RunError
from genrelab.evaluation.predictions import Predictions
from genrelab.evaluation.result import RunResult, read_runs, units


def write(folder, run, **about):
    folder.mkdir()
    run.predictions.write(folder / "predictions.parquet")
    if run.history is not None:
        run.history.to_csv(folder / "history.csv", index=False)
    about = {"name": run.name, "grouped": run.grouped, "recipe": dict(run.recipe), **about}
    (folder / "run.json").write_text(json.dumps(about))
    return folder


def test_units_are_tracks_or_artists():
    ids, groups = ["t1", "t2", "t3", "t1"], ["x", "x", "", "x"]
    by_track = units(ids, groups, grouped=False)
    assert (by_track.of.tolist(), by_track.n, by_track.name) == ([0, 1, 2, 0], 3, "track")
    by_artist = units(ids, groups, grouped=True)
    assert (by_artist.of.tolist(), by_artist.n, by_artist.name) == ([0, 0, 1, 0], 2, "artist")
    # A track may be called what an artist is called.
    assert units(["x", "y"], ["", "x"], grouped=True).n == 2
    assert units(ids, ["", None, "", ""], grouped=True).name == "track"


def test_a_run_folder_is_read(tmp_path, run):
    found = RunResult.read(write(tmp_path / "r", run, dataset="made_up", machine="2 CPU cores"))
    assert (found.name, found.grouped, found.dataset) == ("bbnn", True, "made_up")
    assert found.recipe == run.recipe
    assert found.description == {"dataset": "made_up", "machine": "2 CPU cores"}
    pd.testing.assert_frame_equal(found.history, run.history)
    pd.testing.assert_frame_equal(found.predictions.table, run.predictions.table)


def test_history_may_be_missing_or_empty(tmp_path, make_run):
    folder = write(tmp_path / "r", make_run(history=False))
    assert RunResult.read(folder).history is None
    for nothing in ("", "\n", "fold,epoch\n"):
        (folder / "history.csv").write_text(nothing)
        assert RunResult.read(folder).history is None


def test_runs_of_one_name_are_told_apart(tmp_path, make_run):
    folders = [
        write(tmp_path / name, make_run(n)) for name, n in [("a", "x"), ("b", "x"), ("c", "y")]
    ]
    assert [r.name for r in read_runs(folders)] == [f"x ({folders[0]})", f"x ({folders[1]})", "y"]


def test_what_is_no_run_folder_is_one_sentence(tmp_path, run):
    with pytest.raises(RunError, match="no such run folder"):
        RunResult.read(tmp_path / "none")
    with pytest.raises(RunError, match=r"no run\.json"):
        RunResult.read(tmp_path)
    folder = write(tmp_path / "r", run)
    (folder / "history.csv").write_text("fold,epoch\n0,1\n")
    with pytest.raises(RunError, match="no column 'train_loss'"):
        RunResult.read(folder)
    (folder / "predictions.parquet").unlink()
    with pytest.raises(RunError, match="no predictions yet"):
        RunResult.read(folder)
    for text, message in [("{", "not JSON"), ("[]", "one JSON object")]:
        (folder / "run.json").write_text(text)
        with pytest.raises(RunError, match=message):
            RunResult.read(folder)


def test_a_run_without_tests_or_of_two_data_sets_is_refused(make_predictions):
    with pytest.raises(PredictionsError, match="no track was tested"):
        RunResult("x", make_predictions().of("train"))
    mixed = Predictions.concat(
        [make_predictions().of("test", 0), make_predictions(dataset="other").of("test", 1)]
    )
    with pytest.raises(PredictionsError, match="several datasets"):
        RunResult("x", mixed)
