"""One table of all models: what ``genrelab models`` and docs/models.md show."""

from __future__ import annotations

from genrelab.features import create
from genrelab.models import registry
from genrelab.models.cost import count_multiply_adds, count_parameters

SECONDS = 30.0
CLASSES = 10


def zoo_rows() -> list[tuple[str, str, str, str, str]]:
    """Return name, parameters, multiply-adds for 30 s, source and summary of every model.

    Counted with 10 classes on the model's own front end; ``-`` for a model that is fitted rather
    than shaped beforehand.
    """
    rows = []
    for name in registry.names():
        entry = registry.entry(name)
        parameters = multiply_adds = "-"
        if entry.kind == "neural":
            front_end = create(**entry.front_end)
            bins, frames = front_end.n_bins, int(SECONDS * front_end.frame_rate) + 1
            network = registry.create(name, n_classes=CLASSES, n_bins=bins)
            parameters = f"{count_parameters(network).weights:,}"
            multiply_adds = f"{count_multiply_adds(network, bins, frames) / 1e6:,.0f} M"
        rows.append((name, parameters, multiply_adds, entry.source, entry.summary))
    return rows
