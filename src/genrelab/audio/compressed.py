"""Everything that is no plain samples (MP3, AAC, Opus, Vorbis, FLAC, WMA, video), through FFmpeg.

PyAV's wheels carry FFmpeg's libraries. libsndfile reads MP3, FLAC and Ogg as well, but FFmpeg is
as fast or faster (three times for Opus), goes on behind a damaged place, writes nothing on the
terminal, and reads MP3 without a length header to the end, where libsndfile guesses the length
from the first bit rate and may stop at a third.

A stretch is reached by skipping packets unread, not by seeking: FFmpeg's seeks land beside the
mark in MP3, and a packet passed over costs a microsecond. Positions are exact to the sample.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genrelab.audio.content import is_uncompressed, undecodable
from genrelab.audio.mix import mix_down
from genrelab.audio.stretch import Stretch
from genrelab.errors import AudioError

#: The containers that may be opened. FFmpeg knows others that are lists of further files or
#: addresses (playlists), pictures, or subtitles: a file must not make the reader open another.
_CONTAINERS = (
    "aac,ac3,aiff,amr,ape,asf,au,avi,caf,dsf,dts,eac3,flac,flv,gsm,iff,ircam,loas,matroska,mov,"
    "mp3,mpc,mpc8,mpeg,mpegts,nistsphere,ogg,oma,rm,shorten,tak,truehd,tta,voc,w64,wav,wv,xwma"
)
#: Containers whose header counts the samples; others guess the length or leave it open.
_COUNTED = frozenset({"aiff", "ape", "au", "caf", "flac", "mov", "mp3", "tta", "w64", "wav", "wv"})
#: Codecs that decode to the same samples when they begin this far ahead of them. AAC is not one:
#: it fills bands with random noise whose state runs on from the first packet.
_SKIPPABLE = ("alac", "flac", "mp3", "opus", "vorbis")
_RUN_UP_SECONDS = 1.0
#: Less than this is no cut: encoders round lengths up, and some decoders keep their last block.
_TOLERANCE_SECONDS = 0.2
_GIVE_UP_AFTER = 200

#: FFmpeg's name of a sample format, without the "p" of one plane a channel, to NumPy's type and
#: the value that becomes 1.0.
_SAMPLE_TYPES: dict[str, tuple[str, float]] = {
    "u8": ("u1", 128.0),
    "s16": ("i2", 2.0**15),
    "s32": ("i4", 2.0**31),
    "s64": ("i8", 2.0**63),
    "flt": ("f4", 1.0),
    "dbl": ("f8", 1.0),
}


@dataclass
class _Health:
    """How the packets fared."""

    good: int = 0
    bad: int = 0
    last_is_bad: bool = False
    first_position: int | None = None  # the byte where the first packet begins
    passed: int = 0  # the sample up to which packets were passed over

    def count_good(self) -> None:
        self.good += 1
        self.last_is_bad = False

    def count_bad(self) -> None:
        self.bad += 1
        self.last_is_bad = True

    @property
    def hopeless(self) -> bool:
        return self.bad > self.good + _GIVE_UP_AFTER


def compressed_blocks(
    path: str, head: bytes, stretch: Stretch, *, block_seconds: float, notes: list[str]
) -> Iterator[tuple[NDArray[np.float32], int]]:
    """Yield ``(mono samples, sample rate)`` of the first sound track.

    Raises
    ------
    AudioError
        If nothing or less than half decodes, there is no sound, or the audio ends before the
        stretch begins.
    """
    health = _Health()
    with _open(path, head) as container:
        stream = _sound_track(container, head)
        held = _Held(stretch, block_seconds, notes)
        for position, frame in _frames(container, stream, stretch.offset, health):
            if not held.fits(frame):
                yield from held.release()
                held.begin(frame)
            if held.add(position, frame):
                yield from held.release()
                if held.complete:
                    break
        else:
            yield from held.release()
            held.end = max(held.end, health.passed)
            _judge_end(path, head, container, stream, held.seconds, health, notes)
            if held.end <= held.start:
                raise stretch.beyond(held.seconds)
        _judge_damage(health, notes)


class _Held:
    """Frames of one form, held until there are enough of them for a block.

    PyAV's own FIFO would copy each sample twice more, and does not notice when the number of
    channels changes.
    """

    def __init__(self, stretch: Stretch, block_seconds: float, notes: list[str]) -> None:
        self.rate = 0
        self.start, self.end = 0, 0  # in samples: of the stretch, of the last frame
        self.stop: float = math.inf
        self._stretch = stretch
        self._block_seconds = block_seconds
        self._notes = notes
        self._form: tuple[Any, ...] = ()
        self._frames: list[Any] = []
        self._position = 0  # of the first frame held
        self._enough = math.inf  # where to release

    @property
    def complete(self) -> bool:
        return self.end >= self.stop

    @property
    def seconds(self) -> float:
        return self.end / self.rate if self.rate else 0.0

    def fits(self, frame: Any) -> bool:
        return self._form == (frame.sample_rate, frame.format.name, frame.layout.name)

    def begin(self, frame: Any) -> None:
        if self.rate and self.rate != frame.sample_rate:
            self._notes.append(
                f"the sample rate changes from {self.rate} to {frame.sample_rate} Hz "
                f"at {self.seconds:.1f} s."
            )
        self._form = (frame.sample_rate, frame.format.name, frame.layout.name)
        self.rate = frame.sample_rate
        self.start, stop = self._stretch.samples(self.rate)
        self.stop = math.inf if stop is None else stop

    def add(self, position: int, frame: Any) -> bool:
        """Take the frame and tell whether it is time to release what is held."""
        end: int = position + frame.samples
        self.end = end
        if end <= self.start:
            return False
        if not self._frames:
            self._position = position
            self._enough = min(self.stop, position + self._block_seconds * self.rate)
        self._frames.append(frame)
        return end >= self._enough

    def release(self) -> Iterator[tuple[NDArray[np.float32], int]]:
        """Yield what is held, mixed down and within start and stop."""
        if not self._frames:
            return
        frames, self._frames = self._frames, []
        name, n_channels = frames[0].format.name, len(frames[0].layout.channels)
        dtype, full_scale = _SAMPLE_TYPES[name.removesuffix("p")]
        if frames[0].format.is_planar:
            rows = [
                np.concatenate([np.frombuffer(f.planes[k], dtype, f.samples) for f in frames])
                for k in range(n_channels)
            ]
        else:
            parts = [np.frombuffer(f.planes[0], dtype, f.samples * n_channels) for f in frames]
            rows = list(np.concatenate(parts).reshape(-1, n_channels).T)
        first = max(0, self.start - self._position)
        last = min(self.stop, self.end) - self._position
        yield mix_down(rows, full_scale)[first : int(last)], self.rate


def _open(path: str, head: bytes) -> Any:
    import av

    try:
        # "file:" keeps FFmpeg from taking a name like "http:x.mp3" for an address.
        return av.open(
            "file:" + path,
            container_options={"format_whitelist": _CONTAINERS, "protocol_whitelist": "file"},
        )
    except (av.error.FFmpegError, OSError, ValueError):
        raise undecodable(head) from None


def _sound_track(container: Any, head: bytes) -> Any:
    if container.streams.audio:
        stream = container.streams.audio[0]
        if stream.codec_context is None:
            raise AudioError("the sound in this file is coded in a way that cannot be read.")
        return stream
    if container.streams.video:
        raise AudioError("the file is a video without sound.")
    raise undecodable(head)


def _frames(
    container: Any, stream: Any, offset: float, health: _Health
) -> Iterator[tuple[int, Any]]:
    """Yield ``(position, frame)``, the position in samples at the frame's own rate.

    Packets that end well before ``offset`` seconds are passed over where that does not change
    what is decoded behind them.
    """
    import av

    rate = stream.codec_context.sample_rate
    step = Fraction(1, rate) / stream.time_base if rate and stream.time_base else Fraction(0)
    exact = step.denominator == 1 and stream.codec_context.name.startswith(_SKIPPABLE)
    ticks = step.numerator  # of the time base, a sample
    wanted = (offset - _RUN_UP_SECONDS) * rate if exact else 0.0
    origin: int | None = None  # the first sample's place in time, in ticks
    position, skipped = 0, False
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets)
            if health.first_position is None:
                health.first_position = packet.pos
            if wanted > 0 and origin is not None and packet.pts is not None:
                packet_end = packet.pts + (packet.duration or 0) - origin
                if packet_end < wanted * ticks:
                    skipped = True
                    health.passed = packet_end // ticks
                    continue
            frames = packet.decode()
        except StopIteration:
            return
        except av.error.FFmpegError:
            health.count_bad()  # where reading broke off, the next turn ends the loop
            if health.hopeless:
                return
            continue
        if frames and packet.size:  # the last, empty packet only asks for what is left
            health.count_good()
        for frame in frames:
            if frame.sample_rate != rate:
                position = position * frame.sample_rate // rate if rate else 0
                rate = frame.sample_rate
            if wanted > 0 and frame.pts is not None:
                origin = frame.pts if origin is None else origin
                if skipped:
                    position = (frame.pts - origin) // ticks
            yield position, frame
            position += frame.samples


def _judge_end(
    path: str,
    head: bytes,
    container: Any,
    stream: Any,
    seconds: float,
    health: _Health,
    notes: list[str],
) -> None:
    """Say whether the file, read to its end, is all there."""
    if health.good == 0 or health.hopeless:
        if health.bad == 0 and is_uncompressed(head):
            raise AudioError("the file has a header but no samples.")
        raise undecodable(head)
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


def _judge_damage(health: _Health, notes: list[str]) -> None:
    if health.bad > health.good:
        raise AudioError(
            f"the file is damaged or no audio: only {health.good} of "
            f"{health.good + health.bad} pieces decode."
        )
    if health.bad > 0:
        pieces = "piece was" if health.bad == 1 else "pieces were"
        notes.append(f"the file is damaged: {health.bad} {pieces} left out.")


def _promised_seconds(path: str, container: Any, stream: Any, health: _Health) -> float | None:
    """Return the length that the header states, or ``None`` where it is unknown or a guess."""
    names = set(container.format.name.split(","))
    if "matroska" in names:  # one length for all tracks: the picture may outlast the sound
        alone = len(container.streams) == 1 and container.duration
        return container.duration / 1e6 if alone else None
    if not names & _COUNTED or not stream.duration:
        return None
    if "mp3" in names and not _has_length_header(path, health.first_position):
        return None
    return float(stream.duration * stream.time_base)


def _has_length_header(path: str, first_position: int | None) -> bool:
    """Tell whether a Xing, Info or VBRI frame precedes the first MP3 frame at that byte."""
    if not first_position:
        return False
    with Path(path).open("rb") as file:
        file.seek(max(0, first_position - 2048))
        before = file.read(min(2048, first_position))
    return any(mark in before for mark in (b"Xing", b"Info", b"VBRI"))


def _ends_as_ogg_should(path: str) -> bool:
    """Tell whether the last page of an Ogg file has the end-of-stream mark (RFC 3533, 6)."""
    with Path(path).open("rb") as file:
        file.seek(0, os.SEEK_END)
        file.seek(max(0, file.tell() - 2**17))
        tail = file.read()
    page = tail.rfind(b"OggS")
    return page >= 0 and len(tail) > page + 5 and bool(tail[page + 5] & 4)
