"""Which stretch of a track a model sees: its representative part, or one that sound has no say in.

asgharivaskasi, section 5, trains on the largest cluster of a track's segmentation. The middle and a
random stretch are what that is to be compared with.
"""

from __future__ import annotations

import hashlib
import os
from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass, field, fields
from typing import Any, ClassVar

import numpy as np

from genrelab.audio.stretch import Stretch
from genrelab.errors import SegmentationError, did_you_mean
from genrelab.segmentation.segmenter import Segmenter

PathLike = str | os.PathLike[str]

_KINDS: dict[str, type[Excerpt]] = {}


@dataclass(frozen=True)
class Excerpt(ABC):
    """A rule that takes one stretch of a track.

    Parameters
    ----------
    seconds
        Length of the stretch; a shorter track is taken whole. 0, where a rule allows it, leaves the
        length to the rule.
    """

    name: ClassVar[str]
    seconds: float = 0.0

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        _KINDS[cls.name] = cls

    def __post_init__(self) -> None:
        if not 0 <= self.seconds < float("inf"):
            raise SegmentationError("an excerpt's seconds cannot be negative.")

    @abstractmethod
    def choose(
        self, path: PathLike, *, offset: float = 0.0, duration: float | None = None
    ) -> Stretch:
        """Return the stretch of a track, in seconds of its file.

        Parameters
        ----------
        path
            Any audio file.
        offset, duration
            Where in the file the track lies.

        Raises
        ------
        AudioError
            The file cannot be read.
        SegmentationError
            The track cannot be segmented with these settings.
        """

    def to_dict(self) -> dict[str, Any]:
        """Return ``{"name": ..., parameter: value, ...}``, as :func:`create` takes it."""
        return {"name": self.name, **asdict(self)}


@dataclass(frozen=True)
class Representative(Excerpt):
    """The longest run of the largest cluster; with ``seconds``, that much around its middle.

    Parameters
    ----------
    segmenter
        How the track is segmented.
    """

    name = "representative"
    segmenter: Segmenter = field(default_factory=Segmenter)

    def choose(
        self, path: PathLike, *, offset: float = 0.0, duration: float | None = None
    ) -> Stretch:
        """Segment the track and return the part, or what is cut or grown around its middle."""
        found = self.segmenter.segment(path, offset=offset, duration=duration)
        part = found.representative
        if not self.seconds:
            return Stretch(offset + part.start, part.duration)
        return _around((part.start + part.end) / 2, self.seconds, found.duration, offset)

    def to_dict(self) -> dict[str, Any]:
        """Return the parameters, the segmenter's among them."""
        return {"name": self.name, "seconds": self.seconds, **self.segmenter.to_dict()}


@dataclass(frozen=True)
class _Measured(Excerpt):
    """A stretch that depends on the track's length alone."""

    name = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.seconds:
            raise SegmentationError(
                f"a {self.name} excerpt needs its length: "
                f"segmentation = {{ name = {self.name!r}, seconds = 10 }}."
            )

    def choose(
        self, path: PathLike, *, offset: float = 0.0, duration: float | None = None
    ) -> Stretch:
        """Read the track to its end, and return the stretch."""
        from genrelab.audio import stream_audio

        with stream_audio(path, 8000, offset=offset, duration=duration) as audio:
            for _ in audio:
                pass
            length = audio.duration
        return _around(self._middle(length, path, offset), self.seconds, length, offset)

    @abstractmethod
    def _middle(self, length: float, path: PathLike, offset: float) -> float:
        """Return where in the track the middle of the stretch lies."""


@dataclass(frozen=True)
class Middle(_Measured):
    """The middle of the track."""

    name = "middle"

    def _middle(self, length: float, path: PathLike, offset: float) -> float:
        return length / 2


@dataclass(frozen=True)
class Random(_Measured):
    """A stretch drawn from the seed, the file's content and the offset: the same each time.

    Parameters
    ----------
    seed
        Of the draw.
    """

    name = "random"
    seed: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.seed, int) or self.seed < 0:
            raise SegmentationError("an excerpt's seed must be a whole number from 0 up.")

    def _middle(self, length: float, path: PathLike, offset: float) -> float:
        with open(path, "rb") as file:
            content = hashlib.sha256()
            while chunk := file.read(1 << 20):
                content.update(chunk)
        words = np.frombuffer(content.digest(), "<u4")
        draw = np.random.default_rng([self.seed, round(1000 * offset), *words]).random()
        room = max(0.0, length - self.seconds)
        return float(draw * room + self.seconds / 2)


del _KINDS[""]


def _around(middle: float, seconds: float, length: float, offset: float) -> Stretch:
    """Return so many seconds about a middle, moved to lie inside the track."""
    if length <= seconds:
        return Stretch(offset, length)
    start = min(max(middle - seconds / 2, 0.0), length - seconds)
    return Stretch(offset + start, seconds)


def create(name: str, **parameters: Any) -> Excerpt:
    """Make the rule called ``name``; what cannot be raises :class:`SegmentationError`.

    Examples
    --------
    >>> create("representative", window=3.0).segmenter.window
    3.0
    >>> create("midle", seconds=10)
    Traceback (most recent call last):
    ...
    genrelab.errors.SegmentationError: there is no excerpt 'midle'. Did you mean 'middle'? Known: \
middle, random, representative.
    """
    if name not in _KINDS:
        raise SegmentationError(
            f"there is no excerpt {name!r}.{did_you_mean(name, list(_KINDS))} "
            f"Known: {', '.join(sorted(_KINDS))}."
        )
    kind = _KINDS[name]
    own = [f.name for f in fields(kind) if f.name != "segmenter"]
    of_segmenter = [f.name for f in fields(Segmenter)] if kind is Representative else []
    for key, value in parameters.items():
        if key not in own + of_segmenter:
            raise SegmentationError(
                f"the excerpt {name!r} has no parameter {key!r}."
                f"{did_you_mean(key, own + of_segmenter)}"
            )
        if key == "scale" and isinstance(value, str):
            continue
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise SegmentationError(f"{key} of the excerpt {name!r} must be a number.")
    arguments = {k: v for k, v in parameters.items() if k in own}
    if of_segmenter:
        about = {k: v for k, v in parameters.items() if k in of_segmenter}
        arguments["segmenter"] = Segmenter(**about)
    return kind(**arguments)
