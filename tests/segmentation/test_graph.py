import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import pdist, squareform

from genrelab.segmentation.graph import adjacency, multidimensional_scaling


def some_distances(n=9, seed=0, scale=1.0):
    points = np.random.default_rng(seed).standard_normal((n, 2)) * scale
    return squareform(pdist(points)), points


def test_at_scale_1_it_is_the_papers_equation_5(oracle):
    s, _ = some_distances()
    np.testing.assert_allclose(adjacency(s, 1.0), oracle.adjacency_matrix(s))
    np.testing.assert_allclose(adjacency(s, 2.0), oracle.adjacency_matrix(s / 2.0))


def test_the_local_scale_by_hand():
    # On a line at 0, 1, 3: the nearest neighbours are 1, 1 and 2 away.
    s = np.abs(np.subtract.outer([0.0, 1, 3], [0.0, 1, 3]))
    weights = adjacency(s, "local", neighbour=1)
    assert weights[0, 1] == pytest.approx(np.exp(-1 / (1 * 1)))
    assert weights[1, 2] == pytest.approx(np.exp(-4 / (1 * 2)))
    assert weights[0, 2] == pytest.approx(np.exp(-9 / (1 * 2)))


@given(st.integers(0, 1000), st.floats(1, 1e3), st.integers(2, 14))
@settings(max_examples=30, deadline=None)
def test_the_local_scale_does_not_depend_on_the_unit_above_chance(seed, unit, n):
    s, _ = some_distances(n, seed)
    s = s / s[s > 0].min()
    weights = adjacency(s)
    np.testing.assert_allclose(weights, adjacency(unit * s), rtol=1e-6, atol=1e-12)
    np.testing.assert_array_equal(weights, weights.T)
    assert not weights.diagonal().any()
    assert ((weights >= 0) & (weights <= 1)).all()
    assert weights.any(axis=1).all()  # every window has an edge


def test_differences_that_chance_makes_are_no_structure():
    s, _ = some_distances(20, scale=1e-3)
    assert (adjacency(s) + np.eye(20)).min() > 0.99


def test_equal_windows_and_a_single_one_are_no_trouble():
    np.testing.assert_allclose(adjacency(np.zeros((3, 3))), 1 - np.eye(3))
    np.testing.assert_array_equal(adjacency(np.zeros((1, 1))), [[0.0]])


@pytest.mark.parametrize("scale", [0.0, -1.0, "global"])
def test_other_scales_raise(scale):
    with pytest.raises(ValueError, match="scale"):
        adjacency(np.zeros((2, 2)), scale)


def test_scaling_of_points_in_a_plane_keeps_their_distances():
    s, _ = some_distances(12)
    places = multidimensional_scaling(s)
    np.testing.assert_allclose(squareform(pdist(places)), s, atol=1e-9)
    assert places.shape == (12, 2)
    assert (places[np.abs(places).argmax(axis=0), [0, 1]] > 0).all()
    assert multidimensional_scaling(np.zeros((1, 1))).shape == (1, 2)
