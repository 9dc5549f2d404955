"""The picture of a timeline: the stretches as a band, the probabilities of all genres below it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import PercentFormatter
from numpy.typing import NDArray

from genrelab.clock import clock
from genrelab.evaluation.canvas import INK, MUTED, blank, dress, legend, plain
from genrelab.pictures.palette import GREY, palette
from genrelab.pictures.times import time_axis
from genrelab.runtime.answers import Stretch, Timeline
from genrelab.segmentation.parts import boundaries

_WIDTH, _HEIGHT = 10.0, 4.2  # inches
#: Columns the probabilities are drawn in; of more windows the mean is taken, as they would be
#: narrower than what can be seen.
_COLUMNS = 300
#: About how wide a letter of a word and of a time are, and the room around both, in shares of the
#: band.
_LETTER, _DIGIT, _ROOM = 0.0092, 0.0075, 0.008
#: With more changes than this their lines are thinner.
_MANY = 40


def timeline_figure(
    timeline: Timeline, *, parts: tuple[Stretch, ...] = (), title: str = ""
) -> Figure:
    """Draw a track's timeline, and its parts in a second band if there are any.

    Above, the stretches, each with its genre where there is room for the word; below, the
    probabilities of all genres stacked to one, in the model's order; thin lines at the changes. A
    genre's colour is the same in all pictures of one model that knows up to twelve genres; of more,
    those heard least in the track share one.
    """
    duration = timeline.stretches[-1].end
    edges, rows = _columns(timeline, duration)
    share = np.average(rows, axis=0, weights=np.diff(edges))
    said = {s.label for s in timeline.stretches}
    said |= {s.label for s in parts}
    weights = {label: p + (label in said) for label, p in zip(timeline.labels, share, strict=True)}
    bands = (timeline.stretches, parts) if parts else (timeline.stretches,)
    colours = palette(timeline.labels, weights)
    figure, below = _frame(bands, colours, title)
    # Each genre is drawn down to zero and the ones below it over it, so that nothing shines through
    # between two; those without a colour of their own are one area, on top.
    other = np.array([colours[label] == GREY for label in timeline.labels])
    stack = [
        (colours[k], p) for k, p, o in zip(timeline.labels, rows.T, other, strict=True) if not o
    ]
    stack.append((GREY, rows[:, other].sum(axis=1)))
    tops = np.cumsum([p for _, p in stack], axis=0)
    for (colour, _), top in reversed(list(zip(stack, tops, strict=True))):
        below.stairs(top, edges, fill=True, color=colour, linewidth=0)
    return figure


def parts_figure(parts: tuple[Stretch, ...], *, title: str = "") -> Figure:
    """Draw the parts of a track as a band: letter, genre, and the probabilities below it.

    What is silent has no part and stays white.
    """
    said = {p.label for p in parts}
    weights = {label: float(label in said) for label in parts[0].probabilities}
    for part in parts:
        for label, p in part.probabilities.items():
            weights[label] += p * (part.end - part.start) / parts[-1].end
    colours = palette(tuple(weights), weights)
    figure, below = _frame((parts,), colours, title)
    for part in parts:
        low = 0.0
        for label, p in part.probabilities.items():
            below.add_patch(
                Rectangle(
                    (part.start, low), part.end - part.start, p, color=colours[label], linewidth=0
                )
            )
            low += p
    return figure


def _frame(
    bands: Sequence[tuple[Stretch, ...]], colours: dict[str, str], title: str
) -> tuple[Figure, Axes]:
    """Return a figure of bands, of which the first has times, and the axes of probabilities below.

    There, lines are drawn where the first band changes.
    """
    first = bands[0]
    figure = blank(_WIDTH, _HEIGHT)
    heights = [1.0] * len(bands) + [6.5]
    *above, below = figure.subplots(len(heights), 1, sharex=True, height_ratios=heights)
    for axes, stretches in zip(above, bands, strict=True):
        draw_band(axes, stretches, colours, times=stretches is first)
    if title:
        above[0].set_title(plain(title), color=INK, fontsize=11, loc="left", pad=20)
    for stretch in first:
        if stretch.start > 0:
            below.axvline(stretch.start, color=INK, linewidth=_line(first))
    dress(below, x="time", y="probability", grid="")
    below.set_ylim(0, 1)
    below.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0, symbol=" %"))
    time_axis(below, first[-1].end)
    legend(
        below,
        loc="center left",
        bbox_to_anchor=(1.0, 0.5),
        handles=list(_handles(colours)),
    )
    return figure, below


def draw_band(
    axes: Axes, stretches: tuple[Stretch, ...], colours: dict[str, str], *, times: bool = True
) -> None:
    """Draw stretches as a coloured band on an x axis in seconds, with the times of the changes.

    A word or a time that has no room is left out; the part's name comes before the genre's, or
    stands alone.
    """
    duration = stretches[-1].end
    free = 0.0  # up to where times are written, as a share
    for stretch in stretches:
        width = stretch.end - stretch.start
        axes.axvspan(stretch.start, stretch.end, color=colours[stretch.label], linewidth=0)
        for word in (f"{stretch.part} {stretch.label}".strip(), stretch.part or stretch.label):
            if len(word) * _LETTER + _ROOM <= width / duration:
                axes.text(
                    stretch.start + width / 2,
                    0.5,
                    plain(word),
                    ha="center",
                    va="center",
                    fontsize=9.5,
                    color=_ink_on(colours[stretch.label]),
                )
                break
        if stretch.start == 0:
            continue
        axes.axvline(stretch.start, color=INK, linewidth=_line(stretches))
        if not times:
            continue
        time = clock(stretch.start)
        half = len(time) * _DIGIT / 2
        if stretch.start / duration - half >= free:
            axes.text(
                stretch.start, 1.12, time, ha="center", va="bottom", fontsize=8.5, color=MUTED
            )
            free = stretch.start / duration + half + _ROOM
    dress(axes, grid="")
    axes.set_ylim(0, 1)
    axes.set_yticks([])
    axes.tick_params(labelbottom=False)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _columns(
    timeline: Timeline, duration: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the edges and the probabilities of what is drawn: the windows' cells, or groups."""
    edges = boundaries(timeline.starts, timeline.window, duration)
    rows = np.array(timeline.probabilities)
    group = -(-len(rows) // _COLUMNS)
    first = np.arange(0, len(rows), group)
    sums = np.add.reduceat(rows * np.diff(edges)[:, None], first, axis=0)
    edges = np.append(edges[first], edges[-1])
    return edges, sums / sums.sum(axis=1, keepdims=True)


def _handles(colours: dict[str, str]) -> Iterator[Patch]:
    """Yield the entries of the legend from the top of the stack to its bottom."""
    if GREY in colours.values():
        yield Patch(color=GREY, label="others")
    for label, colour in reversed(colours.items()):
        if colour != GREY:
            yield Patch(color=colour, label=plain(label))


def _ink_on(colour: str) -> str:
    """Return white or ink, whichever is read better on a colour."""
    light = np.dot(to_rgb(colour), [0.299, 0.587, 0.114])
    return "#ffffff" if light < 0.55 else INK


def _line(stretches: tuple[Stretch, ...]) -> float:
    return 0.9 if len(stretches) <= _MANY else 0.4
