"""What all pictures share: colours, an empty figure, axes without clutter, files.

Figures are built with the object interface alone: no window system, no global state. Colours are
those of Okabe and Ito (2008), told apart by colour-blind readers; ink and lines are named once
here, so that a picture can hand them to the page, which has a light and a dark face.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

BLUE, ORANGE, GREEN, SKY = "#0072b2", "#d55e00", "#009e73", "#56b4e9"
INK, MUTED, LINE = "#1c2733", "#5c6773", "#d5dade"
#: What the page calls the colours that change with its face.
PAGE_COLOURS = {INK: "var(--ink)", MUTED: "var(--muted)", LINE: "var(--line)"}

#: Endings of the files that can be written.
FORMATS = (".png", ".svg")


def blank(width: float, height: float) -> Figure:
    """Return an empty figure of this size in inches."""
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def dress(axes: Axes, *, x: str = "", y: str = "", title: str = "", grid: str = "y") -> None:
    """Label axes, thin out their lines and let the page shine through."""
    axes.patch.set_alpha(0.0)
    for side, spine in axes.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(LINE)
    axes.tick_params(colors=MUTED, labelsize=9, length=0, pad=5)
    axes.set_xlabel(x, color=MUTED, fontsize=9.5)
    axes.set_ylabel(y, color=MUTED, fontsize=9.5)
    if title:
        axes.set_title(title, color=INK, fontsize=11, loc="left", pad=10)
    if grid:
        axes.grid(axis=grid, color=LINE, linewidth=0.7)  # type: ignore[arg-type]
        axes.set_axisbelow(True)


def legend(axes: Axes, *, loc: Any = "best", **rest: Any) -> None:
    """Draw a legend without a frame, above everything else."""
    axes.legend(frameon=False, fontsize=9, labelcolor=INK, loc=loc, **rest).set_zorder(10)


def plain(text: str) -> str:
    """Keep a name from being read as a formula, and spell out what cannot be drawn."""
    drawn = "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text
    )
    return drawn.replace("$", r"\$")


@contextmanager
def any_script() -> Iterator[None]:
    """Keep matplotlib from warning that its own font lacks a letter of a name."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        yield


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
