"""Several readers of one stream, side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import tee
from typing import TypeVar

from genrelab.features.base import Frames

T = TypeVar("T")


def abreast(
    pieces: Iterable[Frames], *readers: Callable[[Iterator[Frames]], Iterator[T | None]]
) -> Iterator[tuple[int, T]]:
    """Give all readers the same frames; yield what each makes of them, with the reader's number.

    Parameters
    ----------
    pieces
        Frames ``(bins, frames)`` piece by piece.
    readers
        Functions from pieces to anything. ``None`` is not passed on, and lets the others go on
        where one takes frames and has nothing to say. The one that has taken the fewest frames
        goes on next (of equals the first), so that no more pieces are held than one of them takes
        for one result.

    Examples
    --------
    >>> import numpy as np
    >>> pieces = [np.zeros((1, n)) for n in (2, 3, 4)]
    >>> width = lambda pieces: (piece.shape[1] for piece in pieces)
    >>> list(abreast(pieces, width, width))
    [(0, 2), (1, 2), (0, 3), (1, 3), (0, 4), (1, 4)]
    """
    taken = [_Taken(copy) for copy in tee(pieces, len(readers))]
    results = [reader(iter(mine)) for reader, mine in zip(readers, taken, strict=True)]
    going = list(range(len(readers)))
    while going:
        behind = min(going, key=lambda k: taken[k].frames)
        for result in results[behind]:
            if result is not None:
                yield behind, result
            break
        else:
            going.remove(behind)


class _Taken:
    """Counts the frames that a reader has taken."""

    def __init__(self, pieces: Iterator[Frames]) -> None:
        self._pieces = pieces
        self.frames = 0

    def __iter__(self) -> Iterator[Frames]:
        for piece in self._pieces:
            self.frames += piece.shape[1]
            yield piece
