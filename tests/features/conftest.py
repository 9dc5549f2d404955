"""Sounds on which front ends are compared with librosa."""

import numpy as np
import pytest

SAMPLE_RATE = 22050


def _sounds(n):
    t = np.arange(n) / SAMPLE_RATE
    rng = np.random.default_rng(0)
    clicks = np.zeros(n)
    clicks[700::4999] = 1.0
    return {
        "noise": 0.1 * rng.normal(size=n),
        "quiet noise": 1e-6 * rng.normal(size=n),
        "low sine": 0.9 * np.sin(2 * np.pi * 440 * t),
        # In single precision the transform's rounding would show in the bands below.
        "high sine": 0.9 * np.sin(2 * np.pi * 10500 * t),
        "loud and faint sine": 0.9 * np.sin(2 * np.pi * 440 * t)
        + 1e-5 * np.sin(2 * np.pi * 6000 * t),
        "sweep": 0.9 * np.sin(2 * np.pi * (100 + 1200 * t) * t),
        "square": np.sign(np.sin(2 * np.pi * 220.3 * t)),
        "silence": np.zeros(n),
        "clicks": clicks,
        "half silent": np.where(np.arange(n) < n // 2, 0.3 * rng.normal(size=n), 0),
    }


SOUNDS = {name: y.astype(np.float32) for name, y in _sounds(3 * SAMPLE_RATE + 123).items()}


@pytest.fixture(params=SOUNDS)
def sound(request):
    """About 3 s at 22,050 Hz, one kind after the other."""
    return SOUNDS[request.param]


@pytest.fixture
def noise():
    """3 s of noise at 22,050 Hz."""
    return SOUNDS["noise"]
