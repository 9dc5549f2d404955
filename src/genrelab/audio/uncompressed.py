"""Plain samples in WAV, AIFF, AU, CAF and W64, through libsndfile."""

from __future__ import annotations

import os
import re
from collections.abc import Generator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genrelab.audio.mix import mix_down
from genrelab.audio.stretch import Stretch

#: How libsndfile's log tells that a header promises more than the file has.
_PROMISES = (
    re.compile(r"(?:data|SSND|Data Size|riff)\s*:\s*(?P<told>\d+) \(should be (?P<there>\d+)\)"),
    re.compile(r"frame count (?P<there>\d+) does not match .* 'ds64' chunk of (?P<told>\d+)"),
)
#: A program that writes to a pipe cannot know the length and puts the largest number instead.
_UNKNOWN_LENGTH = 0x7FFF_0000


#: Other things that these containers may hold, ADPCM or MP3 say, are better left to FFmpeg.
_PLAIN = ("PCM_", "FLOAT", "DOUBLE", "ALAW", "ULAW")


def open_uncompressed(path: str) -> Any | None:
    """Return an open ``soundfile.SoundFile``, or ``None`` if libsndfile finds no plain samples."""
    import soundfile as sf

    try:
        # Names that are no valid Unicode pass as bytes, but Windows has none of those.
        sound = sf.SoundFile(path if os.name == "nt" else os.fsencode(path))
    except (sf.LibsndfileError, TypeError):
        return None
    if sound.frames > 0 and sound.samplerate > 0 and sound.subtype.startswith(_PLAIN):
        return sound
    sound.close()
    return None


def uncompressed_blocks(
    sound: Any, stretch: Stretch, *, block_seconds: float, notes: list[str]
) -> Generator[tuple[NDArray[np.float32], int], None, None]:
    """Yield ``(mono samples, sample rate)`` and close ``sound``."""
    import soundfile as sf

    rate, total = int(sound.samplerate), int(sound.frames)
    with sound:
        start, stop = stretch.samples(rate)
        if start >= total:
            raise stretch.beyond(total / rate)
        left = min(stop or total, total) - start
        to_the_end = left == total - start
        promised = _promised_seconds(sound) if to_the_end else None
        if promised is not None:
            notes.append(f"the file is cut off: it has {total / rate:.1f} of {promised:.1f} s.")
        sound.seek(start)
        size = max(1, round(block_seconds * rate))
        while left:
            try:
                block = sound.read(min(size, left), dtype="float32", always_2d=True)
            except sf.LibsndfileError:
                block = np.empty((0, 1), dtype=np.float32)
            if len(block) == 0:
                notes.append(
                    f"the file is damaged: it breaks off at {(total - left) / rate:.1f} s."
                )
                return
            left -= len(block)
            yield mix_down(block.T), rate


def _promised_seconds(sound: Any) -> float | None:
    """Return how long the header says the file is, where that is more than there is."""
    log = sound.extra_info
    found = next((match for pattern in _PROMISES if (match := pattern.search(log))), None)
    if found is None:
        return None
    told, there = int(found["told"]), int(found["there"])
    if told >= _UNKNOWN_LENGTH or there == 0:
        return None
    seconds = float(sound.frames / sound.samplerate)
    promised = seconds * told / there
    # A header that is wrong by a few bytes (a chunk padded or not) is no cut.
    return promised if promised > seconds + 0.1 else None
