"""A thousand files, fifty of them broken in ten ways, through ``genrelab classify``.

``GENRELAB_DATA=... python -m benchmarks.mixed_folder [--model M] [--files N]`` links real music
into a folder under many names and formats, puts broken files in between, and runs the command line
with 1 and 2 workers: every good file must be answered, every broken one told in a sentence, both
runs must print the same bytes and exit with 1. It is no part of ``make bench``: it takes minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import soundfile

NUMBERS = re.compile(r"\d+(\.\d+)?")


def empty(path: Path, music: Path) -> None:
    """Write nothing."""
    path.write_bytes(b"")


def text(path: Path, music: Path) -> None:
    """Write words."""
    path.write_text("These are words about music, and no music.\n" * 100)


def noise(path: Path, music: Path) -> None:
    """Write bytes at random."""
    path.write_bytes(np.random.default_rng(3).bytes(50_000))


def header_only(path: Path, music: Path) -> None:
    """Write a file without samples."""
    soundfile.write(path, np.zeros((0, 2)), 44100, format="WAV")


def silent(path: Path, music: Path) -> None:
    """Write ten seconds of nothing to hear."""
    soundfile.write(path, np.zeros(441_000), 44100, format="WAV")


def not_a_number(path: Path, music: Path) -> None:
    """Write samples that are no numbers."""
    y = np.random.default_rng(0).normal(scale=0.1, size=44100)
    y[20_000] = np.nan
    soundfile.write(path, y, 44100, format="WAV", subtype="FLOAT")


def picture(path: Path, music: Path) -> None:
    """Write the beginning of a JPEG picture."""
    path.write_bytes(bytes.fromhex("ffd8ffe000104a46494600010100000100010000") + bytes(5000))


def no_sound(path: Path, music: Path) -> None:
    """Write a video without sound."""
    with av.open(str(path), "w", format="mp4") as out:
        stream = out.add_stream("mpeg4", rate=10)
        stream.width = stream.height = 32
        stream.pix_fmt = "yuv420p"
        for k in range(5):
            frame = av.VideoFrame.from_ndarray(np.full((32, 32, 3), 40 * k, np.uint8))
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))


def dead_link(path: Path, music: Path) -> None:
    """Link to a file that is not there."""
    path.symlink_to(path.with_name("no such file.mp3"))


def cut_in_the_header(path: Path, music: Path) -> None:
    """Write the first forty bytes of a flac file."""
    y = np.random.default_rng(0).normal(scale=0.1, size=44100)
    soundfile.write(path, y, 44100, format="FLAC")
    path.write_bytes(path.read_bytes()[:40])


FAULTS: dict[str, Callable[[Path, Path], None]] = {
    f.__name__: f
    for f in (
        *(empty, text, noise, header_only, silent),
        *(not_a_number, picture, no_sound, dead_link, cut_in_the_header),
    )
}


def make_folder(root: Path, data: Path, files: int) -> set[str]:
    """Fill the folder; return the names of the broken files."""
    music = sorted([*(data / "emotify").glob("*/*.mp3"), *(data / "gtzan_mini").glob("*/*.flac")])
    if not music:
        raise SystemExit(f"there is no music in {data}")
    other = root / "converted"
    other.mkdir()
    converted = [_convert(m, other, k) for k, m in enumerate(music[:: len(music) // 12])]
    sources = [*music, *converted]
    broken = set()
    every = 20
    for k in range(files):
        folder = root / "library" / f"artist {k % 37:02d}" / f"album {k % 3}"
        folder.mkdir(parents=True, exist_ok=True)
        if k % every == every - 1:
            name = list(FAULTS)[k // every % len(FAULTS)]
            path = folder / f"{k:04d} {name}.mp3"
            FAULTS[name](path, music[0])
            broken.add(str(path))
        else:
            source = sources[k % len(sources)]
            (folder / f"{k:04d}{source.suffix}").symlink_to(source)
    (root / "library" / "cover.jpg").write_bytes(b"a picture")
    return broken


def _convert(source: Path, folder: Path, k: int) -> Path:
    """Write ten seconds of a track in another format."""
    y, rate = soundfile.read(source, frames=10 * 22050, dtype="float32")
    ending = ("wav", "ogg", "aiff", "flac")[k % 4]
    path = folder / f"{k}.{ending}"
    soundfile.write(path, np.stack([y, y * 0.5], axis=1), rate)
    return path


def classify(library: Path, model: str | None, workers: int) -> tuple[bytes, str, int, float]:
    """Run the command line; return what it printed, its complaints, its exit code, its seconds."""
    command = [sys.executable, "-m", "genrelab.cli", "classify", str(library)]
    command += ["--format", "json", "--workers", str(workers)]
    command += ["--model", model] if model else []
    began = time.perf_counter()
    done = subprocess.run(command, capture_output=True)
    return done.stdout, done.stderr.decode(), done.returncode, time.perf_counter() - began


def main() -> None:
    """Make the folder, run, check and count."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mixed_folder", description=__doc__)
    parser.add_argument("--model", help="a bundle; by default the one inside genrelab")
    parser.add_argument("--files", type=int, default=1000)
    options = parser.parse_args()
    data = os.environ.get("GENRELAB_DATA")
    if not data:
        parser.error("GENRELAB_DATA must name the folder with real music")
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        broken = make_folder(Path(folder), Path(data).resolve(), options.files)
        library = Path(folder) / "library"
        printed = {}
        for workers in (1, 2):
            printed[workers], complaints, code, seconds = classify(library, options.model, workers)
            outcomes = [json.loads(line) for line in printed[workers].splitlines()]
            failed = {o["path"]: o["error"] for o in outcomes if "error" in o}
            answers = len(outcomes) - len(failed)
            print(
                f"{workers} worker(s): {answers} answers, {len(failed)} sentences, exit code "
                f"{code}, {seconds:.1f} s, {options.files / seconds:.1f} files a second",
                flush=True,
            )
            checks = {
                "the exit code is not 1": code != 1,
                "a traceback was printed": "Traceback" in complaints,
                "other files failed than were broken": set(failed) != broken,
                "a good file has no answer": answers != options.files - len(broken),
                "the order is not that of the folder": [o["path"] for o in outcomes]
                != sorted((o["path"] for o in outcomes), key=lambda p: Path(p).parts),
            }
            wrong += [f"{workers} worker(s): {what}" for what, found in checks.items() if found]
        if printed[1] != printed[2]:
            wrong.append("1 and 2 workers do not print the same")
    kinds = Counter(NUMBERS.sub("N", sentence) for sentence in failed.values())
    for sentence, n in kinds.most_common():
        print(f"  {n:3d} x {sentence}")
    for sentence in wrong:
        print(f"WRONG: {sentence}")
    raise SystemExit(bool(wrong))


if __name__ == "__main__":
    main()
