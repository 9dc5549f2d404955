"""Models: one file for one idea, each registered under its name."""

from genrelab.models import (  # noqa: F401  (defining the models registers them)
    baselines,
    bbnn,
    broadcast,
    classical,
    lgnet,
    resnet,
)
from genrelab.models.registry import Entry, create, entry, names

__all__ = ["Entry", "create", "entry", "names"]
