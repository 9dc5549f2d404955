import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.cluster import SpectralClustering
from sklearn.metrics import adjusted_rand_score

from genrelab.segmentation import spectral_clustering as sc


def blocks(sizes, within=0.9, between=0.02, seed=0):
    """Return a graph with communities of these sizes, and the truth."""
    rng = np.random.default_rng(seed)
    truth = np.repeat(np.arange(len(sizes)), sizes)
    weights = np.where(truth[:, None] == truth, within, between) * rng.uniform(
        0.5, 1, (len(truth),) * 2
    )
    weights = np.triu(weights, 1)
    return weights + weights.T, truth


def test_the_embedding_is_algorithm_3s(oracle):
    weights, _ = blocks([5, 7, 4])
    values, vectors = sc.leading_eigenvectors(sc.normalised_laplacian(weights), 3)
    theirs = oracle.spectral_embedding(weights, 3)
    ours = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    np.testing.assert_allclose(np.abs(ours), np.abs(theirs), atol=1e-9)
    assert values[0] == pytest.approx(1.0)
    assert list(values) == sorted(values, reverse=True)


@pytest.mark.parametrize("sizes", [[10, 10], [4, 9, 20], [3, 3, 3, 3, 3], [30]])
def test_communities_and_their_number_are_found(sizes):
    weights, truth = blocks(sizes)
    labels, values = sc.spectral_clusters(weights)
    np.testing.assert_array_equal(labels, truth)
    assert sc.eigengap(values) == len(sizes)


def test_agrees_with_scikit_learn_on_a_given_number():
    weights, _ = blocks([6, 9, 12], within=0.5, between=0.2, seed=3)
    theirs = SpectralClustering(3, affinity="precomputed", random_state=0).fit(weights).labels_
    ours, _ = sc.spectral_clusters(weights, 3)
    assert adjusted_rand_score(theirs, ours) == pytest.approx(1.0)


def test_separate_components_have_the_eigenvalue_1_each():
    weights, truth = blocks([4, 5, 6], between=0.0)
    labels, values = sc.spectral_clusters(weights)
    np.testing.assert_allclose(values[:3], 1.0)
    assert values[3] < 0.9
    np.testing.assert_array_equal(labels, truth)


@given(st.integers(0, 500), st.integers(2, 4), st.integers(0, 3))
@settings(max_examples=25, deadline=None)
def test_the_order_of_windows_only_renames_clusters(seed, k, start):
    weights, _ = blocks([5] * k, seed=seed)
    order = np.random.default_rng(seed).permutation(len(weights))
    labels, _ = sc.spectral_clusters(weights, k, seed=start)
    mixed, _ = sc.spectral_clusters(weights[np.ix_(order, order)], k, seed=start)
    assert adjusted_rand_score(labels[order], mixed) == pytest.approx(1.0)
    again, _ = sc.spectral_clusters(weights, k, seed=start)
    np.testing.assert_array_equal(labels, again)


def test_labels_count_up_in_order_and_small_graphs_work():
    weights, _ = blocks([3, 3])
    assert sc.spectral_clusters(weights)[0].tolist() == [0, 0, 0, 1, 1, 1]
    assert sc.spectral_clusters(np.array([[0.0, 1.0], [1.0, 0.0]]), 5)[0].max() <= 1
    assert sc.spectral_clusters(np.zeros((1, 1)))[0].tolist() == [0]
    # More clusters than different windows: as many as there are.
    labels, _ = sc.spectral_clusters(blocks([4, 4], between=0.0, within=1.0)[0], 3)
    assert labels.max() <= 2


def test_the_eigengap_looks_no_further_than_it_is_given():
    assert sc.eigengap(np.array([1.0, 0.9, 0.1])) == 2
    assert sc.eigengap(np.array([1.0])) == 1
    labels, _ = sc.spectral_clusters(blocks([4] * 6)[0], max_clusters=3)
    assert labels.max() <= 2
