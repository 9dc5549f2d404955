"""One fold: which tracks train, validate and test."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from genrelab.errors import ProtocolError


@dataclass(frozen=True)
class Fold:
    """Track ids of the parts, each sorted.

    Parameters
    ----------
    index
        Number of the fold, from 0.
    train, valid, test
        Track ids; ``valid`` and ``test`` may be empty.
    """

    index: int
    train: tuple[str, ...]
    valid: tuple[str, ...]
    test: tuple[str, ...]

    def __post_init__(self) -> None:
        for one, other in combinations((self.train, self.valid, self.test), 2):
            shared = set(one) & set(other)
            if shared:
                raise ProtocolError(
                    f"fold {self.index} has the track {min(shared)!r} in two parts."
                )


def fingerprint(folds: Sequence[Fold]) -> str:
    """Return sixteen hex digits of which track is in which part of which fold."""
    digest = hashlib.sha256()
    for fold in sorted(folds, key=lambda f: f.index):
        for part in ("train", "valid", "test"):
            for track_id in sorted(getattr(fold, part)):
                digest.update(f"{fold.index}\t{part}\t{track_id}\n".encode())
    return digest.hexdigest()[:16]
