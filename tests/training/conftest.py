"""Tiny data that can be learned: noise, noise that beats in time, noise with bands."""

from itertools import count

import numpy as np
import pytest

from genrelab.features import FeatureStore, Precomputed
from genrelab.training.examples import Examples

BINS, CLASSES = 16, 3


def texture(label, frames, rng):
    x = rng.normal(size=(BINS, frames)).astype(np.float32)
    if label == 1:
        x += 2 * np.sin(2 * np.pi * np.arange(frames, dtype=np.float32) / 8)
    if label == 2:
        x += 2 * np.sin(2 * np.pi * np.arange(BINS, dtype=np.float32) / 8)[:, None]
    return x


@pytest.fixture
def front_end():
    return Precomputed(n_frame_bins=BINS, rate=10.0)


@pytest.fixture
def make_examples(tmp_path, front_end):
    """Return a function that makes examples of ``n`` tracks; lengths vary a little."""

    stores = count()

    def make(n, seed=0, frames=40):
        rng = np.random.default_rng(seed)
        y = np.arange(n) % CLASSES
        arrays = {
            f"t{seed}-{i}": texture(label, frames + int(rng.integers(0, 7)), rng)
            for i, label in enumerate(y)
        }
        store = FeatureStore.write(
            tmp_path / f"store{next(stores)}", arrays.items(), front_end=front_end
        )
        return Examples(store, front_end, tuple(arrays), y)

    return make
