"""Long tracks into statistically alike parts, as asgharivaskasi's section 5 does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from genrelab.segmentation.parts import SILENT, Part

if TYPE_CHECKING:
    from genrelab.segmentation.excerpt import Excerpt
    from genrelab.segmentation.segmenter import Segmentation, Segmenter

__all__ = ["SILENT", "Excerpt", "Part", "Segmentation", "Segmenter"]


def __getattr__(name: str) -> Any:
    """Load what segments when it is asked for: it needs SciPy, and most who classify do not."""
    if name == "Excerpt":
        from genrelab.segmentation import excerpt

        return excerpt.Excerpt
    if name in ("Segmentation", "Segmenter"):
        from genrelab.segmentation import segmenter

        return getattr(segmenter, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
