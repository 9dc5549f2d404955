"""What the tests of the segmentation share: the oracle, and soundtracks whose parts are known."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import scipy.signal


@pytest.fixture(scope="session")
def oracle():
    """Return the line-by-line algorithms of the paper."""
    path = Path(__file__).with_name("oracle.py")
    spec = importlib.util.spec_from_file_location("oracle", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def resonances(*places):
    """Return the coefficients of an all-pole filter with these poles: radius and turns a sample."""
    poles = [r * np.exp(2j * np.pi * f * sign) for r, f in places for sign in (1, -1)]
    return np.real(np.poly(poles))


#: Three sounds with different spectra.
SOUNDS = {
    "A": resonances((0.95, 0.03), (0.9, 0.2)),
    "B": resonances((0.97, 0.1), (0.8, 0.35)),
    "C": resonances((0.9, 0.4), (0.95, 0.25)),
}


def soundtrack(form, seconds, sample_rate, *, seed=0, sounds=SOUNDS):
    """Return a soundtrack of autoregressive parts ``(n,)`` and each sample's letter."""
    rng = np.random.default_rng(seed)
    n = round(seconds * sample_rate)
    parts = []
    for letter in form:
        y = scipy.signal.lfilter([1.0], sounds[letter], rng.standard_normal(n + 500))[500:]
        parts.append(0.1 * y / y.std())
    return np.concatenate(parts).astype(np.float32), np.repeat(list(form), n)


@pytest.fixture(scope="session")
def compose():
    """Return :func:`soundtrack`."""
    return soundtrack


def letters_at(parts, times):
    """Return the letter of the part that each time is in."""
    edges = np.array([p.start for p in parts])
    return np.array([p.letter for p in parts])[np.searchsorted(edges, times, side="right") - 1]


@pytest.fixture(scope="session")
def at():
    """Return :func:`letters_at`."""
    return letters_at
