"""Whole-number arithmetic and chance: the same on every machine, whatever its libraries.

Sines, exponentials and random numbers of floating-point libraries differ in their last bits
between processors and versions. Here everything from the seed to the sample is integers: Python's
own, of any length, for tables and pitches, and NumPy's int64 for signals.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Signal = NDArray[np.int64]
T = TypeVar("T")

SAMPLE_RATE = 22050
#: Bits of a phase: one turn is ``1 << PHASE_BITS``.
PHASE_BITS = 32
#: A wave table has ``1 << TABLE_BITS`` points.
TABLE_BITS = 12
#: Full scale of tables and envelopes.
ONE = 1 << 15
_BITS = 96  # of the fractions that tables are computed with
_UNIT = 1 << _BITS


class Dice:
    """Chance from SHA-256 of a key: equal keys give equal throws.

    Examples
    --------
    >>> a, b = Dice("seed", 1), Dice("seed", 1)
    >>> [a.below(6) for _ in range(5)] == [b.below(6) for _ in range(5)]
    True
    """

    def __init__(self, *key: object) -> None:
        self._key = "/".join(str(part) for part in key)
        self._thrown = 0

    def child(self, *key: object) -> Dice:
        """Return dice of their own, which do not depend on how often these were thrown."""
        return Dice(self._key, *key)

    def below(self, n: int) -> int:
        """Return a whole number from 0 to ``n - 1``."""
        self._thrown += 1
        digest = hashlib.sha256(f"{self._key}#{self._thrown}".encode()).digest()
        return int.from_bytes(digest[:8], "big") * n >> 64

    def between(self, low: int, high: int) -> int:
        """Return a whole number from ``low`` to ``high``, both included."""
        return low + self.below(high - low + 1)

    def chance(self, percent: int) -> bool:
        """Return True in so many of a hundred throws."""
        return self.below(100) < percent

    def choose(self, several: Sequence[T]) -> T:
        """Return one of several."""
        return several[self.below(len(several))]

    def noise(self, n: int) -> Signal:
        """Return ``n`` independent values, even over ``-ONE`` to ``ONE - 1``."""
        self._thrown += 1
        stream = hashlib.shake_256(f"{self._key}#{self._thrown}".encode()).digest(2 * n)
        return np.frombuffer(stream, dtype="<i2").astype(np.int64)


@lru_cache(maxsize=1)
def sine_table() -> Signal:
    """Return one turn of a sine, ``-ONE + 1`` to ``ONE - 1``."""
    size = 1 << TABLE_BITS
    step = 2 * _pi() // size
    cos_step, sin_step = _cos_sin(step)
    cos, sin = _UNIT, 0
    values = []
    for _ in range(size):
        values.append(_round(sin * (ONE - 1)))
        cos, sin = (
            (cos * cos_step - sin * sin_step) >> _BITS,
            (sin * cos_step + cos * sin_step) >> _BITS,
        )
    return np.array(values, dtype=np.int64)


def pitch_to_step(cents: int) -> int:
    """Return the phase step a sample of a pitch in cents above MIDI note 0 (8.18 Hz).

    Examples
    --------
    >>> pitch_to_step(6900) == round(440 * 2**32 / 22050)
    True
    """
    a4 = (440 << PHASE_BITS) * _UNIT // SAMPLE_RATE
    return _round(a4 * power_of_two(cents - 6900, 1200) >> _BITS)


@lru_cache(maxsize=4096)
def power_of_two(numerator: int, denominator: int) -> int:
    """Return ``2 ** (numerator / denominator)`` in units of ``1 / 2**96``."""
    whole, part = divmod(numerator, denominator)
    x = _ln2() * part // denominator
    term = total = _UNIT
    for k in range(1, 60):
        term = (term * x >> _BITS) // k
        total += term
    return total << whole if whole >= 0 else total >> -whole


@lru_cache(maxsize=256)
def decay(n: int, half_life: int) -> Signal:
    """Return ``n`` values that fall from ``ONE`` by half every ``half_life`` samples."""
    position = np.arange(n, dtype=np.int64) * 256 // half_life
    falling: Signal = _halving()[position & 255] >> np.minimum(position >> 8, 30)
    falling.flags.writeable = False
    return falling


@lru_cache(maxsize=1)
def _halving() -> Signal:
    return np.array([_round(power_of_two(-j, 256) * ONE) for j in range(256)], dtype=np.int64)


def box(x: Signal, width: int) -> Signal:
    """Return the moving average of ``width`` samples: a low-pass in whole numbers."""
    total = np.cumsum(x)
    smooth = total.copy()
    smooth[width:] -= total[:-width]
    return smooth // width


def echo(x: Signal, delay: int, gain: int) -> Signal:
    """Add the signal's own past, ``delay`` samples ago, times ``gain / ONE``, again and again."""
    y = x.copy()
    for start in range(delay, len(y), delay):
        block = y[start : start + delay]
        block += y[start - delay : start - delay + len(block)] * gain >> 15
    return y


def _round(x: int) -> int:
    return (x + (_UNIT >> 1)) >> _BITS


@lru_cache(maxsize=1)
def _ln2() -> int:
    return sum((_UNIT << 16 >> k) // k for k in range(1, _BITS + 16)) >> 16


@lru_cache(maxsize=1)
def _pi() -> int:
    # Machin: pi = 16 arctan(1/5) - 4 arctan(1/239).
    def arctan_of_one_over(n: int) -> int:
        term, total, k = (_UNIT << 16) // n, 0, 0
        while term:
            total += (-term if k % 2 else term) // (2 * k + 1)
            term //= n * n
            k += 1
        return total

    return (16 * arctan_of_one_over(5) - 4 * arctan_of_one_over(239)) >> 16


def _cos_sin(angle: int) -> tuple[int, int]:
    cos = sin = 0
    term = _UNIT
    for k in range(0, 30, 2):
        cos += term if k % 4 == 0 else -term
        term = (term * angle >> _BITS) // (k + 1)
        sin += term if k % 4 == 0 else -term
        term = (term * angle >> _BITS) // (k + 2)
    return cos, sin
