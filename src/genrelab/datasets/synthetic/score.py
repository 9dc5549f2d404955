"""Composing: from a dance, a band's habits and dice to notes and strokes in time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from genrelab.datasets.synthetic.dances import STEPS_PER_BEAT, Dance, steps
from genrelab.datasets.synthetic.fixed import SAMPLE_RATE, Dice

MAJOR = (0, 2, 4, 5, 7, 9, 11)
MINOR = (0, 2, 3, 5, 7, 8, 10)
_STROKES = {"X": 100, "x": 72, "h": 72, "o": 38}
_TICKS = 12  # in a beat
_PHRASE = 8  # bars; the last of each has a fill


@dataclass(frozen=True)
class Note:
    """A tone: start and length in samples, MIDI pitch, and loudness of 100."""

    start: int
    length: int
    pitch: int
    loudness: int


@dataclass(frozen=True)
class Stroke:
    """A stroke on a drum: its voice, start in samples, and loudness of 100."""

    voice: str
    start: int
    loudness: int


@dataclass
class Score:
    """What is played: notes of each role, and strokes."""

    bass: list[Note] = field(default_factory=list)
    chords: list[Note] = field(default_factory=list)
    melody: list[Note] = field(default_factory=list)
    pad: list[Note] = field(default_factory=list)
    drums: list[Stroke] = field(default_factory=list)


@dataclass(frozen=True)
class Habits:
    """How a band plays, whatever it plays.

    Parameters
    ----------
    looseness
        Largest deviation from the beat, in samples.
    drums, pad
        Whether it has drums, and held chords in the background.
    density
        Percent of strokes and melody notes that are played.
    bass_octave, lead_octave
        Added to the usual octaves.
    """

    looseness: int
    drums: bool
    pad: bool
    density: int
    bass_octave: int = 0
    lead_octave: int = 0


def compose(dance: Dance, habits: Habits, dice: Dice, *, n_samples: int) -> Score:
    """Compose one track of ``n_samples`` samples."""
    return _Composer(dance, habits, dice, n_samples).compose()


class _Composer:
    def __init__(self, dance: Dance, habits: Habits, dice: Dice, n_samples: int) -> None:
        self.dance, self.habits, self.dice, self.n_samples = dance, habits, dice, n_samples
        low, high = dance.tempo
        # Tenths of a beat a minute; a tick's length is kept to 1/256 of a sample.
        tempo = dice.between(10 * low, 10 * high)
        self.tick = SAMPLE_RATE * 60 * 10 * 256 // (tempo * _TICKS)
        self.bar_steps = dance.beats * STEPS_PER_BEAT
        bar = self.tick * dance.beats * _TICKS >> 8
        # An excerpt starts anywhere in a bar.
        self.origin = -dice.below(bar)
        self.bars = (n_samples - self.origin) // bar + 1
        self.minor = dice.chance(dance.minor)
        self.tonic = dice.between(-5, 6)
        progression = dice.choose(dance.progressions)
        self.degrees = [progression[b % len(progression)] - 1 for b in range(self.bars + 1)]

    def compose(self) -> Score:
        score = Score()
        self._drums(score)
        self._bass(score)
        self._chords(score)
        self._melody(score)
        return score

    # Time and pitch ----------------------------------------------------------------------------

    def _sample(self, bar: int, step: int) -> int:
        """Return when a step of a bar is, swung, in samples."""
        beat, part = divmod(step, STEPS_PER_BEAT)
        swing = self.dance.swing
        half = _TICKS // 2
        tick = part * _TICKS // STEPS_PER_BEAT
        tick = (
            tick * swing // half if tick <= half else swing + (tick - half) * (12 - swing) // half
        )
        ticks = (bar * self.dance.beats + beat) * _TICKS + tick
        return self.origin + (ticks * self.tick >> 8)

    def _loose(self) -> int:
        return self.dice.between(-self.habits.looseness, self.habits.looseness)

    def _pitch(self, degree: int) -> int:
        """Return semitones above the tonic's MIDI 60 of a degree of the scale, 0 the tonic."""
        octave, step = divmod(degree, 7)
        scale = MINOR if self.minor else MAJOR
        return self.tonic + 12 * octave + scale[step]

    def _triad(self, bar: int) -> list[int]:
        root = self.degrees[bar]
        triad = [self._pitch(root), self._pitch(root + 2), self._pitch(root + 4)]
        if self.minor and root == 4:
            triad[1] += 1  # the dominant is major in minor, too
        return triad

    def _events(self, pattern: str) -> Iterator[tuple[int, int, str, int]]:
        """Yield bar, step, character and steps to the next event of a pattern played throughout."""
        line = steps(pattern)
        events = [
            (s, line[s % len(line)])
            for s in range(self.bars * self.bar_steps)
            if line[s % len(line)] not in ".-"
        ]
        ends = [s for s, _ in events[1:]] + [self.bars * self.bar_steps]
        for (s, character), end in zip(events, ends, strict=True):
            bar, step = divmod(s, self.bar_steps)
            yield bar, step, character, end - s

    # Parts -------------------------------------------------------------------------------------

    def _drums(self, score: Score) -> None:
        if not self.habits.drums:
            return
        dice = self.dice.child("drums")
        for voice, pattern in dice.choose(self.dance.drums).items():
            if not dice.chance(self.habits.density):
                continue
            for bar, step, stroke, _ in self._events(pattern):
                fill = bar % _PHRASE == _PHRASE - 1 and step >= self.bar_steps - STEPS_PER_BEAT
                if fill and voice in ("snare", "conga low", "bongo", "tamborim"):
                    continue
                loudness = _STROKES[stroke] + dice.between(-8, 8)
                start = self._sample(bar, step) + self._loose()
                score.drums.append(Stroke(voice, start, loudness))
        self._fills(score, dice)

    def _fills(self, score: Score, dice: Dice) -> None:
        voices = [
            v
            for v in ("snare", "conga low", "bongo", "tamborim")
            if any(stroke.voice == v for stroke in score.drums)
        ]
        if not voices:
            return
        for bar in range(_PHRASE - 1, self.bars, _PHRASE):
            for step in range(self.bar_steps - STEPS_PER_BEAT, self.bar_steps):
                if dice.chance(70):
                    start = self._sample(bar, step) + self._loose()
                    score.drums.append(Stroke(dice.choose(voices), start, dice.between(50, 95)))

    def _bass(self, score: Score) -> None:
        dice = self.dice.child("bass")
        low = 36 + 12 * self.habits.bass_octave
        short = dice.between(55, 100)
        for bar, step, degree, steps_to_next in self._events(dice.choose(self.dance.bass)):
            if degree == "a":
                pitch = self._triad(bar + 1)[0] - 1
            else:
                root, third, fifth = self._triad(bar)
                pitch = {"1": root, "3": third, "5": fifth, "6": root + 9, "8": root + 12}[degree]
            start, length = self._span(bar, step, steps_to_next)
            loudness = 90 + dice.between(-8, 8)
            score.bass.append(Note(start, length * short // 100, low + pitch, loudness))

    def _chords(self, score: Score) -> None:
        dice = self.dice.child("chords")
        middle = 55 + dice.between(0, 7)
        short = dice.between(35, 80)
        for bar, step, stroke, steps_to_next in self._events(dice.choose(self.dance.chords)):
            start, length = self._span(bar, step, min(steps_to_next, self.bar_steps))
            if stroke != "h":
                length = min(length, self.tick * 9 >> 8) * short // 100
            loudness = _STROKES[stroke] + dice.between(-8, 8)
            for pitch in self._triad(bar):
                # The inversion that lies nearest to the middle: chords follow each other smoothly.
                voiced = middle + (pitch - middle + 6) % 12 - 6
                score.chords.append(Note(start, length, voiced, loudness))
        if self.habits.pad:
            for bar in range(self.bars):
                start, length = self._span(bar, 0, self.bar_steps)
                for pitch in self._triad(bar):
                    voiced = 64 + (pitch - 64 + 6) % 12 - 6
                    score.pad.append(Note(start, length, voiced, 60))

    def _melody(self, score: Score) -> None:
        """Write two motifs, A and B, and play them A A B A over the chords."""
        dice = self.dice.child("melody")
        motifs = [self._motif(dice.child(k)) for k in range(2)]
        middle = 72 + 12 * self.habits.lead_octave
        for bar in range(self.bars):
            if not dice.chance(90):
                continue  # a bar to breathe
            motif = motifs[1 if bar // 2 % 4 == 2 else 0][bar % 2]
            root = self.degrees[bar]
            for step, length, degree in motif:
                if not dice.chance(self.habits.density):
                    continue
                # On a beat a tone of the chord, off the beat any tone of the scale.
                place = root + (degree // 2 * 2 if step % STEPS_PER_BEAT == 0 else degree)
                pitch = self._pitch(place)
                while pitch + 60 > middle + 10:
                    pitch -= 12
                while pitch + 60 < middle - 10:
                    pitch += 12
                start, samples = self._span(bar, step, length)
                loudness = 80 + dice.between(-12, 12)
                score.melody.append(Note(start, samples * 92 // 100, 60 + pitch, loudness))

    def _motif(self, dice: Dice) -> list[list[tuple[int, int, int]]]:
        """Return two bars of (step, length in steps, degree above the chord's root)."""
        bars = []
        degree = dice.choose((0, 2, 4))
        for _ in range(2):
            line = steps(dice.choose(self.dance.melody))
            line = (line * self.bar_steps)[: self.bar_steps]
            bar = []
            for step, character in enumerate(line):
                if character != "n":
                    continue
                length = 1
                while step + length < len(line) and line[step + length] == "-":
                    length += 1
                degree = max(-3, min(9, degree + dice.between(-2, 2)))
                bar.append((step, length, degree))
            bars.append(bar)
        return bars

    def _span(self, bar: int, step: int, length: int) -> tuple[int, int]:
        start = self._sample(bar, step)
        last_bar, last_step = divmod(step + length, self.bar_steps)
        end = self._sample(bar + last_bar, last_step)
        return start + self._loose(), end - start
