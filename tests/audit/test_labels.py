import numpy as np
import pytest

from genrelab.audit.labels import suspicious, thresholds


def test_a_case_worked_by_hand():
    labels = ("cat", "dog")
    y = np.array([0, 0, 0, 1, 1])
    p = np.array([[0.9, 0.1], [0.8, 0.2], [0.1, 0.9], [0.2, 0.8], [0.6, 0.4]])
    # Means of the own class: (0.9 + 0.8 + 0.1) / 3 and (0.8 + 0.4) / 2.
    assert thresholds(p, y) == pytest.approx([0.6, 0.6])
    found = suspicious(list("abcde"), labels, y, p)
    # c is thought a dog at 0.9; e reaches 0.6 for cat, and 0.4 for its own label does not.
    assert [(s.track_id, s.label, s.suggested) for s in found] == [
        ("c", "cat", "dog"),
        ("e", "dog", "cat"),
    ]
    assert found[0].of_label == pytest.approx(0.1)


def test_nobody_confident_is_nobody_doubted():
    p = np.array([[0.6, 0.4], [0.6, 0.4], [0.4, 0.6]])
    assert suspicious(list("abc"), ("x", "y"), np.array([0, 0, 1]), p) == []


def test_what_cleanlab_finds():
    # find_label_issues(filter_by="confident_learning", return_indices_ranked_by="self_confidence")
    # of cleanlab 2.9.0 on these numbers.
    p = np.array(
        [
            *([0.06, 0.21, 0.73], [0.79, 0.12, 0.09], [0.28, 0.07, 0.65], [0.02, 0.12, 0.86]),
            *([0.13, 0.62, 0.25], [0.46, 0.21, 0.33], [0.62, 0.38, 0.0], [0.36, 0.27, 0.37]),
            *([0.36, 0.32, 0.32], [0.21, 0.01, 0.78], [0.48, 0.02, 0.5], [0.76, 0.05, 0.19]),
        ]
    )
    found = suspicious([str(k) for k in range(12)], ("a", "b", "c"), np.arange(12) % 3, p)
    assert [int(s.track_id) for s in found] == [3, 10, 0, 1, 11, 9, 7, 8, 5]
