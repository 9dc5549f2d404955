import numpy as np
import pytest

from genrelab.datasets.synthetic.fixed import ONE, SAMPLE_RATE, Dice
from genrelab.datasets.synthetic.instruments import (
    DRUMS,
    TONES,
    Tone,
    render_drum,
    render_tone,
    vary_drum,
    vary_tone,
)


def spectrum(y):
    y = y[: 1 << 14].astype(np.float64)
    return np.abs(np.fft.rfft(y * np.hanning(len(y)))), np.fft.rfftfreq(len(y), 1 / SAMPLE_RATE)


@pytest.mark.parametrize("name", sorted(TONES))
@pytest.mark.parametrize("midi", [45, 76])
def test_tones_sound_at_their_pitch(name, midi):
    y = render_tone(TONES[name], 100 * midi, 20_000)
    power, hertz = spectrum(y)
    pitch = 440 * 2 ** ((midi - 69) / 12)
    harmonic = hertz[power.argmax()] / pitch
    assert round(harmonic) >= 1
    assert harmonic == pytest.approx(round(harmonic), rel=0.03)
    assert np.abs(y).max() < 2.2 * ONE


def test_no_partial_folds_back():
    saw = Tone(tuple(1000 // k for k in range(1, 30)), attack=1, release=1)
    y = render_tone(saw, 9600, 20_000)  # 2093 Hz: harmonics above the fourth are left out
    power, hertz = spectrum(y)
    harmonics = np.abs(hertz / 2093 - np.round(hertz / 2093)) * 2093 < 20
    assert power[~harmonics].max() < power.max() / 500
    assert power[hertz > 10_000].max() < power.max() / 500


def test_envelopes():
    y = np.abs(render_tone(Tone((100,), attack=100, release=50, half_life=200), 6900, 22050))
    peaks = [y[s : s + 441].max() for s in range(0, 22050, 441)]
    assert peaks[0] < 0.3 * peaks[4]  # a fifth of the attack, the tone hardly fallen
    assert peaks[20] == pytest.approx(peaks[10] / 2, rel=0.05)
    assert len(y) == 22050 + 1102
    assert y[-1] < 10


@pytest.mark.parametrize("name", sorted(DRUMS))
def test_drums_strike_and_fade(name):
    y = np.abs(render_drum(DRUMS[name], Dice(name)))
    assert y.max() == ONE - 1
    assert y[-200:].max() < ONE // 50
    assert y.argmax() < len(y) // 3
    assert len(y) < 2.2 * SAMPLE_RATE


def test_bands_have_instruments_of_their_own():
    tone, drum = TONES["piano"], DRUMS["snare"]
    assert vary_tone(tone, Dice(1)) == vary_tone(tone, Dice(1)) != vary_tone(tone, Dice(2))
    assert vary_drum(drum, Dice(1)) == vary_drum(drum, Dice(1)) != vary_drum(drum, Dice(2))
