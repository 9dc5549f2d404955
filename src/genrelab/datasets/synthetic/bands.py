"""Bands: who plays a dance, on what, how loud, in which room, and through which recording."""

from __future__ import annotations

from dataclasses import dataclass

from genrelab.datasets.synthetic.dances import Dance
from genrelab.datasets.synthetic.fixed import ONE, SAMPLE_RATE, Dice, Signal
from genrelab.datasets.synthetic.instruments import (
    DRUMS,
    TONES,
    Tone,
    render_drum,
    vary_drum,
    vary_tone,
)
from genrelab.datasets.synthetic.score import Habits

ROLES = ("bass", "chords", "melody", "pad")
#: Percent of a band's instruments that are usual for its dance; the others are any at all. This
#: and the spread of mixes decide how far the sound of one band tells of another's dance.
USUAL = 92
_BASSES = ("upright bass", "electric bass", "tuba")
_PADS = ("strings", "organ", "accordion", "electric piano")


@dataclass(frozen=True)
class Recording:
    """What a room and a recording do to a mix.

    Parameters
    ----------
    reflections
        Delay in samples and gain (of ``ONE``) of each early reflection.
    hall
        Delay and gain of the repeating echo behind them.
    dullness
        Width of the average that takes away the treble; 1 leaves all.
    bass, treble
        Percent of what lies below about 250 Hz and above about 2 kHz.
    drive
        Percent of full scale at which the mix meets the soft limiter.
    hiss, rumble, hum
        Loudness of noise over all frequencies, of low noise and of the mains, of ``ONE``.
    mains
        Hz.
    level
        Percent of full scale of the loudest sample.
    """

    reflections: tuple[tuple[int, int], ...]
    hall: tuple[int, int]
    dullness: int
    bass: int
    treble: int
    drive: int
    hiss: int
    rumble: int
    hum: int
    mains: int
    level: int


@dataclass(frozen=True)
class Band:
    """A band that plays one dance."""

    name: str
    dance: Dance
    habits: Habits
    tones: dict[str, Tone]
    gains: dict[str, int]
    kit: dict[str, Signal]
    kit_gains: dict[str, int]
    tuning: int
    recording: Recording


def form_band(dance: Dance, number: int, *, seed: int) -> Band:
    """Form a dance's band of that number; equal seeds form equal bands."""
    dice = Dice("band", seed, dance.name, number)
    voices = sorted({voice for pattern in dance.drums for voice in pattern})
    return Band(
        name=f"{dance.name} band {number}",
        dance=dance,
        habits=Habits(
            looseness=dice.between(20, 260),
            drums=dice.chance(dance.drummer),
            pad=dice.chance(dance.pad),
            density=dice.between(90, 99),
            bass_octave=dice.choose((0, 0, 0, -1)),
            lead_octave=dice.choose((-1, 0, 0, 0)),
        ),
        tones={
            role: vary_tone(TONES[_instrument(role, dance, dice)], dice.child(role))
            for role in ROLES
        },
        gains={
            "bass": dice.between(60, 100),
            "chords": dice.between(22, 38),
            "melody": dice.between(36, 58),
            "pad": dice.between(12, 22),
            "drums": dice.between(60, 100),
        },
        kit={
            voice: render_drum(
                vary_drum(DRUMS[voice], dice.child(voice)), dice.child(voice, "noise")
            )
            for voice in voices
        },
        kit_gains={voice: dice.between(70, 110) for voice in voices},
        tuning=dice.between(-30, 30),
        recording=_recording(dice.child("recording")),
    )


def _instrument(role: str, dance: Dance, dice: Dice) -> str:
    usual = {"bass": dance.basses, "chords": dance.comps, "melody": dance.leads, "pad": _PADS}
    if role == "pad" or dice.chance(USUAL):
        return dice.choose(usual[role])
    if role == "bass":
        return dice.choose(_BASSES)
    return dice.choose([name for name in TONES if name not in _BASSES])


def _drum(voice: str, dice: Dice) -> Signal:
    return render_drum(vary_drum(DRUMS[voice], dice), dice.child("noise"))


def _recording(dice: Dice) -> Recording:
    room = dice.between(20, 100)
    return Recording(
        reflections=tuple(
            (dice.between(3, 45) * SAMPLE_RATE * room // 100_000, dice.between(-ONE // 5, ONE // 4))
            for _ in range(6)
        ),
        hall=(dice.between(40, 90) * SAMPLE_RATE // 1000, dice.between(0, ONE * 28 // 100)),
        dullness=dice.choose((1, 1, 1, 2)),
        bass=dice.between(80, 122),
        treble=dice.between(82, 125),
        drive=dice.between(70, 150),
        hiss=dice.choose((4, 8, 12, 20, 30)),
        rumble=dice.choose((0, 0, 40, 100)),
        hum=dice.choose((0, 0, 0, 40, 80)),
        mains=dice.choose((50, 60)),
        level=dice.between(60, 97),
    )
