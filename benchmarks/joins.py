"""Segmentation against the truth: tracks joined from real clips, and sounds that grow alike.

``python -m benchmarks.joins FOLDER`` (the folder that holds ``emotify/``) writes
``results/segmentation.csv`` and ``results/segmentation-alike.json``; `make docs` makes the page.

**Joins.** A track has eleven stretches of 10 to 25 s, so ten joins, of four clips by four artists:
one of each genre ("mixed"), or four of one genre. A stretch begins anywhere in its clip; neighbours
differ. The number of lags and the least scale were chosen on other tracks, of all kinds, by the
other half of the artists (``--half 0``). Window, order, the local scale and the shortest part were
chosen before, on twelve "mixed" tracks whose artists were divided otherwise: some of those artists
are heard here too, in other joins, so that the figures may be somewhat kind to genrelab. The
baseline is librosa's agglomerative clustering of MFCC frames, which is *told the true number of
stretches*; its stretches are then clustered by their mean MFCC into the true number of clips.

**Alike.** ABACABA, twelve seconds each, of two or three sounds: autoregressive processes, and the
bands of the embedded corpus. At the likeness ``m`` every sound is its own by ``1 - m`` and the mean
of all by ``m``.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy.signal
import scipy.stats
from numpy.typing import NDArray

import genrelab
from genrelab.audio import load_audio
from genrelab.segmentation import Part, Segmenter
from genrelab.segmentation.scores import (
    adjusted_rand_index,
    boundary_hits,
    labels_over_time,
    pairwise_f1,
)

RESULTS = Path(__file__).parents[1] / "results"
TABLE, CURVE = RESULTS / "segmentation.csv", RESULTS / "segmentation-alike.json"
RATE = 22050
GENRES = ("classical", "electronic", "pop", "rock")
STRETCHES, SHORTEST, LONGEST = 11, 10.0, 25.0
LIKENESS = (0.0, 0.25, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 1.0)
SEEDS = 5

Samples = NDArray[np.float32]


@dataclass(frozen=True)
class Joined:
    """A track and its truth."""

    y: Samples
    parts: tuple[Part, ...]


# Joins --------------------------------------------------------------------------------------------


class Clips:
    """The clips of Emotify by one half of its artists, decoded once."""

    def __init__(self, root: Path, half: int) -> None:
        self._root = root
        with (root / "index.csv").open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        self._rows = [r for r in rows if _half(r["artist"]) == half]
        self._heard: dict[str, Samples] = {}

    def draw(self, kind: str, rng: np.random.Generator) -> list[Samples]:
        """Return four clips by four artists."""
        chosen: list[dict[str, str]] = []
        for genre in GENRES if kind == "mixed" else [kind] * 4:
            taken = {r["artist"] for r in chosen}
            fit = [r for r in self._rows if r["genre"] == genre and r["artist"] not in taken]
            chosen.append(fit[rng.integers(len(fit))])
        return [self._load(r["file"]) for r in chosen]

    def _load(self, name: str) -> Samples:
        if name not in self._heard:
            self._heard[name] = load_audio(self._root / name, RATE)
        return self._heard[name]


def _half(artist: str) -> int:
    return hashlib.sha256(artist.encode()).digest()[0] % 2


def join(clips: list[Samples], rng: np.random.Generator) -> Joined:
    """Join stretches of the clips."""
    order: list[int] = []
    while len(order) < STRETCHES:
        k = int(rng.integers(len(clips)))
        if not order or order[-1] != k:
            order.append(k)
    pieces = []
    for k in order:
        n = round(rng.uniform(SHORTEST, LONGEST) * RATE)
        begin = int(rng.integers(max(1, len(clips[k]) - n)))
        pieces.append(clips[k][begin : begin + n])
    edges = np.cumsum([0, *map(len, pieces)]) / RATE
    parts = tuple(Part(a, b, k) for a, b, k in zip(edges, edges[1:], order, strict=False))
    return Joined(np.concatenate(pieces), parts)


def ours(n_clusters: int) -> Callable[[Joined], tuple[Part, ...]]:
    """Return genrelab's segmentation."""
    segmenter = Segmenter(n_clusters=n_clusters)

    def segment(track: Joined) -> tuple[Part, ...]:
        import soxr

        y = soxr.resample(track.y, RATE, segmenter.sample_rate, quality="HQ")
        return segmenter.segment_samples(y).parts

    return segment


def agglomerative(track: Joined) -> tuple[Part, ...]:
    """Return librosa's segmentation of MFCC frames, told how many stretches there are."""
    import librosa
    from sklearn.cluster import KMeans

    mfcc = librosa.feature.mfcc(y=track.y, sr=RATE, hop_length=2048)
    starts = librosa.segment.agglomerative(mfcc, len(track.parts))
    edges = np.append(librosa.frames_to_time(starts, sr=RATE, hop_length=2048), len(track.y) / RATE)
    means = np.stack([m.mean(axis=1) for m in np.split(mfcc, starts[1:], axis=1)])
    n = len({p.label for p in track.parts})
    labels = KMeans(min(n, len(means)), n_init=10, random_state=0).fit_predict(means)
    return tuple(Part(a, b, int(k)) for a, b, k in zip(edges, edges[1:], labels, strict=False))


METHODS: dict[str, Callable[[Joined], tuple[Part, ...]]] = {
    "genrelab, number of clusters by the eigengap": ours(0),
    "genrelab, told the number of clips": ours(4),
    "librosa agglomerative, told the numbers of stretches and clips": agglomerative,
}


def rows_of_joins(root: Path, *, tracks: int, half: int) -> Iterator[dict[str, object]]:
    """Yield a row for each kind of track and method; intervals by bootstrap over tracks."""
    clips = Clips(root, half)
    for kind in ("mixed", *GENRES):
        made = []
        for seed in range(tracks):
            rng = np.random.default_rng([half, seed, *kind.encode()])
            made.append(join(clips.draw(kind, rng), rng))
        for method, segment in METHODS.items():
            scores: dict[str, list[float]] = {}
            for track in made:
                for name, value in _score(track, segment(track)).items():
                    scores.setdefault(name, []).append(value)
            row: dict[str, object] = {"kind": kind, "method": method, "tracks": tracks}
            for name, values in scores.items():
                row[name] = round(float(np.mean(values)), 4)
                if name in ("pairwise_f1", "boundary_f1"):
                    found = scipy.stats.bootstrap(
                        (values,), np.mean, rng=np.random.default_rng(0)
                    ).confidence_interval
                    row[f"{name}_low"] = round(float(found.low), 4)
                    row[f"{name}_high"] = round(float(found.high), 4)
            yield {**row, "genrelab_version": genrelab.__version__}


def _score(track: Joined, parts: tuple[Part, ...]) -> dict[str, float]:
    hits = boundary_hits([p.start for p in track.parts[1:]], [p.start for p in parts[1:]])
    return {
        "pairwise_f1": pairwise_f1(labels_over_time(track.parts), labels_over_time(parts)),
        "boundary_recall": hits.recall,
        "boundary_precision": hits.precision,
        "boundary_f1": hits.f1,
        "clusters": len({p.label for p in parts}),
        "stretches": len(parts),
    }


# Sounds that grow alike ---------------------------------------------------------------------------


def processes(seed: int, n: int, rate: int) -> list[NDArray[np.float64]]:
    """Return three autoregressive processes with two resonances each."""
    rng = np.random.default_rng(seed)
    places = ([0.03, 0.2], [0.1, 0.35], [0.25, 0.4])
    sounds = []
    for turns in places:
        poles = [0.93 * np.exp(2j * np.pi * f * sign) for f in turns for sign in (1, -1)]
        y = scipy.signal.lfilter([1.0], np.real(np.poly(poles)), rng.standard_normal(n + 999))
        sounds.append(y[999:] / y.std())
    return sounds


def bands(seed: int, n: int, rate: int) -> list[NDArray[np.float64]]:
    """Return three tracks of the embedded corpus, each of another dance and band."""
    import soundfile
    import soxr

    from genrelab.datasets import synthetic

    corpus = synthetic.load(tracks_per_genre=1, bands=1, seed=seed)
    rng = np.random.default_rng(seed)
    sounds = []
    for k in rng.permutation(len(corpus.tracks))[:3]:
        y, sr = soundfile.read(corpus.tracks[k].path)
        y = soxr.resample(y, sr, rate, quality="HQ")[:n]
        sounds.append(y / y.std())
    return sounds


def mix(sounds: list[NDArray[np.float64]], likeness: float) -> list[NDArray[np.float64]]:
    """Return the sounds, each moved towards the mean of all."""
    mean = np.mean(sounds, axis=0)
    return [(1 - likeness) * y + likeness * mean for y in sounds]


def curve() -> dict[str, object]:
    """Return the adjusted Rand index of ABACABA by likeness, for both kinds of sound."""
    segmenter = Segmenter(n_clusters=3)
    rate, n = segmenter.sample_rate, 12 * segmenter.sample_rate
    found: dict[str, object] = {"likeness": LIKENESS, "seeds": SEEDS}
    for name, make in (("autoregressive processes", processes), ("bands of the corpus", bands)):
        rows = []
        for seed in range(SEEDS):
            sounds = make(seed, 2 * n, rate)
            row = []
            for m in LIKENESS:
                mixed = dict(zip("ABC", mix(sounds, m), strict=True))
                # Each time a sound comes, other seconds of it are heard.
                pieces = [np.roll(mixed[x], 5 * k * rate)[:n] for k, x in enumerate("ABACABA")]
                truth = tuple(
                    Part(12.0 * k, 12.0 * k + 12, "ABC".index(x)) for k, x in enumerate("ABACABA")
                )
                y = 0.1 * np.concatenate(pieces).astype(np.float32)
                parts = segmenter.segment_samples(y).parts
                row.append(adjusted_rand_index(labels_over_time(truth), labels_over_time(parts)))
            rows.append(row)
        found[name] = np.round(rows, 4).tolist()
    return found


def main() -> None:
    """Measure both and write the results."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.joins", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--tracks", type=int, default=10)
    parser.add_argument("--half", type=int, default=1, choices=(0, 1))
    options = parser.parse_args()
    rows = []
    for row in rows_of_joins(options.folder / "emotify", tracks=options.tracks, half=options.half):
        print(json.dumps(row), flush=True)
        rows.append(row)
    if options.half == 0:  # what the settings were chosen on is no result
        return
    with TABLE.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    CURVE.write_text(json.dumps(curve(), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
