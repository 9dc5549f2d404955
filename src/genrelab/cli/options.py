"""``KEY=VALUE`` on the command line."""

from __future__ import annotations

from typing import Any


def read_options(pairs: list[str]) -> dict[str, Any]:
    """Read ``KEY=VALUE``: numbers, true, false and lists as in JSON, everything else as text."""
    import json

    from genrelab.errors import DatasetError

    options: dict[str, Any] = {}
    for pair in pairs:
        key, equals, text = pair.partition("=")
        if not key or not equals:
            raise DatasetError(f"--set takes KEY=VALUE, not {pair!r}.")
        try:
            options[key] = json.loads(text)
        except ValueError:
            options[key] = text
    return options
