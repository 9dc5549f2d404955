"""What several commands take: formats of answers, ``KEY=VALUE``."""

from __future__ import annotations

from enum import Enum
from typing import Any


class Format(str, Enum):
    """How answers are written."""

    table = "table"
    json = "json"
    csv = "csv"


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
