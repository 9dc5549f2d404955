"""Audio block by block, in memory that does not grow with the file; and all of it at once."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genrelab.audio.compressed import compressed_blocks
from genrelab.audio.content import is_uncompressed, read_head
from genrelab.audio.stretch import Stretch
from genrelab.audio.uncompressed import open_uncompressed, uncompressed_blocks
from genrelab.errors import AudioError

Samples = NDArray[np.float32]
MonoBlocks = Generator[tuple[Samples, int], None, None]  # each with its sample rate

#: Full scale is 1. Samples this large come from damaged floats, and their squares overflow.
_NO_SOUND = 1e12
#: Any other sample rate comes from a damaged header, and could make hours out of a second.
_RATES = range(1_000, 1_000_001)


class AudioWarning(UserWarning):
    """Audio that can be used, with something worth knowing about it."""


class AudioStream(Iterator[Samples]):
    """Blocks of float32 mono samples, as :func:`stream_audio` returns them.

    An iterator and a context manager. The first block is decoded when the stream is made, so that
    most faults are raised there; the rest may raise on the way.

    Attributes
    ----------
    sample_rate
        Samples a second of what is delivered.
    notes
        Sentences worth saying about audio that can be used; complete when the stream has ended.
    """

    def __init__(
        self,
        path: str,
        sample_rate: int,
        stretch: Stretch,
        block_seconds: float,
        watch: Callable[[Samples, int], None] | None = None,
    ):
        self._watch = watch
        self.sample_rate = sample_rate
        self.notes: list[str] = []
        self._delivered = 0
        self._stretch = stretch
        self._blocks = self._resampled(_mono_blocks(path, stretch, block_seconds, self.notes))
        self._first = next(self._blocks, None)

    @property
    def duration(self) -> float:
        """Seconds delivered so far."""
        return self._delivered / self.sample_rate

    def __next__(self) -> Samples:
        if self._first is not None:
            block, self._first = self._first, None
        else:
            block = next(self._blocks)
        self._delivered += len(block)
        return block

    def __enter__(self) -> AudioStream:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; a stream that has ended or was closed gives no further block."""
        self._first = None
        self._blocks.close()

    def _resampled(self, blocks: MonoBlocks) -> Generator[Samples, None, None]:
        resampler = _Resampler(self.sample_rate)
        seconds, silent = 0.0, True
        with closing(blocks):  # at once, also after a fault whose traceback lives on
            for y, rate in blocks:
                if rate not in _RATES:
                    raise AudioError(f"the sample rate is {rate} Hz, which no music has.")
                with np.errstate(invalid="ignore"):
                    lowest, highest = y.min(), y.max()  # NaN if one sample is
                if not (lowest > -_NO_SOUND and highest < _NO_SOUND):
                    at = self._stretch.offset + seconds + np.argmin(np.abs(y) < _NO_SOUND) / rate
                    raise AudioError(
                        "the audio has samples that are NaN, infinite or absurdly large, "
                        f"the first at {at:.2f} s."
                    )
                silent = silent and lowest == highest == 0
                seconds += len(y) / rate
                if self._watch is not None:
                    self._watch(y, rate)
                yield from resampler.feed(y, rate)
        yield from resampler.finish()
        if seconds == 0:
            raise AudioError("the stretch asked for lies in a gap of the file.")
        if silent:
            self.notes.append("the audio is silent.")
        wanted = self._stretch.duration
        if wanted is not None and seconds < wanted - 0.1 and not self.notes:
            self.notes.append(f"the file has {seconds:.1f} of the {wanted:.1f} s asked for.")


class _Resampler:
    """Blocks at any rate in, blocks at one rate out; the rate may change between blocks."""

    def __init__(self, out_rate: int) -> None:
        self._out_rate = out_rate
        self._in_rate = 0
        self._stream: Any = None
        self._taken = self._given = 0

    def feed(self, y: Samples, rate: int) -> Iterator[Samples]:
        if rate != self._in_rate:
            yield from self.finish()
            self._in_rate = rate
            self._stream = self._new_stream()
        if self._stream is None:
            yield y
            return
        self._taken += len(y)
        out = self._stream.resample_chunk(y)
        if len(out):
            self._given += len(out)
            yield out

    def finish(self) -> Iterator[Samples]:
        """Yield what the filter still holds, up to the length that librosa gives (rounded up)."""
        if self._stream is None:
            return
        out = self._stream.resample_chunk(np.empty(0, dtype=np.float32), last=True)
        length = -(-self._taken * self._out_rate // self._in_rate) - self._given
        if length > 0:
            yield np.concatenate([out, np.zeros(max(0, length - len(out)), np.float32)])[:length]
        self._stream, self._in_rate, self._taken, self._given = None, 0, 0, 0

    def _new_stream(self) -> Any:
        if self._in_rate == self._out_rate:
            return None
        import soxr

        return soxr.ResampleStream(self._in_rate, self._out_rate, 1, quality="HQ")


def _mono_blocks(path: str, stretch: Stretch, block_seconds: float, notes: list[str]) -> MonoBlocks:
    head = read_head(path)
    if is_uncompressed(head):
        sound = open_uncompressed(path)
        if sound is not None:
            return uncompressed_blocks(sound, stretch, block_seconds=block_seconds, notes=notes)
    return compressed_blocks(path, head, stretch, block_seconds=block_seconds, notes=notes)


def stream_audio(
    path: str | os.PathLike[str],
    sample_rate: int = 22050,
    *,
    offset: float = 0.0,
    duration: float | None = None,
    block_seconds: float = 2.0,
    watch: Callable[[Samples, int], None] | None = None,
) -> AudioStream:
    """Read any audio file block by block, as mono float32 at ``sample_rate``.

    What the file is, is told by its content: WAV (8 to 32 bits, float, A-law, mu-law), AIFF, AU,
    CAF, FLAC, MP3, Ogg Vorbis and Opus, M4A and AAC, WMA, WebM, and the sound of a video (its
    first sound track). Channels are mixed down to their mean, then resampled with soxr's HQ
    filter, as librosa does. Memory stays at a few blocks however long the file is (FFmpeg holds
    the index of an M4A besides, 9 MB an hour).

    Parameters
    ----------
    path
        The file.
    sample_rate
        Samples a second of the result.
    offset
        Seconds into the file where to begin, exact to the nearest sample of the file.
    duration
        Seconds to read; ``None`` reads to the end.
    block_seconds
        About how long a block is. The joined blocks are the same for every value.
    watch
        Called with each block before it is resampled, and its sample rate: for what must be seen
        as it is in the file, such as clipping.

    Returns
    -------
    AudioStream
        Iterator of float32 ``(n,)``. What is worth knowing about audio that can be used stands in
        its ``notes``: that it is silent, damaged, shorter than asked for, or cut off. A cut is
        seen where the file itself states its length (WAV, AIFF, AU, FLAC, M4A, MP3 with a length
        header) or marks its end (Ogg); an MP3 without a length header may end anywhere.

    Raises
    ------
    AudioError
        One sentence for a file that is missing, unreadable, empty, a folder, a pipe, text, no
        audio, a video without sound, without samples, mostly damaged, with samples that are not
        numbers, or over before ``offset``. It does not repeat the path.
    """
    if sample_rate <= 0 or block_seconds <= 0:
        raise ValueError("sample_rate and block_seconds must be more than 0.")
    stretch = Stretch(offset, duration)
    # An absolute path is never taken for an address ("http:x.mp3") or standard input ("-").
    return AudioStream(os.path.abspath(os.fspath(path)), sample_rate, stretch, block_seconds, watch)


def load_audio(
    path: str | os.PathLike[str],
    sample_rate: int = 22050,
    offset: float = 0.0,
    duration: float | None = None,
) -> Samples:
    """Read any audio file, or a stretch of it, as mono float32 ``(n,)`` at ``sample_rate``.

    The joined blocks of :func:`stream_audio`, which has the parameters and the errors.

    Warns
    -----
    AudioWarning
        Where the stream has notes: the path and the sentence.

    Examples
    --------
    >>> import numpy as np, soundfile, tempfile, pathlib
    >>> folder = tempfile.TemporaryDirectory()
    >>> path = pathlib.Path(folder.name) / "tone.wav"
    >>> soundfile.write(path, np.sin(np.arange(44100) / 20), 44100)
    >>> y = load_audio(path)
    >>> y.shape, y.dtype
    ((22050,), dtype('float32'))
    >>> folder.cleanup()
    """
    with stream_audio(path, sample_rate, offset=offset, duration=duration) as stream:
        blocks = list(stream)
    for note in stream.notes:
        warnings.warn(f"{os.fspath(path)}: {note}", AudioWarning, stacklevel=2)
    return blocks[0] if len(blocks) == 1 else np.concatenate(blocks)
