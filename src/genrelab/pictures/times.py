"""Seconds along the axes of a picture."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator

from genrelab.clock import clock

#: Seconds from one mark to the next.
_STEPS = (
    *(0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30),
    *(60, 120, 300, 600, 900, 1800),
    *(3600, 7200, 10800, 21600, 43200),
)


def time_axis(axes: Axes, duration: float, *, most: int = 11, both: bool = False) -> None:
    """Let an x axis in seconds run from 0 to ``duration`` and tell times as a player does.

    Parameters
    ----------
    most
        There is room for so many marks behind the one at 0.
    both
        Mark the y axis in the same way; which way it runs is left alone.
    """
    step = next((s for s in _STEPS if duration / s <= most), 86400)
    axes.set_xlim(0, duration)
    places = FixedLocator((np.arange(int(duration / step + 1e-9) + 1) * step).tolist())
    for axis in (axes.xaxis, axes.yaxis) if both else (axes.xaxis,):
        axis.set_major_locator(places)
        axis.set_major_formatter(lambda seconds, _: clock(seconds, tenths=step < 1))
