"""Segmenting a track against the paper's algorithms line by line, against its own length, and how
the cost grows with it; on one thread."""

from __future__ import annotations

import importlib.util
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import soundfile
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from benchmarks.measure import Row
from genrelab.audio import load_audio
from genrelab.datasets import synthetic
from genrelab.segmentation import Segmenter

RATE = 22050
MINUTES = 5
LONGER = 12  # times as long
#: Reference windows of the line-by-line version that are timed; all cost the same.
TIMED = 4


def oracle() -> ModuleType:
    """Return the line-by-line version that the tests hold."""
    path = Path(__file__).parents[1] / "tests" / "segmentation" / "oracle.py"
    spec = importlib.util.spec_from_file_location("oracle", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def music(minutes: int) -> NDArray[np.float32]:
    """Return tracks of the embedded corpus, one behind the other."""
    corpus = synthetic.load(tracks_per_genre=2, bands=2)
    tracks = [soundfile.read(t.path, dtype="float32") for t in corpus.tracks]
    y = np.concatenate([y for y, _ in tracks])
    n = minutes * 60 * tracks[0][1]
    return np.resize(y, n).astype(np.float32)


def seconds_of(call: Callable[[], object]) -> float:
    """Return the processor's seconds of one call."""
    began = time.process_time()
    call()
    return time.process_time() - began


def line_by_line(path: Path, segmenter: Segmenter) -> float:
    """Return the seconds that all pairs of windows would take, from those of some of them."""
    plain = oracle()
    y = load_audio(path, segmenter.sample_rate).astype(np.float64)
    length = round(segmenter.window * segmenter.sample_rate)
    starts = range(0, len(y) - length + 1, length // 2)
    windows = [y[k : k + length] + 1e-5 for k in starts]
    began = time.process_time()
    for reference in windows[:TIMED]:
        for sliding in windows:
            plain.spectral_error_measure(
                reference, sliding, segmenter.order, lags=segmenter.lags or None
            )
    return (time.process_time() - began) * len(windows) / TIMED


def rows() -> Iterator[Row]:
    """Yield the three comparisons."""
    segmenter = Segmenter()
    rate = soundfile.info(synthetic.load(tracks_per_genre=1, bands=1).tracks[0].path).samplerate
    with tempfile.TemporaryDirectory() as folder, threadpool_limits(1):
        path, long = Path(folder) / "song.wav", Path(folder) / "mix.wav"
        y = music(MINUTES)
        soundfile.write(path, y, rate)
        soundfile.write(long, np.tile(y, LONGER), rate)
        segmenter.segment(path)
        ours = [seconds_of(lambda: segmenter.segment(path)) for _ in range(5)]
        theirs = [line_by_line(path, segmenter) for _ in range(3)]
        longer = [seconds_of(lambda: segmenter.segment(long)) for _ in range(3)]
    mine = statistics.median(ours)
    what = f"segmenting {MINUTES} minutes of music, file to parts"
    yield Row(
        what,
        "the paper's Algorithms 1 and 2 line by line",
        statistics.median(theirs) / mine,
        min(theirs) / max(ours),
        max(theirs) / min(ours),
        "50",
        f"{mine:.2f} s; of all pairs by lines, {TIMED} windows against all were timed",
    )
    length = 60.0 * MINUTES
    yield Row(what, "real time", length / mine, length / max(ours), length / min(ours), "100")
    growth = [t / mine / LONGER for t in longer]
    yield Row(
        f"segmenting {LONGER * MINUTES} minutes: cost in time a minute",
        f"{MINUTES} minutes",
        statistics.median(growth),
        min(growth),
        max(growth),
        "1 is linear",
        f"{statistics.median(longer):.1f} s; windows grow longer",
    )
