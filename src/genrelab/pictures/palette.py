"""The colours of genres and of kinds of parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from genrelab.evaluation.canvas import BLUE, GREEN, ORANGE, SKY

#: The colours of Okabe and Ito (2008) first, told apart by colour-blind readers, then darker and
#: lighter ones; such that those beside each other, in a stack, differ most.
COLOURS = (
    *(BLUE, ORANGE, GREEN, "#cc79a7", SKY, "#f0e442", "#e69f00"),
    *("#5b3a8c", "#8c4a1f", "#00575a", "#a6cf5b", "#b8b8e8"),
)
#: What has no colour of its own: genres beyond them, and silence.
GREY = "#b9bfc4"


def palette(labels: Sequence[str], weights: Mapping[str, float]) -> dict[str, str]:
    """Return a colour for each label, in the labels' order: the same in all pictures of one model.

    Parameters
    ----------
    labels
        The model's labels. While there are enough colours, each has its own, whatever the track.
    weights
        How much there is of each label, to tell who gets a colour where there are more labels;
        the others are grey.

    Examples
    --------
    >>> palette(["pop", "rock"], {"pop": 0.0, "rock": 1.0})
    {'pop': '#0072b2', 'rock': '#d55e00'}
    """
    coloured = set(sorted(labels, key=lambda label: -weights[label])[: len(COLOURS)])
    colours = iter(COLOURS)
    return {label: next(colours) if label in coloured else GREY for label in labels}
