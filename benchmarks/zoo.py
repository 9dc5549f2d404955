"""Every model's bundle against that of BBNN: size, and time of 30 s on one thread.

What it finds is written into the package, for `genrelab models` and docs/models.md.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.measure import Row, times_faster
from genrelab import Classifier, models
from genrelab.export.onnx import export_classical, export_module
from genrelab.models import classical, zoo
from genrelab.runtime.bundle import BundleInfo

LABELS = tuple(f"genre {k}" for k in range(zoo.CLASSES))
#: Inputs that classical models are fitted on: of a size with GTZAN.
FITTED_ON = 1000


def rows() -> Iterator[Row]:
    """Time and size of all registered models; a ratio above 1 is cheaper than BBNN."""
    measured: dict[str, zoo.Measured] = {}
    with tempfile.TemporaryDirectory() as folder:
        theirs, _ = _judge(Path(folder), "bbnn")
        for name in models.names():
            ours, megabytes = _judge(Path(folder), name)
            ratio, low, high, seconds = times_faster(ours, theirs, repeats=7)
            measured[name] = zoo.Measured(megabytes, 1.0 if name == "bbnn" else 1 / ratio)
            detail = f"{seconds * 1e3:.1f} ms, {megabytes:.3g} MB"
            yield Row(f"`{name}` on 30 s", "`bbnn`, one thread", ratio, low, high, "", detail)
    zoo.write_measured(measured)


def _judge(folder: Path, name: str):  # type: ignore[no-untyped-def]
    """Return a call that judges 30 s, and the size of the bundle in MB."""
    entry = models.entry(name)
    bins, frames = zoo.input_shape(name)
    rng = np.random.default_rng(0)
    info = BundleInfo(model={"name": name}, labels=LABELS, front_end=entry.front_end)
    path = folder / f"{name}.onnx"
    model = models.create(name, n_classes=zoo.CLASSES, n_bins=bins)
    if entry.kind == "neural":
        export_module(model, info, path, example_frames=frames)
    else:
        y = np.arange(FITTED_ON) % zoo.CLASSES
        x = rng.normal(-40, 20, (FITTED_ON, bins, 32)) + y[:, None, None]
        classical.fit(model, np.stack([classical.pool(one.astype(np.float32)) for one in x]), y)
        export_classical(model, info, path, n_bins=bins)
    classifier = Classifier(path, threads=1)
    x = rng.normal(-40, 20, (1, 1, bins, frames)).astype(np.float32)
    return (lambda: classifier.probabilities(x)), path.stat().st_size / 1e6
