from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genrelab.segmentation.parts import (
    SILENT,
    Part,
    boundaries,
    labels_to_parts,
    representative,
    smooth,
)


def test_without_overlap_windows_are_what_algorithm_4_says(oracle):
    labels = np.array([0, 0, 1, 2, 2, 0])
    edges = boundaries(np.arange(6) * 2.0, 2.0, 12.0)
    np.testing.assert_allclose(edges, np.arange(7) * 2.0)
    parts = labels_to_parts(labels, edges)
    of_samples = oracle.labels_of_samples(1200, 6, labels)
    ours = np.concatenate([np.full(round(100 * p.duration), p.label) for p in parts])
    np.testing.assert_array_equal(ours, of_samples)


def test_overlapping_windows_meet_between_their_centres():
    np.testing.assert_allclose(
        boundaries(np.array([0.0, 1, 2, 2.6]), 2.0, 4.7), [0, 1.5, 2.5, 3.3, 4.7]
    )


@given(st.lists(st.integers(-1, 3), min_size=1, max_size=30), st.floats(0, 5))
@settings(max_examples=60, deadline=None)
def test_parts_tile_the_track_and_neighbours_differ(labels, shortest):
    n = len(labels)
    edges = boundaries(np.arange(n) * 1.0, 2.0, n + 1.3)
    rng = np.random.default_rng(n)
    distances = rng.random((n, n))
    smoothed = smooth(np.array(labels), edges, distances + distances.T, shortest)
    parts = labels_to_parts(smoothed, edges)
    assert (parts[0].start, parts[-1].end) == (0.0, n + 1.3)
    for one, other in pairwise(parts):
        assert one.end == other.start
        assert one.label != other.label
    np.testing.assert_array_equal(smoothed == SILENT, np.array(labels) == SILENT)
    for k, p in enumerate(parts):
        heard = [q for q in parts[max(0, k - 1) : k + 2] if q.label != SILENT and q is not p]
        assert p.label == SILENT or p.duration >= shortest - 1e-9 or not heard


def test_a_stray_window_goes_to_the_nearer_neighbour():
    labels = np.array([0, 0, 0, 2, 1, 1, 1])
    edges = np.arange(8.0)
    distances = np.ones((7, 7))
    distances[3, 4:] = distances[4:, 3] = 0.1
    assert smooth(labels, edges, distances, 2.0).tolist() == [0, 0, 0, 1, 1, 1, 1]
    distances[3, :3] = distances[:3, 3] = 0.05
    assert smooth(labels, edges, distances, 2.0).tolist() == [0, 0, 0, 0, 1, 1, 1]
    assert smooth(labels, edges, distances, 1.0).tolist() == labels.tolist()


def test_silence_neither_gives_nor_takes():
    labels = np.array([SILENT, 0, 0, 0, SILENT, 1, SILENT])
    assert smooth(labels, np.arange(8.0), np.ones((7, 7)), 3.0).tolist() == labels.tolist()


def test_the_representative_part_is_the_longest_run_of_the_largest_cluster():
    parts = [Part(0, 9, 0), Part(9, 15, 1), Part(15, 16, 2), Part(16, 21, 1), Part(21, 60, SILENT)]
    assert representative(parts) == parts[1]
    assert representative([Part(0, 9, 0), *parts[1:]]) == parts[1]
    assert representative(parts[4:]) == parts[4]
    alike = [Part(0.0, 0.3, 0), Part(0.3, 0.6, 1), Part(0.6, 0.9, 0), Part(0.9, 1.2, 1)]
    assert representative(alike) == alike[0]


@pytest.mark.parametrize(
    ("label", "letter"), [(0, "A"), (25, "Z"), (26, "AA"), (SILENT, "silence")]
)
def test_letters(label, letter):
    assert Part(0, 1, label).letter == letter
