import numpy as np
import pytest

from genrelab.datasets.synthetic.dances import DANCES, steps
from genrelab.datasets.synthetic.fixed import SAMPLE_RATE, Dice
from genrelab.datasets.synthetic.instruments import DRUMS, TONES
from genrelab.datasets.synthetic.score import Habits, compose

STRICT = Habits(looseness=0, drums=True, pad=True, density=100)
# Bars a minute and beats a bar in which the dances are danced in competitions.
COMPETITION = {
    "cha-cha-cha": (31, 4),
    "jive": (43, 4),
    "quickstep": (51, 4),
    "rumba": (26, 4),
    "samba": (51, 2),
    "slow waltz": (29, 3),
    "tango": (32, 4),
    "viennese waltz": (59, 3),
}


def play(dance, number, habits=STRICT):
    return compose(dance, habits, Dice("test", number), n_samples=30 * SAMPLE_RATE)


def bar_seconds(score):
    """Held chords start with each bar."""
    starts = sorted({note.start for note in score.pad})
    return np.diff(starts).mean() / SAMPLE_RATE


def test_there_are_the_eight_dances():
    assert {dance.name for dance in DANCES} == set(COMPETITION)


@pytest.mark.parametrize("dance", DANCES, ids=lambda d: d.slug)
def test_tempo_and_metre(dance):
    bars_a_minute, beats = COMPETITION[dance.name]
    tempos = [60 / bar_seconds(play(dance, k)) for k in range(8)]
    assert dance.beats == beats
    assert all(tempo == pytest.approx(bars_a_minute, rel=0.12) for tempo in tempos)
    assert len({round(tempo, 2) for tempo in tempos}) > 3


@pytest.mark.parametrize(
    ("name", "allowed"), [("jive", {0, 0.667}), ("samba", {0, 0.25, 0.5, 0.75})]
)
def test_swing(name, allowed):
    dance = next(d for d in DANCES if d.name == name)
    for k in range(5):
        score = play(dance, k)
        beat = bar_seconds(score) * SAMPLE_RATE / dance.beats
        first = min(note.start for note in score.pad)
        ticking = [s for s in score.drums if s.voice in ("ride", "hat", "tambourine", "shaker")]
        places = {round((s.start - first) / beat % 1 * 24) % 24 / 24 for s in ticking}
        assert {round(place, 3) for place in places} <= allowed
        assert len(places) > 1


@pytest.mark.parametrize("dance", DANCES, ids=lambda d: d.slug)
def test_patterns_fill_whole_bars_and_name_what_there_is(dance):
    bar = dance.beats * 4
    for pattern in [*dance.bass, *dance.chords, *(p for kit in dance.drums for p in kit.values())]:
        assert len(steps(pattern)) % bar == 0 or bar % len(steps(pattern)) == 0
    for kit in dance.drums:
        assert set(kit) <= set(DRUMS)
        assert all(set(steps(p)) <= set("Xxo.") for p in kit.values())
    assert all(set(steps(p)) <= set("13568a.") for p in dance.bass)
    assert all(set(steps(p)) <= set("Xxh.") for p in dance.chords)
    assert all(set(steps(p)) <= set("n-.") for p in dance.melody)
    assert {*dance.basses, *dance.comps, *dance.leads} <= set(TONES)


@pytest.mark.parametrize("dance", DANCES, ids=lambda d: d.slug)
def test_music_fills_the_track_and_keeps_to_its_range(dance):
    for k in range(4):
        score = play(dance, k)
        for part, low, high in (
            (score.bass, 20, 62),
            (score.chords, 48, 70),
            (score.melody, 60, 84),
            (score.pad, 55, 72),
        ):
            assert min(note.start for note in part) < 2.2 * SAMPLE_RATE * 2
            assert max(note.start for note in part) > 26 * SAMPLE_RATE
            assert all(low <= note.pitch <= high for note in part)
            assert all(note.length > 0 for note in part)


def test_chords_and_bass_agree():
    for dance in DANCES:
        score = play(dance, 1)
        bars = sorted({note.start for note in score.pad})
        for start in bars[:-1]:
            chord = {note.pitch % 12 for note in score.pad if note.start == start}
            roots = [note.pitch % 12 for note in score.bass if note.start == start]
            assert len(chord) == 3
            assert set(roots) <= chord


def test_habits():
    dance = DANCES[0]
    assert not play(dance, 0, Habits(0, drums=False, pad=True, density=100)).drums
    assert not play(dance, 0, Habits(0, drums=True, pad=False, density=100)).pad
    few = play(dance, 0, Habits(0, drums=True, pad=True, density=50)).melody
    assert len(few) < 0.7 * len(play(dance, 0).melody)
    strict = play(dance, 0).bass
    loose = play(dance, 0, Habits(200, drums=True, pad=True, density=100)).bass
    off = [abs(a.start - b.start) for a, b in zip(strict, loose, strict=True)]
    assert 0 < max(off) <= 200
