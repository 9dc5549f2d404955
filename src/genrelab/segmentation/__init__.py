"""Long tracks into statistically alike parts, as asgharivaskasi's section 5 does."""

from __future__ import annotations

from genrelab.segmentation.excerpt import Excerpt
from genrelab.segmentation.parts import SILENT, Part
from genrelab.segmentation.segmenter import Segmentation, Segmenter

__all__ = ["SILENT", "Excerpt", "Part", "Segmentation", "Segmenter"]
