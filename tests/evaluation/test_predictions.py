import numpy as np
import pandas as pd
import pytest

from genrelab.errors import PredictionsError
from genrelab.evaluation.predictions import Predictions

LABELS = ("jazz", "rock")


def rows(**changes):
    arguments = {
        "dataset": "toy",
        "protocol": "holdout",
        "fold": 0,
        "part": "test",
        "track_ids": ["a", "b", "c"],
        "true_labels": ["jazz", "rock", "rock"],
        "groups": ["x", None, "y"],
        "labels": LABELS,
        "probabilities": np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8]]),
    }
    return Predictions.from_arrays(**{**arguments, **changes})


def test_truth_and_answers_are_in_label_order():
    p = rows()
    assert p.labels == LABELS
    assert p.y_true.tolist() == [0, 1, 1]
    assert p.y_pred.tolist() == [0, 0, 1]
    assert p.table["group"].tolist() == ["x", "", "y"]


def test_round_trip_keeps_every_bit(tmp_path, make_predictions):
    p = make_predictions(n_folds=3)
    p.write(tmp_path / "p.parquet")
    back = Predictions.read(tmp_path / "p.parquet")
    pd.testing.assert_frame_equal(back.table, p.table, check_exact=True)
    assert [f.name for f in tmp_path.iterdir()] == ["p.parquet"]


def test_parts_and_folds_are_picked(make_predictions):
    p = make_predictions(n_folds=3)
    assert p.folds == [0, 1, 2]
    one = p.of("test", 1)
    assert set(one.table["part"]) == {"test"}
    assert one.folds == [1]
    assert len(p.of("train").table) + len(p.of("valid").table) + len(p.of("test").table) == len(
        p.table
    )


def test_no_rows_of_a_part_is_an_empty_table():
    none = rows().of("train")
    assert none.probabilities.shape == (0, 2)
    assert none.y_true.tolist() == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"track_ids": ["a", "b", "a"]}, "predicted twice"),
        ({"true_labels": ["jazz", "rock", "polka"]}, "'polka'"),
        ({"true_labels": ["jazz", None, "polka"]}, "label 'None'|label 'nan'"),
        ({"part": "testing"}, "'testing'"),
        ({"probabilities": np.array([[0.9, 0.3], [0.6, 0.4], [0.2, 0.8]])}, "distribution"),
        ({"probabilities": np.array([[1.1, -0.1], [0.6, 0.4], [0.2, 0.8]])}, "distribution"),
        ({"probabilities": np.array([[np.nan, 0.1], [0.6, 0.4], [0.2, 0.8]])}, "distribution"),
    ],
)
def test_a_faulty_table_is_refused(changes, message):
    with pytest.raises(PredictionsError, match=message):
        rows(**changes)


def test_one_track_in_two_folds_is_allowed_but_not_with_two_labels():
    Predictions.concat([rows(), rows(fold=1)])
    with pytest.raises(PredictionsError, match="two different true labels"):
        Predictions.concat([rows(), rows(fold=1, true_labels=["rock", "rock", "rock"])])


def test_tables_of_other_labels_are_not_joined():
    other = rows(labels=("jazz", "rock", "x"), probabilities=np.full((3, 3), 1 / 3))
    with pytest.raises(PredictionsError, match="different labels"):
        Predictions.concat([rows(), other])


def test_a_missing_column_is_named():
    with pytest.raises(PredictionsError, match="'group'"):
        Predictions(rows().table.drop(columns="group"))
    with pytest.raises(PredictionsError, match="p:<label>"):
        Predictions(rows().table.drop(columns=["p:jazz", "p:rock"]))


def test_a_missing_or_damaged_file_is_one_sentence(tmp_path):
    with pytest.raises(PredictionsError, match="no such predictions table"):
        Predictions.read(tmp_path / "none.parquet")
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 this is not a table PAR1")
    with pytest.raises(PredictionsError, match="not a Parquet table"):
        Predictions.read(tmp_path / "bad.parquet")
