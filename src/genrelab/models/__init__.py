"""Models: one file for one idea, each registered under its name."""

from genrelab.models import (  # noqa: F401  (defining the models registers them)
    baselines,
    bbnn,
    bbnn_schemes,
    bbnn_variants,
    broadcast,
    classical,
    fcn,
    indrnn,
    lgnet,
    recurrent,
    resnet,
    skip_rnn,
    vgg,
)
from genrelab.models.registry import Entry, create, entry, names

__all__ = ["Entry", "create", "entry", "names"]
