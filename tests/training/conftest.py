"""Tiny data that can be learned: classes differ in which bins are loud."""

import numpy as np
import pytest
from genrelab.features import FeatureStore, Precomputed
from genrelab.training.examples import Examples

BINS, CLASSES = 16, 3


def loud_bins(label, frames, rng):
    x = rng.normal(size=(BINS, frames)).astype(np.float32)
    x[label * 5 : label * 5 + 5] += 2.0
    return x


@pytest.fixture
def front_end():
    return Precomputed(n_frame_bins=BINS, rate=10.0)


@pytest.fixture
def make_examples(tmp_path, front_end):
    """Return a function that makes examples of ``n`` tracks; lengths vary a little."""

    def make(n, seed=0, frames=40):
        rng = np.random.default_rng(seed)
        y = np.arange(n) % CLASSES
        arrays = {
            f"t{seed}-{i}": loud_bins(label, frames + int(rng.integers(0, 7)), rng)
            for i, label in enumerate(y)
        }
        store = FeatureStore.write(tmp_path / f"store{seed}", arrays, front_end)
        return Examples(store, front_end, tuple(arrays), y)

    return make
