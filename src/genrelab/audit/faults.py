"""Tracks that are not what they should be: unreadable, silent, clipped, cut off, of odd length."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from genrelab.audit.listening import QUIET_LEVEL, Heard

UNREADABLE, SILENT, DAMAGED = "unreadable", "silent", "damaged"
QUIET, CLIPPED, LENGTH = "mostly quiet", "clipped", "unusual length"
#: A recipe is better off without these; the others are for the reader to judge.
TO_EXCLUDE = (UNREADABLE, SILENT, DAMAGED)

_MOSTLY = 0.5
#: Share of clipped samples: seven of 30 s at 22,050 Hz in a hundred thousand are 66.
_CLIPPED_SHARE = 1e-4
#: Lengths that differ less are one length, and as many robust deviations are unusual.
_LEAST_DIFFERENCE, _DEVIATIONS = 0.02, 5.0


@dataclass(frozen=True)
class Fault:
    """A track, what kind of fault it has, and one sentence."""

    track_id: str
    kind: str
    message: str


def find_faults(heard: Sequence[Heard]) -> list[Fault]:
    """Return what is wrong with tracks, in their order.

    A length is unusual if its logarithm lies five robust standard deviations (1.4826 times the
    median absolute deviation) from the median, and more than 2 % off: in a set of 30-s clips that
    is 29.4 s, in a library of songs half an hour.
    """
    lengths = np.array([h.seconds for h in heard if h.digest])
    middle = float(np.median(lengths)) if len(lengths) else 0.0
    spread = float(np.median(np.abs(np.log(lengths / middle)))) if middle else 0.0
    allowed = max(np.log1p(_LEAST_DIFFERENCE), _DEVIATIONS * 1.4826 * spread)
    found = []
    for one in heard:
        if one.problem:
            found.append(Fault(one.track_id, UNREADABLE, one.problem))
            continue
        silent = one.peak is not None and one.peak < QUIET_LEVEL
        if silent:
            found.append(Fault(one.track_id, SILENT, "no sample is above −60 dB of full scale."))
        elif one.quiet >= _MOSTLY:
            message = f"{one.quiet:.0%} of the time is below −60 dB of full scale."
            found.append(Fault(one.track_id, QUIET, message))
        if one.clipped >= _CLIPPED_SHARE:
            message = f"{one.clipped:.2%} of the samples stand still at full scale."
            found.append(Fault(one.track_id, CLIPPED, message))
        for note in one.notes:
            if note != "the audio is silent.":
                found.append(Fault(one.track_id, DAMAGED, note))
        if abs(np.log(max(one.seconds, 1e-9) / middle)) > allowed:
            message = f"it has {one.seconds:.2f} s; half of the tracks have {middle:.2f} s or more."
            found.append(Fault(one.track_id, LENGTH, message))
    return found
