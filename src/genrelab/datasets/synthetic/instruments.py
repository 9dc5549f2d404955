"""Tones and drums: how one note and one stroke sound, in whole numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from genrelab.datasets.synthetic.fixed import (
    ONE,
    PHASE_BITS,
    SAMPLE_RATE,
    TABLE_BITS,
    Dice,
    Signal,
    box,
    decay,
    pitch_to_step,
    sine_table,
)

_MASK = (1 << PHASE_BITS) - 1
_SHIFT = PHASE_BITS - TABLE_BITS
#: Partials above this (Hz) are left out, so that none folds back below half the sample rate.
_HIGHEST = 10_000


@dataclass(frozen=True)
class Tone:
    """A pitched instrument.

    Parameters
    ----------
    partials
        Strengths of the harmonics, from the first.
    bright
        Strengths of the harmonics that are there at the start of a note and then fade.
    attack, release
        Milliseconds.
    half_life
        Milliseconds in which the note falls to half; 0 is sustained.
    bright_half_life
        The same for ``bright``.
    vibrato
        Depth in cents.
    spread
        Cents to which a second, detuned voice is off; 0 is one voice.
    breath
        Percent of noise.
    """

    partials: tuple[int, ...]
    bright: tuple[int, ...] = ()
    attack: int = 5
    release: int = 60
    half_life: int = 0
    bright_half_life: int = 60
    vibrato: int = 0
    spread: int = 0
    breath: int = 0


def _saw(n: int, slope: int = 1) -> tuple[int, ...]:
    return tuple(1000 // k**slope for k in range(1, n + 1))


TONES: Mapping[str, Tone] = {
    "upright bass": Tone((100, 55, 22, 9, 4), (0, 20, 30, 20, 10), 8, 60, 260, 50),
    "electric bass": Tone((100, 70, 45, 25, 15, 8), (10, 20, 30, 30, 20), 4, 50, 600, 120),
    "tuba": Tone((100, 80, 40, 18, 8), (0, 10, 20, 20, 10), 25, 70, 0, 40),
    "piano": Tone((100, 55, 32, 22, 16, 9, 5), (0, 20, 30, 30, 30, 25, 20, 15), 3, 90, 420, 70),
    "electric piano": Tone((100, 8, 4, 14, 2, 1), (0, 0, 10, 30, 10, 5, 20), 4, 90, 520, 60),
    "nylon guitar": Tone((100, 62, 35, 22, 12, 6), (0, 20, 35, 35, 25, 15), 3, 60, 230, 45),
    "steel guitar": Tone((100, 75, 60, 45, 35, 25, 18, 12), (0, 20, 30, 40, 40, 40, 30), 2, 60,
                         190),
    "electric guitar": Tone((100, 90, 75, 55, 45, 35, 28, 20, 15), (0, 0, 30, 40, 40, 30), 4, 60,
                            900),
    "organ": Tone((100, 80, 60, 40, 5, 30, 2, 25), attack=6, release=40, vibrato=12),
    "accordion": Tone((100, 85, 72, 60, 55, 45, 38, 30, 26, 20), attack=30, release=50, spread=14),
    "strings": Tone(_saw(16), attack=70, release=160, vibrato=14, spread=18),
    "solo violin": Tone(_saw(20), attack=45, release=80, vibrato=28),
    "brass section": Tone((100, 95, 85, 70, 50, 35, 22, 14), (0, 0, 20, 40, 50, 50), 28, 70, 0, 120,
                          vibrato=6, spread=12),
    "trumpet": Tone((100, 98, 90, 72, 55, 40, 28, 18, 12), (0, 0, 20, 30, 40), 22, 60, 0, 90,
                    vibrato=12),
    "saxophone": Tone((100, 80, 75, 50, 42, 30, 20, 14), (0, 0, 20, 30), 26, 60, 0, 90,
                      vibrato=18, breath=6),
    "clarinet": Tone((100, 5, 72, 6, 45, 5, 24, 4, 12), attack=24, release=60, vibrato=5, breath=3),
    "flute": Tone((100, 34, 12, 5, 2), attack=38, release=70, vibrato=20, breath=8),
    "vibraphone": Tone((100, 2, 1, 26, 1, 1, 1, 1, 1, 8), (0, 0, 0, 20, 0, 0, 0, 0, 0, 20), 2, 120,
                       700),
}  # fmt: skip


def vary_tone(tone: Tone, dice: Dice) -> Tone:
    """Return the tone as one player's instrument has it."""

    def some(value: int, low: int, high: int) -> int:
        return value * dice.between(low, high) // 100

    # A tilt over all harmonics, and each of them a little off.
    tilt = dice.between(86, 108)
    partials, strength = [], 100_000
    for partial in tone.partials:
        partials.append(some(partial, 80, 120) * strength // 1000)
        strength = strength * tilt // 100
    return replace(
        tone,
        partials=tuple(partials),
        bright=tuple(some(b, 40, 130) for b in tone.bright),
        attack=some(tone.attack, 60, 160),
        release=some(tone.release, 70, 150),
        half_life=some(tone.half_life, 60, 160),
        bright_half_life=some(tone.bright_half_life, 60, 160),
        vibrato=some(tone.vibrato, 30, 150),
        spread=some(tone.spread, 50, 150),
        breath=some(tone.breath, 40, 160),
    )


def render_tone(tone: Tone, cents: int, length: int) -> Signal:
    """Render one note of ``length`` samples (its release comes behind them), about ``+-ONE``."""
    release = _samples(tone.release)
    n = max(1, length) + release
    step = pitch_to_step(cents)
    limit = max(1, _HIGHEST * (_MASK + 1) // (step * SAMPLE_RATE))
    phase = _phase(n, step, tone.vibrato)
    y = wave_table(tone.partials, limit)[phase >> _SHIFT]
    if tone.spread:
        other = _phase(n, pitch_to_step(cents + tone.spread), tone.vibrato)
        y = (y + wave_table(tone.partials, limit)[other >> _SHIFT]) >> 1
    if tone.half_life:
        y = y * decay(n, _samples(tone.half_life)) >> 15
    if tone.bright:
        bright = wave_table(tone.bright, limit)[phase >> _SHIFT]
        y += (bright * decay(n, _samples(tone.bright_half_life)) >> 15) * 3 // 4
    if tone.breath:
        y += _breath(n) * tone.breath // 100
    attack = min(_samples(tone.attack), n)
    y[:attack] = y[:attack] * np.arange(attack, dtype=np.int64) // attack
    y[-release:] = y[-release:] * np.arange(release, 0, -1, dtype=np.int64) // release
    sound: Signal = y
    return sound


@lru_cache(maxsize=512)
def wave_table(partials: tuple[int, ...], limit: int) -> Signal:
    """Return one turn of the first ``limit`` harmonics, peak ``ONE - 1``."""
    size = 1 << TABLE_BITS
    points = np.arange(size, dtype=np.int64)
    table = np.zeros(size, dtype=np.int64)
    for k, strength in enumerate(partials[:limit], start=1):
        table += sine_table()[points * k & (size - 1)] * strength
    peak = max(1, int(np.abs(table).max()))
    scaled: Signal = table * (ONE - 1) // peak
    return scaled


def _phase(n: int, step: int, vibrato: int) -> Signal:
    phase = np.arange(n, dtype=np.int64) * step
    if vibrato:
        rate = 5 * (_MASK + 1) // SAMPLE_RATE  # 5 Hz
        swing = np.arange(n, dtype=np.int64) * rate & _MASK
        # Phase deviation of a vibrato: cents * ln 2 / 1200 / (2 pi) turns at 1 Hz, over its rate.
        depth = step * SAMPLE_RATE // 5 * vibrato * 919 // 10_000_000
        phase += sine_table()[swing >> _SHIFT] * (depth >> 8) >> 7
    return phase & _MASK


@lru_cache(maxsize=1)
def _long_breath() -> Signal:
    return box(Dice("breath").noise(1 << 17), 3)


def _breath(n: int) -> Signal:
    return np.resize(_long_breath(), n)


def _samples(milliseconds: int) -> int:
    return max(1, milliseconds * SAMPLE_RATE // 1000)


@dataclass(frozen=True)
class Drum:
    """A struck instrument: tones that may fall in pitch, and a burst of noise.

    Parameters
    ----------
    tones
        Frequencies in Hz, alike in strength.
    half_life
        Milliseconds, of the tones.
    fall
        Percent by which the pitch is higher at the start.
    noise
        Percent of noise.
    noise_half_life, attack
        Milliseconds.
    low, high
        The noise is averaged over ``low`` samples, and what an average over ``high`` samples
        leaves is taken away: larger is darker.
    rasp
        Scrapes a second, as of a guiro; 0 is one burst.
    """

    tones: tuple[int, ...] = ()
    half_life: int = 30
    fall: int = 0
    noise: int = 0
    noise_half_life: int = 20
    attack: int = 0
    low: int = 1
    high: int = 2
    rasp: int = 0


DRUMS: Mapping[str, Drum] = {
    "kick": Drum((52,), 75, 150, noise=12, noise_half_life=4, low=4, high=32),
    "snare": Drum((185, 330), 28, 20, noise=75, noise_half_life=45, high=12),
    "clap": Drum(noise=100, noise_half_life=35, low=3, high=10),
    "rim": Drum((1700, 820), 8, noise=25, noise_half_life=4),
    "hat": Drum(noise=100, noise_half_life=14),
    "ride": Drum((3170, 4410, 5830), 90, noise=45, noise_half_life=70),
    "brush": Drum(noise=90, noise_half_life=60, attack=14, low=2, high=8),
    "cowbell": Drum((562, 845), 42, noise=8, noise_half_life=5),
    "agogo": Drum((915, 1370, 2630), 55),
    "claves": Drum((2480,), 14),
    "woodblock": Drum((1130, 1990), 16),
    "conga high": Drum((335, 610), 40, 6, noise=30, noise_half_life=8, low=2, high=10),
    "conga low": Drum((205, 390), 75, 8, noise=14, noise_half_life=8, low=3, high=16),
    "bongo": Drum((430, 760), 30, 6, noise=20, noise_half_life=6, low=2, high=10),
    "surdo": Drum((66, 112), 190, 25, noise=8, noise_half_life=10, low=6, high=40),
    "tamborim": Drum((690, 1240), 14, noise=45, noise_half_life=10, high=8),
    "tambourine": Drum((5900, 7300), 35, noise=60, noise_half_life=28),
    "shaker": Drum(noise=80, noise_half_life=18, attack=14),
    "maracas": Drum(noise=85, noise_half_life=8, attack=3),
    "guiro": Drum(noise=90, noise_half_life=70, attack=6, high=6, rasp=95),
    "triangle": Drum((4250, 6090), 220),
    "whistle": Drum((2230, 2290), 220, noise=15, noise_half_life=150, attack=10),
}


def vary_drum(drum: Drum, dice: Dice) -> Drum:
    """Return the drum as it stands in one band's kit."""
    tuning = dice.between(88, 114)
    return replace(
        drum,
        tones=tuple(t * tuning // 100 for t in drum.tones),
        half_life=max(4, drum.half_life * dice.between(65, 150) // 100),
        noise=drum.noise * dice.between(50, 140) // 100,
        noise_half_life=max(3, drum.noise_half_life * dice.between(65, 150) // 100),
        low=drum.low + dice.between(0, 2),
        high=drum.high + dice.between(0, 3),
    )


def render_drum(drum: Drum, dice: Dice) -> Signal:
    """Render one stroke, peak ``ONE - 1``."""
    longest = max(drum.half_life if drum.tones else 0, drum.noise_half_life if drum.noise else 0)
    n = _samples(9 * longest) + _samples(drum.attack)
    time = np.arange(n, dtype=np.int64)
    y = np.zeros(n, dtype=np.int64)
    fading = decay(n, _samples(drum.half_life))
    for hertz in drum.tones:
        step = hertz * (_MASK + 1) // SAMPLE_RATE
        steps = step + (decay(n, _samples(12)) * step >> 15) * drum.fall // 100
        phase = np.cumsum(steps) & _MASK if drum.fall else time * step & _MASK
        y += (sine_table()[phase >> _SHIFT] * fading >> 15) // len(drum.tones)
    if drum.noise:
        noise = box(dice.noise(n), drum.low)
        noise -= box(noise, drum.high + drum.low)
        if drum.rasp:
            noise = noise * ((time * drum.rasp * 2 // SAMPLE_RATE) & 1)
        y += (noise * decay(n, _samples(drum.noise_half_life)) >> 15) * drum.noise // 60
    attack = _samples(drum.attack) if drum.attack else 1
    y[:attack] = y[:attack] * np.arange(attack, dtype=np.int64) // attack
    peak = max(1, int(np.abs(y).max()))
    scaled: Signal = y * (ONE - 1) // peak
    return scaled
