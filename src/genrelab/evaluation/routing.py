"""Which way a model sent its inputs: the share of each expert (lgnet2023, section 3.3).

Ways of different folds are not the same ways: expert 0 of one network has nothing to do with
expert 0 of another. So nothing here is averaged over folds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from genrelab.evaluation.canvas import BLUE, GREEN, INK, MUTED, ORANGE, SKY, blank, dress, plain
from genrelab.evaluation.predictions import PARTS

#: The rest of Okabe and Ito's colours, and greys: sixteen ways can be told apart side by side.
_COLOURS = (BLUE, ORANGE, GREEN, SKY, "#e69f00", "#cc79a7", "#f0e442", "#999999")
_MOST_PANELS = 6


@dataclass(frozen=True)
class Routing:
    """Where the inputs of one part of one fold went.

    Parameters
    ----------
    name
        What the ways are, such as ``"expert"``.
    fold, part
        Of the protocol.
    inputs
        Windows that were sent somewhere.
    shares
        Of all inputs, the share that went each way.
    by_genre
        The same of each genre, in class order; ``None`` for a genre without inputs.
    effective
        The number of ways that would be used if as many different ones were used equally: the
        exponential of the entropy of ``shares``. 1 means that one way takes all.
    """

    name: str
    fold: int
    part: str
    inputs: float
    shares: tuple[float, ...]
    by_genre: tuple[tuple[float, ...] | None, ...]
    effective: float


def routings(table: pd.DataFrame | None, labels: Sequence[str]) -> tuple[Routing, ...]:
    """Return the routing of each name, fold and part of the diagnostics of a run.

    Examples
    --------
    >>> from genrelab.evaluation.result import DIAGNOSTICS_COLUMNS
    >>> rows = [(0, "test", "pop", "expert", 0, 3), (0, "test", "pop", "expert", 1, 1)]
    >>> table = pd.DataFrame(rows, columns=DIAGNOSTICS_COLUMNS)
    >>> routings(table, ["pop"])[0].shares
    (0.75, 0.25)
    """
    if table is None:
        return ()
    found = []
    for name, of_name in table.groupby("name", sort=True):
        ways = int(of_name["way"].max()) + 1
        for fold, of_fold in of_name.groupby("fold", sort=True):
            for part in PARTS:
                rows = of_fold[of_fold["part"] == part]
                counts = np.zeros((len(labels), ways))
                for label, way, inputs in zip(
                    rows["label"], rows["way"], rows["inputs"], strict=True
                ):
                    counts[list(labels).index(label), way] += inputs
                if counts.sum() > 0:
                    found.append(_routing(str(name), int(fold), part, counts))
    return tuple(found)


def _routing(name: str, fold: int, part: str, counts: np.ndarray) -> Routing:
    """Turn counts ``(genres, ways)`` into shares."""
    total = counts.sum()
    shares = counts.sum(axis=0) / total
    used = shares[shares > 0]
    return Routing(
        name=name,
        fold=fold,
        part=part,
        inputs=float(total),
        shares=tuple(float(s) for s in shares),
        by_genre=tuple(
            tuple(float(n) for n in row / row.sum()) if row.sum() > 0 else None for row in counts
        ),
        effective=float(np.exp(-(used * np.log(used)).sum())),
    )


def routing_figure(labels: Sequence[str], found: Sequence[Routing]) -> Figure:
    """Draw, for each of the first folds, how each genre's inputs were shared among the ways."""
    shown = found[:_MOST_PANELS]
    names, ways = [plain(label) for label in labels], len(shown[0].shares)
    columns = min(3, len(shown))
    lines = -(-len(shown) // columns)
    figure = blank(3.1 * columns + 1.0, lines * (0.9 + 0.27 * len(labels)) + 0.6)
    panels = figure.subplots(lines, columns, squeeze=False, sharey=True).ravel()
    for axes, routing in zip(panels, shown, strict=False):
        shares = np.array([[0.0] * ways if row is None else row for row in routing.by_genre])
        left = np.zeros(len(labels))
        for way in range(ways):
            axes.barh(
                names,
                shares[:, way],
                0.8,
                left=left,
                color=_COLOURS[way % len(_COLOURS)],
                alpha=1.0 if way < len(_COLOURS) else 0.5,
                label=f"{routing.name} {way}",
            )
            left += shares[:, way]
        dress(axes, title=f"fold {routing.fold}", grid="")
        axes.set(xlim=(0, 1), ylim=(len(labels) - 0.5, -0.5))
        axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0, symbol=" %"))
        axes.tick_params(axis="y", labelcolor=INK)
    for axes in panels[len(shown) :]:
        axes.set_visible(False)
    handles, words = panels[0].get_legend_handles_labels()
    figure.legend(
        handles,
        words,
        loc="outside lower center",
        ncols=min(8, ways),
        frameon=False,
        fontsize=9,
        labelcolor=MUTED,
    )
    return figure
