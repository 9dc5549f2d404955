"""How a track was segmented, in one picture: asgharivaskasi's Figures 3 to 7 for this track."""

from __future__ import annotations

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import LogLocator, NullLocator
from numpy.typing import NDArray

from genrelab.evaluation.canvas import INK, LINE, MUTED, blank, dress, legend, plain
from genrelab.pictures.envelope import Envelope
from genrelab.pictures.palette import COLOURS, GREY
from genrelab.pictures.times import time_axis
from genrelab.segmentation import SILENT, Part, Segmentation
from genrelab.segmentation.graph import multidimensional_scaling
from genrelab.segmentation.parts import boundaries

Floats = NDArray[np.float64]

_WIDTH, _HEIGHT = 13.0, 8.8  # inches
_MAP = "magma"
#: A letter is written in a part that is at least this share of the track, for each letter of it.
_ROOM = 0.011
#: So many clusters are named in the legend, the largest.
_NAMED = 9


def colour_of(label: int) -> str:
    """Return a cluster's colour; with more clusters than colours they begin anew, and letters tell.

    Silence is grey.
    """
    return GREY if label == SILENT else COLOURS[label % len(COLOURS)]


def segmentation_figure(
    found: Segmentation, envelope: Envelope, *, scale: float | str = "local", title: str = ""
) -> Figure:
    """Draw a track's segmentation.

    From above: the waveform (the paper's Figure 3); the distances of all pairs of windows, on a
    logarithmic scale (4); the graph's adjacency (5); the graph itself, windows as dots in their
    clusters' colours, lines between those that follow each other (6); the waveform in the colours
    of its parts (7). Bars above the matrices have the same colours.

    Parameters
    ----------
    found
        The segmentation.
    envelope
        Of the same track, from :func:`~genrelab.pictures.envelope.read_envelope`.
    scale
        Of the segmenter; stands in the adjacency's heading.
    title
        The track's name.

    Notes
    -----
    The dots lie where classical scaling of the distances' logarithms puts them, distances cut off
    at the end of the colour scale: the distances themselves have such heavy tails that all dots but
    a few would be one. Silent windows, which are not in the graph, are left out.
    """
    figure = blank(_WIDTH, _HEIGHT)
    grid = figure.add_gridspec(3, 3, height_ratios=[1.25, 3.6, 1.75])
    _draw_waveform(figure.add_subplot(grid[0, :]), envelope, found.duration)
    axes = figure.add_subplot(grid[1, 0])
    heading = "distances of windows (log. scale)"
    distance_norm = _log_norm(found)
    _draw_matrix(figure, axes, found.distances, distance_norm, found, heading)
    axes = figure.add_subplot(grid[1, 1])
    norm = Normalize(0.0, max(float(found.weights.max()), 1e-12))
    heading = f"adjacency (scale: {scale if isinstance(scale, str) else format(scale, 'g')})"
    _draw_matrix(figure, axes, found.weights, norm, found, heading)
    _draw_graph(figure.add_subplot(grid[1, 2]), found, distance_norm.vmax)
    _draw_parts(figure.add_subplot(grid[2, :]), found, envelope)
    words = f"{_count(found.n_clusters, 'cluster')}, {_count(len(found.parts), 'part')}"
    words += f", {_count(len(found.starts), 'window')} of {found.window:g} s"
    words += f", one every {found.hop:g} s" if len(found.starts) > 1 else ""
    words = f"{plain(title)}  ({words})" if title else words
    figure.suptitle(words, x=0.01, ha="left", fontsize=12.5, color=INK)
    return figure


def _count(n: int, word: str) -> str:
    return f"{n:,} {word}{'' if n == 1 else 's'}"


def _draw_waveform(axes: Axes, envelope: Envelope, duration: float) -> None:
    axes.stairs(
        envelope.highs, envelope.edges, baseline=envelope.lows, fill=True, color=INK, linewidth=0.4
    )
    dress(axes, title="waveform", grid="")
    _level_axis(axes, envelope)
    time_axis(axes, duration, most=12)


def _level_axis(axes: Axes, envelope: Envelope) -> None:
    top = 1.05 * envelope.peak or 1.0
    axes.axhline(0, color=LINE, linewidth=0.7, zorder=0.5)
    axes.set_ylim(-top, top)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)


def _log_norm(found: Segmentation) -> LogNorm:
    """Return a scale on which the heard windows' distances differ.

    Its upper end lets out silence and the few windows that are half silent: they are further from
    all others by orders of magnitude.
    """
    heard = found.labels != SILENT
    values = found.distances[np.ix_(heard, heard)] if heard.any() else found.distances
    others = values[~np.eye(len(values), dtype=bool)] if len(values) > 1 else values
    others = others[others > 0]
    low = float(np.percentile(others, 0.5)) if others.size else 1.0
    high = float(np.percentile(np.percentile(values, 95, axis=1), 95))
    return LogNorm(low, high) if high > 1.01 * low else LogNorm(low / 2, low * 2)


def _draw_matrix(
    figure: Figure, axes: Axes, values: Floats, norm: Normalize, found: Segmentation, title: str
) -> None:
    edges = boundaries(found.starts, found.window, found.duration)
    map_ = colormaps[_MAP]
    dark = map_.with_extremes(bad=map_(0.0))  # where the logarithm of 0 would be
    mesh = axes.pcolormesh(edges, edges, values, norm=norm, cmap=dark, rasterized=True)
    dress(axes, title=title, grid="")
    axes.set_title(title, color=INK, fontsize=11, loc="left", pad=17)  # room for the bar
    duration = found.duration
    axes.set_ylim(duration, 0)
    axes.set_aspect("equal")
    time_axis(axes, duration, most=5 if duration < 3600 else 3, both=True)
    for part in found.parts:
        box = (part.start, -0.035 * duration), part.duration, 0.025 * duration
        axes.add_patch(Rectangle(*box, color=colour_of(part.label), linewidth=0, clip_on=False))
    # Beside the matrix, and as high as it is.
    bar = figure.colorbar(mesh, cax=axes.inset_axes((1.03, 0.0, 0.04, 1.0)))
    bar.outline.set_visible(False)
    if isinstance(norm, LogNorm):
        low, high = mesh.get_clim()
        subs = (1.0,) if high > 3000 * low else (1.0, 2.0, 5.0)
        bar.ax.yaxis.set_major_locator(LogLocator(subs=subs, numticks=9))
        bar.ax.yaxis.set_major_formatter(lambda v, _: f"{v:,.0f}" if v >= 1 else f"{v:g}")
        bar.ax.yaxis.set_minor_locator(NullLocator())
    bar.ax.tick_params(colors=MUTED, labelsize=8.5, length=0)


def _draw_graph(axes: Axes, found: Segmentation, furthest: float | None) -> None:
    dress(axes, title="graph (multidimensional scaling)", grid="")
    axes.set_title(axes.get_title("left"), color=INK, fontsize=11, loc="left", pad=17)
    axes.set_box_aspect(1)
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(True)
    heard = found.labels != SILENT
    if not heard.any():
        axes.text(0.5, 0.5, "silence", transform=axes.transAxes, ha="center", color=MUTED)
        return
    near = np.log1p(np.minimum(found.distances[np.ix_(heard, heard)], furthest or np.inf))
    np.fill_diagonal(near, 0.0)
    places = multidimensional_scaling(near)
    n = len(places)
    axes.plot(*places.T, color=MUTED, linewidth=0.7 if n < 300 else 0.4, alpha=0.35, zorder=1)
    axes.scatter(
        places[:, 0],
        places[:, 1],
        s=float(np.clip(6000 / n, 7, 60)),
        c=[colour_of(label) for label in found.labels[heard]],
        edgecolors="white",
        linewidths=0.4,
        zorder=2,
    )
    axes.set_aspect("equal", adjustable="datalim")
    axes.margins(0.06)


def _draw_parts(axes: Axes, found: Segmentation, envelope: Envelope) -> None:
    dress(axes, title="parts", grid="")
    _level_axis(axes, envelope)
    top = axes.get_ylim()[1]
    axes.set_ylim(-1.12 * top, 1.3 * top)
    for part in found.parts:
        _draw_part(axes, part, envelope)
        if part.duration / found.duration >= _ROOM * len(part.letter):
            axes.text(
                (part.start + part.end) / 2,
                1.16 * top,
                part.letter,
                ha="center",
                va="center",
                fontsize=10,
                color=MUTED if part.label == SILENT else INK,
            )
        if part.start > 0:
            axes.axvline(part.start, color=LINE, linewidth=0.7, zorder=0.6)
    best = found.representative
    axes.plot(
        [best.start, best.end], [-1.06 * top] * 2, color=INK, linewidth=3, solid_capstyle="butt"
    )
    time_axis(axes, found.duration, most=12)
    legend(
        axes,
        handles=_handles(found),
        loc="lower right",
        bbox_to_anchor=(1.0, 1.0),
        borderaxespad=0.1,
        ncols=_NAMED + 3,
        columnspacing=1.3,
        handlelength=1.2,
    )


def _draw_part(axes: Axes, part: Part, envelope: Envelope) -> None:
    """Draw the columns that a part has a share in, cut to the part."""
    first = max(0, int(np.searchsorted(envelope.edges, part.start, "right")) - 1)
    end = max(first + 1, int(np.searchsorted(envelope.edges, part.end, "left")))
    edges = envelope.edges[first : end + 1].copy()
    edges[0], edges[-1] = max(edges[0], part.start), min(edges[-1], part.end)
    axes.stairs(
        envelope.highs[first:end],
        edges,
        baseline=envelope.lows[first:end],
        fill=True,
        color=colour_of(part.label),
        linewidth=0.4,
    )


def _handles(found: Segmentation) -> list[Patch | Line2D]:
    total: dict[int, float] = {}
    letters = {}
    for part in found.parts:
        total[part.label] = total.get(part.label, 0.0) + part.duration
        letters[part.label] = part.letter
    named = sorted(sorted(total, key=lambda label: -total[label])[:_NAMED])
    named.sort(key=lambda label: (label == SILENT, label))
    handles: list[Patch | Line2D] = [
        Patch(
            color=colour_of(label), label=f"{letters[label]}  {total[label] / found.duration:.0%}"
        )
        for label in named
    ]
    if len(total) > len(named):
        handles.append(Patch(alpha=0, label=f"and {len(total) - len(named)} more"))
    handles.append(Line2D([], [], color=INK, linewidth=3, label="representative part"))
    return handles
