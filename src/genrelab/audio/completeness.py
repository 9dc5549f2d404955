"""Whether a compressed file is all there and whole, as far as it can be known."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from genrelab.errors import AudioError

#: Containers whose header counts the samples; others guess the length or leave it open.
_COUNTED = frozenset({"aiff", "ape", "au", "caf", "flac", "mov", "tta", "w64", "wav", "wv"})
#: Less than this is no cut: encoders round lengths up, and some decoders keep their last block.
_TOLERANCE_SECONDS = 0.2
_GIVE_UP_AFTER = 200


@dataclass
class Health:
    """How the packets of a file fared."""

    good: int = 0
    bad: int = 0
    last_is_bad: bool = False
    first_byte: int | None = None  # where the first packet begins
    seconds_passed: float = 0.0  # up to where packets were passed over

    def count_good(self) -> None:
        """Count a packet that decoded."""
        self.good += 1
        self.last_is_bad = False

    def count_bad(self) -> None:
        """Count a packet that did not."""
        self.bad += 1
        self.last_is_bad = True

    @property
    def hopeless(self) -> bool:
        """So much is bad that reading on would only cost time."""
        return self.bad > self.good + _GIVE_UP_AFTER


def judge_end(
    path: str, container: Any, stream: Any, seconds: float, health: Health, notes: list[str]
) -> None:
    """Note whether a file that was read to its end, after ``seconds``, ends too early."""
    promised = _promised_seconds(path, container, stream, health)
    if promised is not None and seconds < promised - _TOLERANCE_SECONDS:
        notes.append(f"the file is cut off: it has {seconds:.1f} of {promised:.1f} s.")
        health.bad -= health.last_is_bad  # the packet that the cut went through
    elif promised is not None or "mp3" in container.format.name:
        health.bad -= health.last_is_bad  # a tag behind the music
    elif "ogg" in container.format.name and not _ends_as_ogg_should(path):
        notes.append(f"the file is cut off: it breaks off at {seconds:.1f} s.")
    elif health.last_is_bad:
        notes.append(f"the file is damaged or cut off at its end, at {seconds:.1f} s.")
        health.bad -= 1


def judge_damage(health: Health, notes: list[str]) -> None:
    """Note what was left out; more than half of it is a fault."""
    if health.bad > health.good:
        raise AudioError(
            f"the file is damaged or no audio: only {health.good} of "
            f"{health.good + health.bad} pieces decode."
        )
    if health.bad > 0:
        pieces = "piece was" if health.bad == 1 else "pieces were"
        notes.append(f"the file is damaged: {health.bad} {pieces} left out.")


def _promised_seconds(path: str, container: Any, stream: Any, health: Health) -> float | None:
    """Return the length that the header states, or ``None`` where it is unknown or a guess."""
    names = set(container.format.name.split(","))
    if "matroska" in names:  # one length for all tracks: the picture may outlast the sound
        alone = len(container.streams) == 1 and container.duration
        return container.duration / 1e6 if alone else None
    if "mp3" in names:
        return _mp3_seconds(path, health.first_byte, stream.codec_context.sample_rate)
    if names & _COUNTED and stream.duration:
        return float(stream.duration * stream.time_base)
    return None


def _mp3_seconds(path: str, first_byte: int | None, rate: int) -> float | None:
    """Return the length by the Xing, Info or VBRI frame that precedes the frame at that byte.

    FFmpeg's own figure will not do: it becomes a guess where a tag follows the music.
    """
    if not first_byte or rate == 0:
        return None
    with Path(path).open("rb") as file:
        file.seek(max(0, first_byte - 2048))
        before = file.read(min(2048, first_byte))
    for mark, count_at in ((b"Xing", 8), (b"Info", 8), (b"VBRI", 14)):
        place = before.rfind(mark)
        # The mark stands behind a frame header and empty side information of 9, 17 or 32 bytes.
        for header in (place - n for n in (13, 21, 36) if n <= place):
            if before[header] == 0xFF and before[header + 1] >= 0xE0:
                samples = 1152 if before[header + 1] & 0x18 == 0x18 else 576  # MPEG-1, or 2
                count = int.from_bytes(before[place + count_at : place + count_at + 4], "big")
                # Up to three frames are the encoder's and the decoder's run-up.
                return max(0, count - 3) * samples / rate
    return None


def _ends_as_ogg_should(path: str) -> bool:
    """Tell whether the last page of an Ogg file has the end-of-stream mark (RFC 3533, 6)."""
    with Path(path).open("rb") as file:
        file.seek(0, os.SEEK_END)
        file.seek(max(0, file.tell() - 2**17))
        tail = file.read()
    page = tail.rfind(b"OggS")
    return page >= 0 and len(tail) > page + 5 and bool(tail[page + 5] & 4)
