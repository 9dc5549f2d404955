"""Music of a few seconds that is different each time: notes of several harmonics over noise."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

RATE = 22050


def play(seed: int, seconds: float = 12.0) -> NDArray[np.float32]:
    """Return notes at random times, mono at 22,050 Hz."""
    rng = np.random.default_rng(seed)
    y = 0.003 * rng.standard_normal(int(seconds * RATE))
    for start in np.sort(rng.uniform(0, seconds - 0.3, int(9 * seconds))):
        n = int(rng.uniform(0.2, 0.6) * RATE)
        t = np.arange(n) / RATE
        f = 110 * 2 ** (rng.integers(0, 36) / 12)
        note = sum(np.sin(2 * np.pi * f * h * t + h) / h for h in range(1, 6))
        at = int(start * RATE)
        y[at : at + n] += (0.05 * note * np.exp(-6 * t))[: len(y) - at]
    return y.astype(np.float32)


@pytest.fixture(scope="session")
def music() -> Callable[..., NDArray[np.float32]]:
    """Return :func:`play`; other seeds give unrelated music."""
    return play
