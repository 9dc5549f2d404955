"""genrelab: a laboratory and a tool for music genre classification.

Importing the package costs next to nothing: the parts load when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_HOMES = {
    "Classifier": "genrelab.runtime",
    "load_audio": "genrelab.audio",
    "stream_audio": "genrelab.audio",
    "GenrelabError": "genrelab.errors",
}

__all__ = ["Classifier", "GenrelabError", "__version__", "load_audio", "stream_audio"]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'genrelab' has no attribute {name!r}")
