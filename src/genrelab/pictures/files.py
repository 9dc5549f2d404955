"""Pictures as files, and the seconds along their axes."""

from __future__ import annotations

from pathlib import Path

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MultipleLocator

from genrelab.clock import clock
from genrelab.evaluation.canvas import any_script

#: Endings of the files that can be written.
FORMATS = (".png", ".svg")
_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400)
_MOST_TICKS = 11


def write_picture(figure: Figure, path: Path, *, dpi: int = 150) -> None:
    """Write a picture on white, the same bytes on every call; ``OSError`` if it cannot be.

    Parameters
    ----------
    path
        Ends in one of :data:`FORMATS`, in capitals or not.
    """
    kind = path.suffix[1:].lower()
    clean = {"png": {"Software": None}, "svg": {"Date": None, "Creator": None}}[kind]
    with matplotlib.rc_context({"svg.hashsalt": "genrelab", "svg.fonttype": "none"}), any_script():
        figure.savefig(path, format=kind, dpi=dpi, metadata=clean)


def time_axis(axes: Axes, duration: float) -> None:
    """Let an x axis in seconds run from 0 to ``duration`` and tell times as a player does."""
    step = next((s for s in _STEPS if duration / s <= _MOST_TICKS), 86400)
    axes.set_xlim(0, duration)
    axes.xaxis.set_major_locator(MultipleLocator(step))
    axes.xaxis.set_major_formatter(lambda seconds, _: clock(seconds))
