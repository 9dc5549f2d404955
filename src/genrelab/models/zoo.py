"""One table of all models: what ``genrelab models`` and docs/models.md show."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from genrelab.features import create
from genrelab.models import registry
from genrelab.models.cost import count_multiply_adds, count_parameters

SECONDS = 30.0
CLASSES = 10
HEADINGS = (
    "model",
    "parameters",
    "mult-adds, 30 s",
    "ONNX, MB",
    "CPU time",
    "source",
    "what it is",
)


@dataclass(frozen=True)
class Measured:
    """What only running a model tells.

    Parameters
    ----------
    megabytes
        Size of its bundle.
    cpu_time
        Time of 30 s through ONNX Runtime on one thread, where ``bbnn`` takes 1.
    """

    megabytes: float
    cpu_time: float


def measured_file() -> Path:
    """Return the file that ``python -m benchmarks zoo`` writes."""
    return Path(str(resources.files("genrelab.models"))) / "zoo.csv"


def read_measured() -> dict[str, Measured]:
    """Return what was measured of each model, by name."""
    with measured_file().open(encoding="utf-8", newline="") as file:
        return {
            row["model"]: Measured(float(row["megabytes"]), float(row["cpu_time"]))
            for row in csv.DictReader(file)
        }


def write_measured(measured: dict[str, Measured]) -> None:
    """Write what was measured of each model."""
    with measured_file().open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("model", "megabytes", "cpu_time"))
        for name, one in sorted(measured.items()):
            writer.writerow((name, f"{one.megabytes:.3g}", f"{one.cpu_time:.2g}"))


def input_shape(name: str) -> tuple[int, int]:
    """Return the ``(bins, frames)`` of 30 s on a model's own front end."""
    front_end = create(**registry.entry(name).front_end)
    return front_end.n_bins, int(SECONDS * front_end.frame_rate) + 1


def zoo_rows() -> list[tuple[str, ...]]:
    """Return a row of :data:`HEADINGS` for every model.

    Counted and measured with 10 classes on 30 s of the model's own front end. A model that is
    fitted rather than shaped beforehand has no parameters to count; its bundle grows with what it
    was fitted on. ``-`` stands for what does not apply or was not measured.
    """
    measured = read_measured()
    rows: list[tuple[str, ...]] = []
    for name in registry.names():
        entry = registry.entry(name)
        parameters = multiply_adds = megabytes = cpu_time = "-"
        if entry.kind == "neural":
            bins, frames = input_shape(name)
            network = registry.create(name, n_classes=CLASSES, n_bins=bins)
            parameters = f"{count_parameters(network).weights:,}"
            multiply_adds = f"{count_multiply_adds(network, bins, frames) / 1e6:,.0f} M"
        if name in measured:
            megabytes = f"{measured[name].megabytes:g}"
            cpu_time = f"{measured[name].cpu_time:g}"
        rows.append(
            (name, parameters, multiply_adds, megabytes, cpu_time, entry.source, entry.summary)
        )
    return rows
