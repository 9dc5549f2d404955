"""Files to read: every format that genrelab promises, and files broken in every foreseeable way.

The files are made with soundfile and PyAV, which genrelab needs anyway; no ``ffmpeg`` is called.
"""

from __future__ import annotations

import os

# Tests side by side share the cores already. Threads of their own, read when NumPy and torch are
# first imported, would only wait for one another: several times the work for the same answers.
if "PYTEST_XDIST_WORKER" in os.environ:
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(variable, "1")

import struct
import sys
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import av
import numpy as np
import pytest
import soundfile as sf
from numpy.typing import NDArray

Samples = NDArray[np.float32]  # (channels, samples)

#: Name to (container, codec) of what PyAV writes; everything else soundfile writes.
PYAV_FORMATS = {
    "aac.aac": ("adts", "aac"),
    "aac.m4a": ("ipod", "aac"),
    "alac.m4a": ("ipod", "alac"),
    "wmav2.wma": ("asf", "wmav2"),
    "opus.webm": ("webm", "libopus"),
    "opus.opus": ("ogg", "libopus"),
    "mp3.mp3": ("mp3", "libmp3lame"),
    "mp3.mkv": ("matroska", "libmp3lame"),
}
#: Name to (format, subtype) of what soundfile writes.
SOUNDFILE_FORMATS = {
    "u8.wav": ("WAV", "PCM_U8"),
    "s16.wav": ("WAV", "PCM_16"),
    "s24.wav": ("WAV", "PCM_24"),
    "s32.wav": ("WAV", "PCM_32"),
    "f32.wav": ("WAV", "FLOAT"),
    "f64.wav": ("WAV", "DOUBLE"),
    "alaw.wav": ("WAV", "ALAW"),
    "ulaw.wav": ("WAV", "ULAW"),
    "s16.rf64.wav": ("RF64", "PCM_16"),
    "s16.w64": ("W64", "PCM_16"),
    "s16.aiff": ("AIFF", "PCM_16"),
    "s24.aiff": ("AIFF", "PCM_24"),
    "s16.au": ("AU", "PCM_16"),
    "s16.caf": ("CAF", "PCM_16"),
    "s16.flac": ("FLAC", "PCM_16"),
    "s24.flac": ("FLAC", "PCM_24"),
    "vorbis.ogg": ("OGG", "VORBIS"),
}


def make_music(seconds: float = 2.0, sample_rate: int = 44100, channels: int = 2) -> Samples:
    """Return a chord over soft noise, each channel with a mix of its own: ``(channels, n)``."""
    n = round(seconds * sample_rate)
    t = np.arange(n) / sample_rate
    noise = np.random.default_rng(7).standard_normal(n)
    tones = [np.sin(2 * np.pi * f * t) for f in (220.0, 331.0, 554.0)]
    rows = [
        0.18 * sum((1 + (c + k) % 3) / 3 * tone for k, tone in enumerate(tones)) + 0.01 * noise
        for c in range(channels)
    ]
    return np.asarray(rows, dtype=np.float32)


def write_with_pyav(
    path: Path,
    y: Samples,
    sample_rate: int,
    *,
    container: str,
    codec: str,
    bit_rate: int = 128_000,
    quality: int | None = None,
    **options: str,
) -> Path:
    """Encode ``(channels, n)`` with any codec of PyAV; ``quality`` instead of a fixed bit rate."""
    layout = {1: "mono", 2: "stereo", 6: "5.1"}[len(y)]
    with av.open(str(path), "w", format=container, options=options) as out:
        stream = out.add_stream(codec, rate=sample_rate, layout=layout)
        stream.bit_rate = bit_rate
        if quality is not None:
            stream.codec_context.qscale = True
            stream.codec_context.global_quality = quality * 118  # FFmpeg's FF_QP2LAMBDA
        for start in range(0, y.shape[1], 1024):
            piece = np.ascontiguousarray(y[:, start : start + 1024])
            frame = av.AudioFrame.from_ndarray(piece, format="fltp", layout=layout)
            frame.sample_rate = sample_rate
            frame.pts = start
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def write_audio(path: Path, y: Samples, sample_rate: int, **options: Any) -> Path:
    """Write ``(channels, n)`` as the file's name says: a key of the tables above, or its ending.

    The name decides only how the file is written: rename it afterwards at will.
    """
    if path.name in PYAV_FORMATS:
        container, codec = PYAV_FORMATS[path.name]
        return write_with_pyav(path, y, sample_rate, container=container, codec=codec, **options)
    if path.name in SOUNDFILE_FORMATS:
        format_, subtype = SOUNDFILE_FORMATS[path.name]
        sf.write(path, y.T, sample_rate, format=format_, subtype=subtype)
        return path
    for name, (container, codec) in PYAV_FORMATS.items():
        if Path(name).suffix == path.suffix:
            return write_with_pyav(
                path, y, sample_rate, container=container, codec=codec, **options
            )
    sf.write(path, y.T, sample_rate)
    return path


def write_video(path: Path, *, sound: Samples | None = None, sample_rate: int = 44100) -> Path:
    """Write half a second of moving picture as MP4, with sound if given."""
    with av.open(str(path), "w", format="mp4") as out:
        stream = out.add_stream("mpeg4", rate=10)
        stream.width = stream.height = 32
        stream.pix_fmt = "yuv420p"
        if sound is not None:
            layout = {1: "mono", 2: "stereo"}[len(sound)]
            voice = out.add_stream("aac", rate=sample_rate, layout=layout)
        for k in range(5):
            picture = np.full((32, 32, 3), 40 * k, dtype=np.uint8)
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        out.mux(stream.encode(None))
        if sound is not None:
            frame = av.AudioFrame.from_ndarray(
                np.ascontiguousarray(sound), format="fltp", layout=layout
            )
            frame.sample_rate = sample_rate
            out.mux(voice.encode(frame))
            out.mux(voice.encode(None))
    return path


def png() -> bytes:
    """Return a picture of eight by eight grey points."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0))
    body = chunk(b"IDAT", zlib.compress((b"\x00" + b"\x80" * 8) * 8))
    return b"\x89PNG\r\n\x1a\n" + header + body + chunk(b"IEND", b"")


def write_audio_files(folder: Path, *, seconds: float = 2.0, channels: int = 2) -> dict[str, Path]:
    """Write the same music in every format: name (``"s16.wav"``, ``"aac.m4a"``) to path."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {}
    for name in [*SOUNDFILE_FORMATS, *PYAV_FORMATS]:
        sample_rate = 48000 if "opus" in name else 44100
        y = make_music(seconds, sample_rate, channels)
        files[name] = write_audio(folder / name, y, sample_rate)
    return files


def write_broken_files(folder: Path) -> dict[str, Path]:
    """Write files that no one can classify, one of each kind: kind to path.

    Every file is named ``<kind>.<audio ending>``. ``folder`` and ``link`` and (where the system
    has it) ``pipe`` are what their names say.
    """
    folder.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(3).bytes(60_000)
    music = make_music(0.5)
    files = {
        kind: folder / f"{kind}.{ending}"
        for kind, ending in {
            "empty": "mp3",
            "text": "mp3",
            "noise": "mp3",
            "zeros": "wav",
            "picture": "mp3",
            "header_only": "wav",
            "garbage_after_header": "flac",
            "no_index": "m4a",
            "video_without_sound": "mp4",
            "nan": "wav",
            "infinite": "wav",
            "folder": "mp3",
            "link": "mp3",
            "pipe": "wav",
        }.items()
    }
    files["empty"].write_bytes(b"")
    files["text"].write_text("These are words about music, and no music at all.\n" * 200)
    files["noise"].write_bytes(noise)
    files["zeros"].write_bytes(bytes(10_000))
    files["picture"].write_bytes(png())
    sf.write(files["header_only"], np.zeros((0, 2)), 44100, subtype="PCM_16")
    sf.write(files["garbage_after_header"], music.T, 44100)
    whole = files["garbage_after_header"].read_bytes()
    files["garbage_after_header"].write_bytes(whole[:200] + noise)
    write_audio(files["no_index"], music, 44100)
    whole = files["no_index"].read_bytes()
    files["no_index"].write_bytes(whole[: len(whole) * 6 // 10])
    write_video(files["video_without_sound"])
    for kind, value in (("nan", np.nan), ("infinite", np.inf)):
        wrong = music.copy()
        wrong[0, 10_000] = value
        sf.write(files[kind], wrong.T, 44100, subtype="FLOAT")
    files["folder"].mkdir()
    files["link"].symlink_to(folder / "nowhere.mp3")
    if hasattr(os, "mkfifo"):
        os.mkfifo(files["pipe"])
    else:
        del files["pipe"]
    return files


@pytest.fixture(scope="session")
def music() -> Callable[..., Samples]:
    """Return :func:`make_music`."""
    return make_music


@pytest.fixture(scope="session")
def write() -> Callable[..., Path]:
    """Return :func:`write_audio`."""
    return write_audio


@pytest.fixture(scope="session")
def encode() -> Callable[..., Path]:
    """Return :func:`write_with_pyav`."""
    return write_with_pyav


@pytest.fixture(scope="session")
def video() -> Callable[..., Path]:
    """Return :func:`write_video`."""
    return write_video


@pytest.fixture(scope="session")
def audio_files() -> Callable[..., dict[str, Path]]:
    """Return :func:`write_audio_files`."""
    return write_audio_files


@pytest.fixture(scope="session")
def broken_files() -> Callable[[Path], dict[str, Path]]:
    """Return :func:`write_broken_files`."""
    return write_broken_files


@pytest.fixture(scope="session")
def data_root() -> Path:
    """Return the folder of real music that GENRELAB_DATA names; without it, skip."""
    root = os.environ.get("GENRELAB_DATA")
    if not root or not Path(root).is_dir():
        pytest.skip("needs real music: set GENRELAB_DATA to the folder that holds it")
    return Path(root)


class _QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing of each request."""


@dataclass(frozen=True)
class FileServer:
    """A server on this machine: what lies in ``folder`` can be fetched under ``address``."""

    folder: Path
    address: str


@pytest.fixture
def file_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    """Return a server of files."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    folder = tmp_path / "served"
    folder.mkdir()
    handler = partial(_QuietHandler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as served:
        thread = Thread(target=served.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield FileServer(folder, f"http://127.0.0.1:{served.server_port}/")
        served.shutdown()
        thread.join()


@pytest.fixture
def crashing_reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a soundfile library first on the path that dies of some files."""
    folder = tmp_path / "libraries"
    folder.mkdir()
    (folder / "soundfile.py").write_text(
        f"""
import os, signal, sys
sys.path.remove({str(folder)!r})
del sys.modules["soundfile"]
import soundfile as real
sys.modules["soundfile"] = real

class SoundFile(real.SoundFile):
    def __init__(self, file, *args, **kwargs):
        if b"segfault" in os.fsencode(file):
            os.kill(os.getpid(), signal.SIGSEGV)
        if b"exit" in os.fsencode(file):
            os._exit(3)
        if b"defect" in os.fsencode(file):
            raise ZeroDivisionError("a defect")
        if b"talkative" in os.fsencode(file):
            os.write(1, b"a library that writes to standard output" * 9)
        super().__init__(file, *args, **kwargs)

real.SoundFile = SoundFile
"""
    )
    monkeypatch.setattr(sys, "path", [str(folder), *sys.path])
