"""What every front end is: samples in, a float32 picture of ``(bins, frames)`` out.

A front end works in two steps, so that training from a cache and classifying a stream give the
same features to the last bit:

1. :meth:`FrontEnd.frames` is *local*: a frame depends on the samples around it and on nothing
   else. This step is cached on disk, computed once per track, and streamed over long files.
2. :meth:`FrontEnd.finish` belongs to *one input of the model* (a whole track, a crop, a window):
   clipping to ``top_db`` below the loudest bin, the cosine transform behind that. It is cheap and
   runs on the frames that the model is about to see, in training and in prediction alike.

On a whole track the two together equal what librosa computes.
"""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]
Frames = NDArray[np.float32]

_REGISTRY: dict[str, type[FrontEnd]] = {}


class TooShortError(ValueError):
    """The audio has fewer samples than the front end's :attr:`FrontEnd.min_samples`."""


@dataclass(frozen=True)
class FrontEnd(ABC):
    """Base of all front ends; a subclass is a frozen dataclass of its parameters.

    Subclasses set :attr:`name` and :attr:`FINISH_FIELDS` and are registered by being defined.
    """

    name: ClassVar[str]
    #: Parameters that only :meth:`finish` uses; two front ends that differ in nothing else share
    #: their cached frames.
    FINISH_FIELDS: ClassVar[frozenset[str]] = frozenset()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "name" in cls.__dict__:
            if cls.name in _REGISTRY and _REGISTRY[cls.name].__qualname__ != cls.__qualname__:
                raise ValueError(f"two front ends are named {cls.name!r}")
            _REGISTRY[cls.name] = cls

    # What it gives -----------------------------------------------------------------------------

    @property
    @abstractmethod
    def n_frame_bins(self) -> int:
        """Rows of what :meth:`frames` returns."""

    @property
    @abstractmethod
    def n_bins(self) -> int:
        """Rows of what :meth:`finish` returns: the model's number of bins."""

    @property
    @abstractmethod
    def frame_rate(self) -> float:
        """Frames a second."""

    @property
    def min_samples(self) -> int:
        """The fewest samples it can serve; fewer raise :class:`TooShortError`."""
        return 1

    @abstractmethod
    def n_frames(self, n_samples: int) -> int:
        """Return how many frames ``n_samples`` samples give; 0 where they are too few."""

    def output_shape(self, n_samples: int) -> tuple[int, int]:
        """Return ``(bins, frames)`` for a track of ``n_samples`` samples."""
        return self.n_bins, self.n_frames(n_samples)

    # How it is computed ------------------------------------------------------------------------

    @abstractmethod
    def frames(self, y: Samples) -> Frames:
        """Compute the local step for a whole track: ``(samples,)`` to ``(frame_bins, frames)``."""

    @abstractmethod
    def stream(self, blocks: Iterable[Samples]) -> Iterator[Frames]:
        """Yield the local step block by block; joined, equal to :meth:`frames` of the whole."""

    def finish(self, frames: Frames) -> Frames:
        """Turn the frames of one model input into what the model sees: ``(bins, frames)``."""
        return frames

    def __call__(self, y: Samples) -> Frames:
        """Compute the features of a whole track as one model input: ``(bins, frames)``."""
        return self.finish(self.frames(y))

    # What it says of itself --------------------------------------------------------------------

    def to_dict(self) -> dict[str, Any]:
        """Return ``{"name": ..., parameter: value, ...}``, as :func:`create` takes it."""
        return {"name": self.name, **asdict(self)}

    @property
    def fingerprint(self) -> str:
        """Sixteen hex digits that change with any parameter."""
        return _digest(self.to_dict())

    @property
    def frames_fingerprint(self) -> str:
        """Like :attr:`fingerprint`, of :meth:`frames_dict`: the cache's key."""
        return _digest(self.frames_dict())

    def frames_dict(self) -> dict[str, Any]:
        """Return what the local step depends on, equal for front ends with the same frames."""
        return {k: v for k, v in self.to_dict().items() if k not in self.FINISH_FIELDS}


def _digest(value: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]


def names() -> list[str]:
    """Return the names of all front ends, sorted."""
    _load_all()
    return sorted(_REGISTRY)


def registered(name: str) -> type[FrontEnd]:
    """Return the class of the front end called ``name``; an unknown name raises ``ValueError``."""
    from genrelab.errors import did_you_mean

    _load_all()
    if name not in _REGISTRY:
        raise ValueError(
            f"there is no front end {name!r}.{did_you_mean(name, list(_REGISTRY))} "
            f"Known: {', '.join(sorted(_REGISTRY))}."
        )
    return _REGISTRY[name]


def create(name: str, **parameters: Any) -> FrontEnd:
    """Make the front end called ``name``; unknown names and parameters raise ``ValueError``.

    Examples
    --------
    >>> create("log_mel", n_mels=64).n_bins
    64
    """
    from genrelab.errors import did_you_mean

    cls = registered(name)
    known = [f.name for f in fields(cls)]
    for key in parameters:
        if key not in known:
            raise ValueError(
                f"front end {name!r} has no parameter {key!r}.{did_you_mean(key, known)} "
                f"It has: {', '.join(known)}."
            )
    return cls(**parameters)


def _load_all() -> None:
    import genrelab.features  # noqa: F401  (defining the classes registers them)
