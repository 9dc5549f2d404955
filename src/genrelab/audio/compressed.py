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
from collections.abc import Callable, Generator, Iterator, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genrelab.audio.completeness import Health, judge_damage, judge_end
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
#: Codecs that decode to the same samples when they begin this far ahead of them. AAC is not one:
#: it fills bands with random noise whose state runs on from the first packet.
_SKIPPABLE = ("alac", "flac", "mp3", "opus", "vorbis")
_RUN_UP_SECONDS = 1.0
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


#: What makes samples ``(n,)`` or ``(n, channels)`` of a decoder's channels and its full scale.
Mix = Callable[[Sequence[NDArray[Any]], float], NDArray[Any]]


def compressed_blocks(
    path: str,
    head: bytes,
    stretch: Stretch,
    *,
    block_seconds: float,
    notes: list[str],
    mix: Mix = mix_down,
) -> Generator[tuple[NDArray[Any], int], None, None]:
    """Yield ``(samples, sample rate)`` of the first sound track; ``path`` is absolute.

    Samples are float32 mono unless another ``mix`` makes them.

    Raises
    ------
    AudioError
        If nothing or less than half decodes, there is no sound, or the audio ends before the
        stretch begins.
    """
    health = Health()
    with _open(path, head) as container:
        stream = _sound_track(container, head)
        held = _Held(stretch, block_seconds, notes, mix)
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
            seconds = max(held.seconds, health.seconds_passed)
            if seconds == 0:
                if health.bad == 0 and is_uncompressed(head):
                    raise AudioError("the file has a header but no samples.")
                raise undecodable(head)
            judge_end(path, container, stream, seconds, health, notes)
            if held.end <= held.start:
                raise stretch.beyond(seconds)
        judge_damage(health, notes)


class _Held:
    """Frames of one form, held until there are enough of them for a block.

    PyAV's own FIFO would copy each sample twice more, and does not notice when the number of
    channels changes.
    """

    def __init__(self, stretch: Stretch, block_seconds: float, notes: list[str], mix: Mix) -> None:
        self.rate = 0
        self.start, self.end = 0, 0  # in samples: of the stretch, of the last frame
        self.stop: float = math.inf
        self._stretch = stretch
        self._block_seconds = block_seconds
        self._notes = notes
        self._mix = mix
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

    def release(self) -> Iterator[tuple[NDArray[Any], int]]:
        """Yield what is held, mixed and within start and stop."""
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
        y = self._mix(rows, full_scale)[first : int(last)]
        if len(y):  # a gap in time may hide the whole stretch
            yield y, self.rate


def _open(path: str, head: bytes) -> Any:
    import av

    try:
        return av.open(
            path,
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
    container: Any, stream: Any, offset: float, health: Health
) -> Iterator[tuple[int, Any]]:
    """Yield ``(position, frame)``, the position in samples at the frame's own rate.

    Packets that end well before ``offset`` seconds are passed over where that does not change
    what is decoded behind them.
    """
    import av

    rate, tick = stream.codec_context.sample_rate, stream.time_base
    exact = bool(rate and tick) and (Fraction(1, rate) / tick).denominator == 1
    skippable = exact and stream.codec_context.name.startswith(_SKIPPABLE)
    until = offset - _RUN_UP_SECONDS if skippable else 0.0
    origin: int | None = None  # when the first sample is due, in ticks
    position, skipped = 0, False
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets)
            if health.first_byte is None:
                health.first_byte = packet.pos
            if until > 0 and origin is not None and packet.pts is not None:
                packet_end = float((packet.pts + (packet.duration or 0) - origin) * tick)
                if packet_end < until:
                    skipped = True
                    health.seconds_passed = packet_end
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
            if until > 0 and frame.pts is not None:
                origin = frame.pts if origin is None else origin
                if skipped:
                    position = round((frame.pts - origin) * tick * rate)
            yield position, frame
            position += frame.samples
