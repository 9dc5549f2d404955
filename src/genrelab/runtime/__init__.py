"""Running bundles: NumPy, SciPy and ONNX Runtime, no training library."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from genrelab.runtime.answers import Answer, Failure, Stretch, Timeline
    from genrelab.runtime.bundle import BundleInfo, read_info
    from genrelab.runtime.classifier import Classifier
    from genrelab.runtime.files import find_audio
    from genrelab.runtime.many import classify_many

_HOMES = {
    "Answer": "answers",
    "BundleInfo": "bundle",
    "Classifier": "classifier",
    "Failure": "answers",
    "Stretch": "answers",
    "Timeline": "answers",
    "classify_many": "many",
    "find_audio": "files",
    "read_info": "bundle",
}

__all__ = [
    "Answer",
    "BundleInfo",
    "Classifier",
    "Failure",
    "Stretch",
    "Timeline",
    "classify_many",
    "find_audio",
    "read_info",
]


def __getattr__(name: str) -> Any:
    # What runs many files at once needs neither NumPy nor ONNX Runtime in its own process.
    if name in _HOMES:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
