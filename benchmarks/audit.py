"""Matching landmarks: how time and memory grow with the number of tracks.

``python -m benchmarks.audit --tracks 1000 3000 10000 30000 100000`` measures the curve on synthetic
fingerprints, each size in a process of its own, and draws docs/pictures/audit-growth.png.
``make bench`` compares 10,000 tracks with 1,000.

A synthetic fingerprint has what real 30-s clips have: 290 peaks, 860 landmarks, low frequencies
and short gaps more often than others, so that hashes meet by chance as they do in music; every
tenth track is a copy of another in which a third of the landmarks is left, shifted by seconds.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from benchmarks.measure import Row
from genrelab.audit.landmarks import AUDIO as CONSTELLATION
from genrelab.audit.landmarks import Landmarks, _tie
from genrelab.audit.matching import LEAST_COMMON, Index
from genrelab.evaluation import plots
from genrelab.evaluation.canvas import write_picture

PICTURE = Path(__file__).parents[1] / "docs" / "pictures" / "audit-growth.png"
NUMBERS = Path(__file__).parents[1] / "results" / "audit-growth.json"
PEAKS, FRAMES, COPY_EVERY, LEFT, BATCH = 290, 1292, 10, 1 / 3, 500
REPETITIONS = 5
SIZES = (1_000, 3_000, 10_000, 30_000, 100_000)


def draw_constellations(rng: np.random.Generator, n: int) -> list[Landmarks]:
    """Return landmarks of ``n`` random constellations, all tied in one go."""
    apart = 2 * FRAMES  # so far from each other that no peak is tied to another track's
    frames = np.sort(rng.integers(0, FRAMES, (n, PEAKS)), axis=1) + apart * np.arange(n)[:, None]
    # Half of the peaks of music lie below 600 Hz.
    bins = np.minimum(399, rng.gamma(1.5, 50.0, n * PEAKS).astype(np.int64))
    tied = _tie(frames.ravel(), bins, CONSTELLATION)
    track, frame = np.divmod(tied.frames, np.int32(apart))
    order = np.argsort(track, kind="stable")
    cuts = np.searchsorted(track[order], np.arange(1, n))
    hashes, whens = np.split(tied.hashes[order], cuts), np.split(frame[order], cuts)
    return [Landmarks(h, f) for h, f in zip(hashes, whens, strict=True)]


def fingerprints(n: int, seed: int = 0) -> tuple[list[Landmarks], set[tuple[int, int]]]:
    """Return ``n`` fingerprints and the pairs of relatives among them."""
    rng = np.random.default_rng(seed)
    tracks: list[Landmarks] = []
    while len(tracks) < n:
        tracks += draw_constellations(rng, min(n - len(tracks), BATCH))
    copies = set()
    for k in range(COPY_EVERY - 1, n, COPY_EVERY):
        of = k - 1 - int(rng.integers(COPY_EVERY - 1))
        kept = rng.random(len(tracks[of])) < LEFT
        shift = np.int32(rng.integers(0, 200))
        tracks[k] = Landmarks(tracks[of].hashes[kept], tracks[of].frames[kept] + shift)
        copies.add((of, k))
    return tracks, copies


def measure(n: int) -> dict[str, float]:
    """Match ``n`` tracks; run in a process of its own, so that the peak of memory is its own.

    ``seconds`` is the least of some repetitions, which other work on the machine disturbs least.
    ``seconds_first`` is what the first took: it also waits for the system to find the memory,
    which on a virtual machine may take as long as the matching.
    """
    import resource

    tracks, copies = fingerprints(n)
    unit = 1 if sys.platform == "darwin" else 1024
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20
    seconds = []
    for _ in range(REPETITIONS):
        began = time.process_time()
        index = Index(tracks)
        matches = index.matches(LEAST_COMMON)
        seconds.append(time.process_time() - began)
        n_landmarks, n_hits = index.n_landmarks, index.n_hits
        del index  # or two of them would share the memory
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20
    found = {(m.first, m.second) for m in matches}
    return {
        "tracks": n,
        "seconds": min(seconds),
        "seconds_first": seconds[0],
        "repetitions": REPETITIONS,
        "megabytes": after,
        "megabytes_of_index": after - before,
        "landmarks": n_landmarks,
        "hits": n_hits,
        "copies": len(copies),
        "found": len(copies & found),
        "others": len(found - copies),
    }


def in_process(n: int) -> dict[str, float]:
    """Return :func:`measure` of a fresh process."""
    program = f"import json; from benchmarks.audit import measure; print(json.dumps(measure({n})))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    result: dict[str, float] = json.loads(done.stdout)
    return result


def rows() -> Iterator[Row]:
    """Time and memory a track at 10,000 tracks against 1,000; 1 is linear growth."""
    times, sizes = [], []
    for _ in range(3):
        small, large = in_process(1_000), in_process(10_000)
        times.append(large["seconds"] / small["seconds"] / 10)
        sizes.append(large["megabytes"] / small["megabytes"] / 10)
    for what, ratios, note in (
        ("time", times, f"{large['seconds'] / 10:.2f} ms a track"),
        ("memory", sizes, f"{large['megabytes']:.0f} MiB in all"),
    ):
        ratios.sort()
        yield Row(
            f"matching 10,000 tracks: cost in {what} a track",
            "1,000 tracks",
            ratios[1],
            ratios[0],
            ratios[2],
            "1 is linear",
            note,
        )


def draw(points: list[dict[str, float]]) -> Figure:
    """Return time and memory over the number of tracks."""
    figure = Figure(figsize=(8.4, 3.4), layout="constrained")
    n = np.array([p["tracks"] for p in points])
    for axes, key, words, label in zip(
        figure.subplots(1, 2),
        ("seconds", "megabytes"),
        ("matching, seconds of one core", "peak memory of the process, MiB"),
        (f"least of {REPETITIONS}", "measured"),
        strict=True,
    ):
        y = np.array([p[key] for p in points])
        axes.loglog(n, y, "o-", color=plots.BLUE, label=label)
        axes.loglog(n, y[-1] * n / n[-1], "--", color=plots.MUTED, label="linear growth")
        if key == "seconds":
            first = [p["seconds_first"] for p in points]
            axes.loglog(n, first, "o", color=plots.BLUE, mfc="none", label="the first time")
        axes.set_xlabel("tracks", color=plots.MUTED)
        axes.set_title(words, loc="left", fontsize=11, color=plots.INK)
        axes.grid(color=plots.LINE, linewidth=0.7)
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(frameon=False, fontsize=9)
    return figure


def main() -> None:
    """Measure and draw the curve."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.audit", description=__doc__)
    parser.add_argument("--tracks", type=int, nargs="*", default=SIZES)
    points = []
    for n in parser.parse_args().tracks:
        points.append(in_process(n))
        print(json.dumps(points[-1]), flush=True)
    NUMBERS.write_text(json.dumps(points, indent=1) + "\n", encoding="utf-8")
    write_picture(draw(points), PICTURE, dpi=100)
    print(PICTURE)


if __name__ == "__main__":
    main()
