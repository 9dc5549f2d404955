"""How many planted relatives the audit finds, and whether it reports pairs that are none.

``GENRELAB_DATA=... python -m benchmarks.planted FOLDER [--ledger results/audit.csv]`` makes a data
set under FOLDER from the 450 clips of `gtzan_mini` and `emotify` and 60 relatives of as many of
them, ten of each kind: encoded as mp3 at 48 and at 64 kb/s, begun 1 to 8 s later, 6 to 24 dB
softer, cut to 10 s, with white noise at 20 dB signal-to-noise ratio; ten more have all of this at
once. It audits the set and enters precision and recall in the ledger. No part of ``make bench``.

A pair that was not planted is not false for that: the clips themselves may have relatives. Such a
pair is checked without the audit's help: both clips whole, every shift, as waveforms. One recording
has a correlation near 1 at one shift; music that is only alike stays below a half.
"""

from __future__ import annotations

import argparse
import csv
import os
import platform
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import scipy.fft
import soundfile

import genrelab
from genrelab.audio import load_audio
from genrelab.audit.check import audit
from genrelab.audit.page import write_audit
from genrelab.audit.relatives import SHARED_SOUNDS
from genrelab.datasets import load

RATE = 22050
EACH = 10
COLUMNS = (
    *(
        "set",
        "seed",
        "kind",
        "tracks",
        "planted",
        "found",
        "recall",
        "pairs",
        "real",
        "false",
        "precision",
    ),
    *("least_real", "machine", "genrelab_version"),
)
#: From this correlation of whole clips on two clips are one recording.
REAL = 0.5


def encode_mp3(path: Path, y: np.ndarray, kilobits: int) -> None:
    """Write mono samples at 22,050 Hz with LAME at a fixed bit rate."""
    with av.open(str(path), "w", format="mp3") as out:
        stream = out.add_stream("libmp3lame", rate=RATE, layout="mono")
        stream.bit_rate = kilobits * 1000
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(y[None], dtype=np.float32), format="fltp", layout="mono"
        )
        frame.sample_rate = RATE
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))


def _shift(y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return y[int(rng.uniform(1, 8) * RATE) :]


def _soften(y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return y * 10 ** (-rng.uniform(6, 24) / 20)


def _cut(y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    start = int(rng.uniform(0, len(y) - 10 * RATE))
    return y[start : start + 10 * RATE]


def _add_noise(y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return y + rng.normal(size=len(y)) * np.sqrt(np.mean(y**2)) / 10  # a tenth: 20 dB


def _nothing(y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return y


def _everything(y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return _add_noise(_soften(_cut(y, rng), rng), rng)


#: Kind to (what is done to the samples, kb/s of the mp3 or 0 for flac).
KINDS: dict[str, tuple[Callable[[np.ndarray, np.random.Generator], np.ndarray], int]] = {
    "mp3 at 48 kb/s": (_nothing, 48),
    "mp3 at 64 kb/s": (_nothing, 64),
    "begun 1 to 8 s later": (_shift, 0),
    "6 to 24 dB softer": (_soften, 0),
    "cut to 10 s": (_cut, 0),
    "noise at 20 dB": (_add_noise, 0),
    "all at once": (_everything, 48),
}
EXTRA = "all at once"


def make_set(folder: Path, data: Path, seed: int) -> dict[str, tuple[str, str]]:
    """Fill the folder; return planted track to (kind, the track it was made from)."""
    rng = np.random.default_rng(seed)
    sources = {}
    for name in ("gtzan_mini", "emotify"):
        for path in sorted([*(data / name).glob("*/*.flac"), *(data / name).glob("*/*.mp3")]):
            link = folder / path.parent.name / f"{name}-{path.name}"
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(path.resolve())
            sources[link.relative_to(folder).as_posix()] = path
    if not sources:
        raise SystemExit(f"there is no music in {data}")
    chosen = rng.permutation(sorted(sources))[: EACH * len(KINDS)]
    planted = {}
    for k, source in enumerate(map(str, chosen)):
        kind = list(KINDS)[k % len(KINDS)]
        change, kilobits = KINDS[kind]
        y = change(load_audio(sources[source], RATE), rng)
        path = folder / Path(source).parent / f"planted-{k:02d}.{'mp3' if kilobits else 'flac'}"
        if kilobits:
            encode_mp3(path, y, kilobits)
        else:
            soundfile.write(path, np.clip(y, -1, 1), RATE)
        planted[path.relative_to(folder).as_posix()] = (kind, source)
    return planted


def whole_correlation(first: Path, second: Path) -> float:
    """Return the greatest correlation of two whole clips over all shifts of 5 s of overlap."""
    a, b = (load_audio(p, RATE).astype(np.float64) for p in (first, second))
    n = scipy.fft.next_fast_len(len(a) + len(b), real=True)

    def against(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return scipy.fft.irfft(scipy.fft.rfft(x, n) * scipy.fft.rfft(y, n).conj(), n)

    # Energy of what overlaps at each shift.
    size = np.sqrt(
        np.maximum(against(a * a, np.ones(len(b))), 1e-9)
        * np.maximum(against(np.ones(len(a)), b * b), 1e-9)
    )
    overlap = against(np.ones(len(a)), np.ones(len(b)))
    return float(np.abs(against(a, b) / size)[overlap > 5 * RATE].max())


def main() -> None:
    """Make the set, audit it, count."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.planted", description=__doc__)
    parser.add_argument("folder", type=Path, help="an empty or new folder for the set")
    parser.add_argument("--ledger", type=Path, help="a CSV that the counts are added to")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    data = os.environ.get("GENRELAB_DATA")
    if not data:
        parser.error("GENRELAB_DATA must name the folder with real music")
    music = options.folder / "music"
    planted = make_set(music, Path(data), options.seed)
    dataset = load("folder", music)
    found = audit(dataset)
    write_audit(options.folder / "audit", found)

    path = {t.id: Path(str(t.path)) for t in dataset.tracks}
    origin = {i: planted[i][1] if i in planted else i for i in path}
    hit: Counter[str] = Counter()
    true, real, false = 0, set(), []
    checked: dict[tuple[str, str], float] = {}
    for r in found.relations:
        if r.kind == SHARED_SOUNDS:
            print(f"shared sounds: {r.first}, {r.second}: {r.common} at {r.offset:.2f} s, "
                  f"correlation {r.similarity:.2f}")  # fmt: skip
            continue
        a, b = sorted((origin[r.first], origin[r.second]))
        for one, other in ((r.first, r.second), (r.second, r.first)):
            if one in planted and planted[one][1] == other:
                hit[planted[one][0]] += 1
        if a != b:
            if (a, b) not in checked:
                checked[a, b] = whole_correlation(path[a], path[b])
                print(f"not planted: {a}, {b}: whole clips correlate {checked[a, b]:.2f}")
            if checked[a, b] < REAL:
                false.append(r)
                continue
            real.add((a, b))
        true += 1
    rows = []
    machine = f"{os.cpu_count()} CPU cores, {platform.machine()}"
    ends = (machine, genrelab.__version__)
    name = ("gtzan_mini and emotify", options.seed)
    of_kind = Counter(kind for kind, _ in planted.values())
    for kind in KINDS:
        n, h = of_kind[kind], hit[kind]
        rows.append((*name, kind, len(path), n, h, h / n, "", "", "", "", "", *ends))
    n = sum(of_kind[k] for k in KINDS if k != EXTRA)
    h = sum(hit[k] for k in KINDS if k != EXTRA)
    pairs = true + len(false)
    least = f"{min((checked[pair] for pair in real), default=1.0):.3f}"
    counts = (pairs, len(real), len(false), true / pairs, least)
    rows.append((*name, f"the {n}", len(path), n, h, h / n, *counts, *ends))
    for row in rows:
        print(row[2], f"{row[5]} of {row[4]}")
    print(f"pairs {pairs}, of clips that are relatives themselves {len(real)}, false {len(false)}")
    if options.ledger:
        fresh = not options.ledger.exists()
        with options.ledger.open("a", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            if fresh:
                writer.writerow(COLUMNS)
            writer.writerows(rows)


if __name__ == "__main__":
    main()
