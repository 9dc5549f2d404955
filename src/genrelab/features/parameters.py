"""Checks of front-end parameters: each fault is one sentence that names the parameter.

Values are also brought to one type, so that ``power=2`` and ``power=2.0`` are the same front end
with the same fingerprint.
"""

from __future__ import annotations

from math import isfinite
from numbers import Integral, Real
from typing import Any

from genrelab.errors import did_you_mean


def whole(owner: Any, name: str, *, least: int = 1, most: int | None = None) -> None:
    """Require a whole number between ``least`` and ``most``."""
    value = getattr(owner, name)
    bounds = f"of at least {least}" if most is None else f"between {least} and {most}"
    fits = isinstance(value, Integral) and not isinstance(value, bool)
    if not fits or value < least or (most is not None and value > most):
        raise ValueError(f"{name} must be a whole number {bounds}, not {value!r}.")
    object.__setattr__(owner, name, int(value))


def number(owner: Any, name: str, *, least: float = 0.0, above: bool = False) -> None:
    """Require a finite number of at least ``least``, or above it."""
    value = getattr(owner, name)
    if not is_number(value) or value < least or (above and value == least):
        bounds = "above" if above else "of at least"
        raise ValueError(f"{name} must be a number {bounds} {least:g}, not {value!r}.")
    object.__setattr__(owner, name, float(value))


def is_number(value: Any) -> bool:
    """Return whether the value is a finite real number, and no truth value."""
    if isinstance(value, bool):
        return False
    return isinstance(value, Real) and isfinite(value)


def flag(owner: Any, name: str) -> None:
    """Require true or false."""
    value = getattr(owner, name)
    if not isinstance(value, bool):
        raise ValueError(f"{name} must be true or false, not {value!r}.")


def choice(owner: Any, name: str, known: tuple[Any, ...]) -> None:
    """Require one of the ``known`` values."""
    value = getattr(owner, name)
    if isinstance(value, bool) or value not in known:
        near = ""
        if isinstance(value, str):
            near = did_you_mean(value, [k for k in known if isinstance(k, str)])
        listed = ", ".join(repr(k) for k in known)
        raise ValueError(f"{name} must be one of {listed}, not {value!r}.{near}")
    object.__setattr__(owner, name, known[known.index(value)])
