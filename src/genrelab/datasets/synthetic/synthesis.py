"""From a score and a band to samples: play, mix, room, recording."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from genrelab.datasets.synthetic.bands import Band, Recording
from genrelab.datasets.synthetic.fixed import (
    ONE,
    PHASE_BITS,
    SAMPLE_RATE,
    TABLE_BITS,
    Dice,
    Signal,
    box,
    echo,
    sine_table,
)
from genrelab.datasets.synthetic.instruments import Tone, render_tone
from genrelab.datasets.synthetic.score import Note, Score, Stroke

_BASS_WIDTH = 44  # an average over so many samples leaves what lies below about 250 Hz
_TREBLE_WIDTH = 5  # and over so many, what lies below about 2 kHz


def perform(score: Score, band: Band, dice: Dice, *, n_samples: int) -> NDArray[np.int16]:
    """Return what the band's recording of the score sounds like: ``(n_samples,)`` int16."""
    mix = np.zeros(n_samples, dtype=np.int64)
    parts = {
        "bass": score.bass,
        "chords": score.chords,
        "melody": score.melody,
        "pad": score.pad,
    }
    for role, notes in parts.items():
        _play(mix, notes, band.tones[role], gain=band.gains[role], tuning=band.tuning)
    _drum(mix, score.drums, band)
    return _record(mix, band.recording, dice)


def _play(mix: Signal, notes: Iterable[Note], tone: Tone, *, gain: int, tuning: int) -> None:
    rendered: dict[tuple[int, int], Signal] = {}
    for note in notes:
        # Notes whose lengths differ by less than a millisecond are one and the same to the ear.
        key = (note.pitch, note.length >> 4)
        if key not in rendered:
            rendered[key] = render_tone(tone, 100 * note.pitch + tuning, key[1] << 4)
        _add(mix, rendered[key], note.start, note.loudness * gain)


def _drum(mix: Signal, strokes: Iterable[Stroke], band: Band) -> None:
    for stroke in strokes:
        gain = stroke.loudness * band.kit_gains[stroke.voice] * band.gains["drums"] // 100
        _add(mix, band.kit[stroke.voice], stroke.start, gain)


def _add(mix: Signal, sound: Signal, start: int, gain: int) -> None:
    """Add a sound to the mix at ``start``; ``gain`` is of 10,000."""
    first, last = max(0, start), min(len(mix), start + len(sound))
    if first < last:
        mix[first:last] += sound[first - start : last - start] * gain // 10_000


def _record(mix: Signal, recording: Recording, dice: Dice) -> NDArray[np.int16]:
    wet = mix.copy()
    for delay, gain in recording.reflections:
        if 0 < delay < len(mix):
            wet[delay:] += mix[:-delay] * gain >> 15
    wet = echo(wet, *recording.hall)
    y = _equalise(wet, recording)
    y = _scale(y, ONE - 1) * recording.drive // 100
    y = np.clip(y, 1 - ONE, ONE - 1)
    y = (3 * y - ((y * y >> 15) * y >> 15)) >> 1
    y = _scale(y, ONE - 1) + _noise(len(y), recording, dice)
    return _scale(y, (ONE - 1) * recording.level // 100).astype(np.int16)


def _equalise(x: Signal, recording: Recording) -> Signal:
    low = box(box(x, _BASS_WIDTH), _BASS_WIDTH)
    middle = box(x, _TREBLE_WIDTH)
    y = x * recording.treble + middle * (100 - recording.treble) + low * (recording.bass - 100)
    return box(y // 100, recording.dullness)


def _noise(n: int, recording: Recording, dice: Dice) -> Signal:
    noise: Signal = dice.noise(n) * recording.hiss >> 15
    if recording.rumble:
        noise += box(box(dice.noise(n), 120), 120) * recording.rumble >> 11
    if recording.hum:
        step = recording.mains * (1 << PHASE_BITS) // SAMPLE_RATE
        phase = np.arange(n, dtype=np.int64) * step
        for harmonic in (1, 2, 3):
            turn = (phase * harmonic & ((1 << PHASE_BITS) - 1)) >> (PHASE_BITS - TABLE_BITS)
            noise += (sine_table()[turn] * recording.hum >> 15) // harmonic
    return noise


def _scale(x: Signal, peak: int) -> Signal:
    """Scale so that the largest absolute value is ``peak``."""
    largest = max(1, int(np.abs(x).max()))
    scaled: Signal = x * peak // largest
    return scaled
