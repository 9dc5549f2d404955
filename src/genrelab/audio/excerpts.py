"""Stretches of a file as WAV, with nothing taken away: all channels, the file's own sample rate."""

from __future__ import annotations

import math
import os
from collections.abc import Generator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genrelab.audio.compressed import compressed_blocks
from genrelab.audio.content import is_uncompressed, read_head
from genrelab.audio.stretch import Stretch
from genrelab.audio.uncompressed import open_uncompressed
from genrelab.errors import AudioError, GenrelabError

Blocks = Generator[tuple[NDArray[Any], int, str], None, None]

_BLOCK_SECONDS = 2.0
#: How libsndfile names what a WAV file is to hold, and bytes of a sample.
_WIDTHS = {"PCM_U8": 1, "PCM_16": 2, "PCM_24": 3, "PCM_32": 4, "FLOAT": 4, "DOUBLE": 8}
#: A plain WAV file counts its bytes in 32 bits.
_MOST_BYTES = 2**32 - 2**16
#: What of plain samples has a form of its own in WAV; A-law and mu-law become what they stand for.
_KEPT = {"PCM_S8": "PCM_U8", "ALAW": "PCM_16", "ULAW": "PCM_16"}


def write_excerpts(
    path: str | os.PathLike[str], cuts: Sequence[float], targets: Sequence[Path], duration: float
) -> None:
    """Cut a file and write its pieces as WAV files.

    Samples are those that the decoder gives: as many bits as a file of plain samples has, 16, 32
    or floats from a compressed one. Joined again, the pieces are the whole. Memory stays at a few
    blocks; a piece of over 4 GiB is an RF64 file, which is WAV with longer counts.

    Parameters
    ----------
    path
        Any audio file.
    cuts
        Where the second piece and those after it begin, in seconds, rising.
    targets
        One file a piece, one more than cuts. They appear when all are complete.
    duration
        Of the file, about, in seconds: to know of the last piece whether it fits into plain WAV.

    Raises
    ------
    AudioError
        The file cannot be read, or its sample rate or number of channels changes on the way.
    GenrelabError
        A target exists, or cannot be written.
    """
    if len(targets) != len(cuts) + 1:
        raise ValueError("there must be a target for each piece.")
    for target in targets:
        if target.exists():
            raise GenrelabError(f"{str(target)!r} is already there.")
    partial = [t.with_name(f"{t.name}.partial") for t in targets]
    try:
        _write(os.path.abspath(os.fspath(path)), cuts, partial, duration)
        for there, target in zip(partial, targets, strict=True):
            there.rename(target)
    except OSError as error:
        raise GenrelabError(
            f"parts cannot be written to {str(targets[0].parent)!r} ({error.strerror})."
        ) from error
    finally:
        for there in partial:
            there.unlink(missing_ok=True)


def _write(path: str, cuts: Sequence[float], targets: Sequence[Path], duration: float) -> None:
    form: tuple[int, int, str] | None = None
    ends: list[float] = []
    position = piece = 0
    out: Any = None
    try:
        with closing(_blocks(path)) as blocks:
            for samples, rate, subtype in blocks:
                block = samples
                found = (rate, block.shape[1], subtype)
                if form is None:
                    form = found
                    ends = [*(round(cut * rate) for cut in cuts), math.inf]
                elif form != found:
                    raise AudioError(
                        "the sample rate or the channels change at "
                        f"{position / form[0]:.1f} s; parts of such a file cannot be written."
                    )
                while len(block):
                    end = ends[piece]
                    if out is None:
                        seconds = (min(end, (duration + 1) * rate) - position) / rate
                        out = _open(targets[piece], form, seconds)
                    taken = block[: int(min(len(block), end - position))]
                    _put(out, taken)
                    position += len(taken)
                    block = block[len(taken) :]
                    if position >= end:
                        out.close()
                        out, piece = None, piece + 1
    finally:
        if out is not None:
            out.close()
    if form is None:
        raise AudioError("the audio has no samples.")
    for target in targets[piece + (out is not None) :]:  # what was to begin behind the end
        _open(target, form, 0.0).close()


def _open(target: Path, form: tuple[int, int, str], seconds: float) -> Any:
    import soundfile as sf

    rate, channels, subtype = form
    long = seconds * rate * channels * _WIDTHS[subtype] > _MOST_BYTES
    target.touch()  # raises what libsndfile would tell less clearly
    name = str(target) if os.name == "nt" else os.fsencode(target)
    return sf.SoundFile(
        name, "w", rate, channels, subtype=subtype, format="RF64" if long else "WAV"
    )


def _put(out: Any, samples: NDArray[Any]) -> None:
    import soundfile as sf

    try:
        out.write(samples)
    except (sf.LibsndfileError, AssertionError) as error:  # fewer samples went than were given
        raise OSError(0, "the disk is full, or the file is too large for it") from error


def _blocks(path: str) -> Blocks:
    """Yield ``(samples (n, channels), sample rate, how to keep them)``."""
    head = read_head(path)
    sound = open_uncompressed(path) if is_uncompressed(head) else None
    if sound is not None:
        yield from _plain_blocks(sound)
        return
    blocks = compressed_blocks(
        path, head, Stretch(), block_seconds=_BLOCK_SECONDS, notes=[], mix=_side_by_side
    )
    with closing(blocks):
        for y, rate in blocks:
            samples, subtype = _writable(y)
            yield samples, rate, subtype


def _plain_blocks(sound: Any) -> Blocks:
    import soundfile as sf

    subtype = _KEPT.get(sound.subtype, sound.subtype)
    dtype = {"FLOAT": "float32", "DOUBLE": "float64"}.get(subtype, "int32")
    size = max(1, round(_BLOCK_SECONDS * sound.samplerate))
    with sound:
        while True:
            try:
                block = sound.read(size, dtype=dtype, always_2d=True)
            except sf.LibsndfileError:  # damaged here; what is before it has been heard
                return
            if len(block) == 0:
                return
            yield block, int(sound.samplerate), subtype


def _side_by_side(channels: Sequence[NDArray[Any]], full_scale: float) -> NDArray[Any]:
    return np.stack(channels, axis=1)


def _writable(y: NDArray[Any]) -> tuple[NDArray[Any], str]:
    """Return samples in a type that soundfile takes, and how to keep them."""
    if y.dtype == np.uint8:
        return (y.astype(np.int16) - 128) << 8, "PCM_U8"
    if y.dtype == np.int64:
        return y / 2.0**63, "DOUBLE"
    return y, {"i2": "PCM_16", "i4": "PCM_32", "f4": "FLOAT", "f8": "DOUBLE"}[y.dtype.str[1:]]
