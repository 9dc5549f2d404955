"""The pictures of a report, each a matplotlib figure made from numbers that are already there."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from html import escape

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator, PercentFormatter
from numpy.typing import NDArray

from genrelab.evaluation.canvas import (
    BLUE,
    GREEN,
    INK,
    LINE,
    MUTED,
    ORANGE,
    PAGE_COLOURS,
    SKY,
    any_script,
    blank,
    dress,
    legend,
    plain,
)
from genrelab.evaluation.statistics import Interval, wilson_bounds
from genrelab.evaluation.summary import FoldScores, RunSummary
from genrelab.evaluation.wording import MINUS

_LARGEST_MARKED_FOLDS = 12


def confusion_figure(labels: Sequence[str], counts: NDArray[np.integer]) -> Figure:
    """Draw the confusion matrix ``(classes, classes)``: counts, and per cent of each row.

    Rows are true genres, columns answers; right answers are blue, mistakes orange, the stronger
    the larger the share of the row.
    """
    matrix = np.asarray(counts)
    n = len(labels)
    of_row = matrix.sum(axis=1, keepdims=True)
    shares = np.divide(matrix, of_row, out=np.zeros(matrix.shape), where=of_row > 0)
    cell = 0.78 if n <= 8 else 0.56
    names = [plain(label) for label in labels]
    longest = max(len(label) for label in labels)
    figure = blank(n * cell + 1.2 + 0.075 * longest, n * cell + 1.0 + 0.06 * longest)
    axes = figure.add_subplot()
    sizes = (11.0, 8.0) if n <= 8 else (8.5, 6.5)
    for i, j in np.ndindex(n, n):
        colour = BLUE if i == j else ORANGE
        # A root makes a few mistakes visible; the figures say how many.
        alpha = 0.0 if matrix[i, j] == 0 else 0.06 + 0.86 * shares[i, j] ** 0.7
        axes.add_patch(
            Rectangle((j - 0.5, i - 0.5), 1, 1, facecolor=colour, alpha=alpha, linewidth=0)
        )
        axes.add_patch(
            Rectangle((j - 0.5, i - 0.5), 1, 1, facecolor="none", edgecolor=LINE, linewidth=0.6)
        )
        if matrix[i, j] == 0:
            continue
        ink = "#ffffff" if alpha > 0.85 else INK
        axes.text(
            j, i - 0.12, f"{matrix[i, j]:,}", ha="center", va="center", fontsize=sizes[0], color=ink
        )
        axes.text(
            j,
            i + 0.24,
            f"{100 * shares[i, j]:.0f} %",
            ha="center",
            va="center",
            fontsize=sizes[1],
            color=ink,
        )
    axes.set(xlim=(-0.5, n - 0.5), ylim=(n - 0.5, -0.5), aspect="equal")
    dress(axes, x="answer", y="true genre", grid="")
    turned = n > 4 or longest > 9
    axes.set_xticks(
        range(n),
        names,
        rotation=45 if turned else 0,
        ha="right" if turned else "center",
        rotation_mode="anchor",
    )
    axes.set_yticks(range(n), names)
    for text in (*axes.get_xticklabels(), *axes.get_yticklabels()):
        text.set_color(INK)
    for spine in axes.spines.values():
        spine.set_visible(False)
    return figure


def _over_epochs(history: pd.DataFrame, column: str) -> tuple[list[pd.Series], pd.Series]:
    """One series over epochs a fold, and their mean while at least half of the folds go on."""
    wide = history.pivot_table(index="epoch", columns="fold", values=column)
    running = wide.notna().sum(axis=1) >= max(1, wide.shape[1] / 2)
    return [wide[fold].dropna() for fold in wide.columns], wide.mean(axis=1)[running]


def learning_figure(history: pd.DataFrame) -> Figure | None:
    """Draw loss and accuracy over epochs, training and validation, a thin line a fold.

    Thick lines are means over the folds, drawn while at least half of the folds were still in
    training; dots mark each fold's best validation accuracy. ``None`` if there is nothing to draw.
    """
    kinds = [("loss", "loss (nats)"), ("accuracy", "accuracy")]
    kinds = [
        (kind, words)
        for kind, words in kinds
        if history[[f"train_{kind}", f"valid_{kind}"]].notna().to_numpy().any()
    ]
    if not kinds:
        return None
    figure = blank(4.9 * len(kinds), 3.6)
    folds = history["fold"].nunique()
    for place, (kind, words) in enumerate(kinds, start=1):
        axes = figure.add_subplot(1, len(kinds), place)
        for part, colour, name in (("train", BLUE, "training"), ("valid", ORANGE, "validation")):
            lines, mean = _over_epochs(history, f"{part}_{kind}")
            for line in lines if folds > 1 else []:
                axes.plot(line.index, line, color=colour, linewidth=0.8, alpha=0.35)
            label = name if folds == 1 else f"{name}, mean of {folds} folds"
            axes.plot(mean.index, mean, color=colour, linewidth=2.2, label=label)
            if kind == "accuracy" and part == "valid":
                best = [(line.idxmax(), line.max()) for line in lines if len(line)]
                axes.plot(
                    *zip(*best, strict=True),
                    linestyle="none",
                    marker="o",
                    markersize=4.5,
                    color=colour,
                    label="best validation" + (" of a fold" if folds > 1 else ""),
                )
        dress(axes, x="epoch", title=words)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        if kind == "accuracy":
            axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0, symbol=" %"))
            legend(axes, loc="lower right")
        elif _wild(history[["train_loss", "valid_loss"]].to_numpy(dtype=float)):
            axes.set_yscale("log")
            axes.set_title(f"{words}, logarithmic", color=INK, fontsize=11, loc="left", pad=10)
            axes.tick_params(which="minor", length=0, labelleft=False)
        else:
            axes.set_ylim(bottom=0)
    if len(kinds) == 1:
        legend(figure.axes[0])
    return figure


def _wild(losses: NDArray[np.float64]) -> bool:
    """Whether a few losses would flatten all others against the axis."""
    found = losses[np.isfinite(losses) & (losses > 0)]
    return bool(len(found) and found.max() > 15 * np.median(found))


def folds_figure(folds: Sequence[FoldScores], mean: float) -> Figure:
    """Draw accuracy of each fold in training, validation and test, as in liu2021, Figure 4.

    Parts that the predictions do not hold are left out. The dashed line is the mean over folds
    of the test accuracy, and the figures (per cent) stand in the test bars.
    """
    parts = [
        (name, colour, values)
        for name, colour, values in (
            ("training", SKY, [f.train_accuracy for f in folds]),
            ("validation", GREEN, [f.valid_accuracy for f in folds]),
            ("test", BLUE, [f.test_accuracy for f in folds]),
        )
        if any(v is not None for v in values)
    ]
    n = len(folds)
    figure = blank(max(4.2, min(10.0, 1.6 + 0.85 * n)), 3.6)
    axes = figure.add_subplot()
    width = 0.78 / max(3, len(parts))
    for k, (name, colour, values) in enumerate(parts):
        x = np.arange(n) + (k - (len(parts) - 1) / 2) * width
        heights = [np.nan if v is None else v for v in values]
        axes.bar(x, heights, width * 0.92, color=colour, label=name)
        if name == "test" and n <= _LARGEST_MARKED_FOLDS:
            for at, height in zip(x, heights, strict=True):
                inside = height > 0.12
                axes.text(
                    at,
                    height + (-0.018 if inside else 0.015),
                    f"{100 * height:.0f}",
                    ha="center",
                    va="top" if inside else "bottom",
                    fontsize=8.5,
                    color="#ffffff" if inside else INK,
                )
    if n > 1:
        axes.axhline(mean, color=INK, linewidth=1.1, linestyle=(0, (5, 3)), zorder=0.9)
        axes.text(n - 0.38, mean, f"mean {100 * mean:.1f} %", va="center", fontsize=9, color=INK)
    axes.set(ylim=(0, 1.06), xlim=(-0.55, n - 0.45))
    dress(axes, x="fold", y="accuracy")
    axes.set_xticks(range(n), [str(f.fold) for f in folds])
    axes.set_yticks(np.linspace(0, 1, 6))
    axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0, symbol=" %"))
    legend(axes, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=len(parts))
    return figure


def reliability_figure(summary: RunSummary) -> Figure:
    """Draw accuracy against confidence, with 95 % bars, above a histogram of confidence.

    Bins are those of the calibration error. Bars are Wilson's, taking tracks as independent.
    """
    bins = [b for b in summary.calibration.bins if b.count]
    confidence = np.array([b.confidence for b in bins])
    accuracy = np.array([b.accuracy for b in bins])
    counts = np.array([b.count for b in bins], float)
    low, high = wilson_bounds(accuracy * counts, counts)
    figure = blank(4.9, 5.2)
    above, below = figure.subplots(2, 1, height_ratios=[3.2, 1], sharex=True)
    above.plot([0, 1], [0, 1], color=MUTED, linewidth=1.1, linestyle=(0, (5, 3)))
    above.annotate(
        "as sure as right",
        (0.03, 0.03),
        xytext=(0, 5),
        textcoords="offset points",
        rotation=45,
        rotation_mode="anchor",
        transform_rotates_text=True,
        fontsize=8.5,
        color=MUTED,
    )
    above.errorbar(
        confidence,
        accuracy,
        yerr=np.clip([accuracy - low, high - accuracy], 0, None),
        color=BLUE,
        marker="o",
        markersize=5.5,
        linewidth=1.8,
        elinewidth=1.0,
    )
    dress(above, y="accuracy", grid="both")
    above.set(xlim=(0, 1), ylim=(0, 1.02))
    above.tick_params(labelbottom=False)
    error = summary.calibration.expected_calibration_error
    above.set_title(
        f"expected calibration error {error:.3f}", color=INK, fontsize=11, loc="left", pad=10
    )
    for b in summary.calibration.bins:
        below.bar((b.low + b.high) / 2, b.count, 0.9 * (b.high - b.low), color=BLUE, alpha=0.75)
    dress(below, x="confidence (probability of the answer)", y="tests")
    below.yaxis.set_major_locator(MaxNLocator(nbins=3, integer=True))
    for axes in (above, below):
        axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0, symbol=" %"))
    above.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0, symbol=" %"))
    return figure


def intervals_figure(rows: Sequence[tuple[str, Interval]], *, points: bool = False) -> Figure:
    """Draw a dot and its interval for each named row: accuracies, or differences in ``points``.

    Differences get a line at zero; an interval that crosses it is drawn pale.
    """
    longest = max(len(name) for name, _ in rows)
    figure = blank(min(9.5, 5.0 + 0.07 * longest), 0.9 + 0.42 * len(rows))
    axes = figure.add_subplot()
    for k, (_, interval) in enumerate(rows):
        alpha = 1.0
        if interval.low is not None and interval.high is not None:
            alpha = 0.45 if points and interval.low <= 0 <= interval.high else 1.0
            bounds = [interval.low, interval.high]
            axes.plot(bounds, [k, k], color=BLUE, linewidth=2.6, alpha=alpha)
        axes.plot(interval.value, k, marker="o", markersize=7, color=BLUE, alpha=alpha)
    dress(
        axes,
        x="difference of accuracy in points" if points else "accuracy",
        grid="x",
    )
    axes.spines["left"].set_visible(False)
    if points:
        axes.axvline(0, color=INK, linewidth=1.1)
        axes.xaxis.set_major_formatter(
            lambda value, _: f"{100 * value:+.3g}".replace("-", MINUS) if value else "0"
        )
    else:
        axes.xaxis.set_major_locator(MaxNLocator(nbins=8, steps=[1, 2, 5, 10]))
        axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0, symbol=" %"))
    axes.margins(x=0.08)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_yticks(range(len(rows)), [plain(name) for name, _ in rows], color=INK)
    return figure


def to_svg(figure: Figure, *, name: str, description: str) -> str:
    """Return an ``<svg>`` element to stand in a page, coloured by the page's own properties.

    Parameters
    ----------
    name
        Makes the picture's ids its own; letters, digits and hyphens.
    description
        What the picture shows, for readers who do not see it.
    """
    text = io.StringIO()
    FigureCanvasSVG(figure)
    # The salt makes ids, and so the page, the same on every call; text stays text, in the page's
    # own font, so that any script is drawn.
    with matplotlib.rc_context({"svg.hashsalt": name, "svg.fonttype": "none"}), any_script():
        figure.savefig(
            text, format="svg", transparent=True, metadata={"Date": None, "Creator": None}
        )
    svg = text.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'\bid="', f'id="{name}-', svg)
    svg = re.sub(r'href="#', f'href="#{name}-', svg)
    svg = re.sub(r"url\(#", f"url(#{name}-", svg)
    for colour, variable in PAGE_COLOURS.items():
        svg = svg.replace(colour, variable)
    return svg.replace("<svg ", f'<svg role="img" aria-label="{escape(description)}" ', 1)
