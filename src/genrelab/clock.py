"""Times as a player shows them."""

from __future__ import annotations


def clock(seconds: float, *, tenths: bool = False) -> str:
    """Return a time as ``m:ss``, from one hour on ``h:mm:ss``; or with tenths of a second.

    Examples
    --------
    >>> clock(59.6), clock(3725)
    ('1:00', '1:02:05')
    >>> clock(59.96, tenths=True), clock(3 * 3600 + 62.54, tenths=True)
    ('1:00.0', '3:01:02.5')
    """
    whole, rest = divmod(round(seconds * 10), 10) if tenths else (round(seconds), 0)
    minutes, s = divmod(whole, 60)
    hours, m = divmod(minutes, 60)
    text = f"{hours}:{m:02d}:{s:02d}" if hours else f"{m}:{s:02d}"
    return f"{text}.{rest}" if tenths else text
