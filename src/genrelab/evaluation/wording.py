"""How numbers are written in pages and tables: one way for each kind."""

from __future__ import annotations

from collections.abc import Sequence

from genrelab.evaluation.statistics import Interval, OverFolds

MINUS = "\N{MINUS SIGN}"
NONE = "\N{EN DASH}"


def plural(n: int, noun: str) -> str:
    """Return a count with its noun.

    Examples
    --------
    >>> plural(1, "fold"), plural(4000, "track")
    ('1 fold', '4,000 tracks')
    """
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def listing(words: Sequence[str]) -> str:
    """Return words as a sentence lists them.

    Examples
    --------
    >>> listing(["a"]), listing(["a", "b", "c"])
    ('a', 'a, b and c')
    """
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else "".join(words)


def percent(share: float | None) -> str:
    """Return a share as a percentage, without the sign.

    Examples
    --------
    >>> percent(0.8325), percent(None)
    ('83.2', '–')
    """
    return NONE if share is None else f"{100 * share:.1f}"


def decimals(value: float | None, digits: int = 3) -> str:
    """Return a number with fixed decimals.

    Examples
    --------
    >>> decimals(0.12345), decimals(None)
    ('0.123', '–')
    """
    return NONE if value is None else f"{value:.{digits}f}"


def percent_bounds(interval: Interval) -> str:
    """Return the bounds of a share as percentages, ``"79.1 to 87.0"``; a dash where unknown."""
    if interval.low is None or interval.high is None:
        return NONE
    return f"{percent(interval.low)} to {percent(interval.high)}"


def decimal_bounds(interval: Interval) -> str:
    """Return the bounds with three decimals; a dash where unknown."""
    if interval.low is None or interval.high is None:
        return NONE
    return f"{decimals(interval.low)} to {decimals(interval.high)}"


def mean_deviation(folds: OverFolds | None) -> str:
    """Return mean and deviation of a share over folds, as percentages.

    Examples
    --------
    >>> mean_deviation(OverFolds(0.85, 0.0707, 2)), mean_deviation(OverFolds(0.85, None, 1))
    ('85.0 ± 7.1', '85.0')
    """
    if folds is None:
        return NONE
    mean = percent(folds.mean)
    return mean if folds.deviation is None else f"{mean} ± {percent(folds.deviation)}"


def signed_points(difference: float) -> str:
    """Return a difference of shares in points, with its sign.

    Examples
    --------
    >>> signed_points(0.0243), signed_points(-0.003)
    ('+2.4', '−0.3')
    """
    return f"{100 * difference:+.1f}".replace("-", MINUS)


def signed_bounds(interval: Interval) -> str:
    """Return the bounds of a difference of shares in points; a dash where unknown."""
    if interval.low is None or interval.high is None:
        return NONE
    return f"{signed_points(interval.low)} to {signed_points(interval.high)}"


def p_value(p: float) -> str:
    """Return a p value with its sign of equality.

    Examples
    --------
    >>> p_value(0.0341), p_value(0.0000123)
    ('p = 0.034', 'p < 0.001')
    """
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def span(seconds: float) -> str:
    """Return a length of time in the unit that suits it.

    Examples
    --------
    >>> span(4.21), span(95), span(5400)
    ('4.2 s', '1.6 min', '1.5 h')
    """
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.1f} min" if seconds < 3600 else f"{seconds / 3600:.1f} h"
