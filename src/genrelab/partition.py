"""Dealing indivisible units of tracks to parts so that each part has its share of every class.

The measure is the convex one that Sainte-Laguë's apportionment minimises: the sum over parts and
classes of ``count**2 / share``, here with classes weighted alike whatever their size. Units are
moved and exchanged between parts while that lessens it. All is in whole numbers, so that the
result is the same on every machine.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, permutations
from math import lcm

#: What the size of a small part counts beside its classes: each class alone may round down to
#: nothing in it, and all of them together must not.
SIZE_WEIGHT_OF_CUTS = 4
_ROUNDS = 20
_SCALE = 1 << 80


@dataclass(frozen=True)
class Unit:
    """Tracks that stay together: their ids, and how many there are of each class."""

    key: str
    ids: tuple[str, ...]
    counts: Mapping[str, int]

    @property
    def size(self) -> int:
        """Number of tracks."""
        return len(self.ids)


def deal_evenly(units: Sequence[Unit], n_parts: int) -> list[list[Unit]]:
    """Deal ``units`` to parts that are all used alike, as in cross-validation.

    Every class that two units or more hold is in two parts or more, where moving one unit can
    bring that about. No part is empty unless there are fewer units than parts.
    """
    # Parts that are alike have even sizes once their classes are even; sizes settle ties.
    parts = _Parts(units, [Fraction(1)] * n_parts, size_weight=0)
    # Large units first; single tracks last, class by class, so that each fills the parts in turn.
    for unit in sorted(units, key=lambda u: (-u.size, min(u.counts) if u.size == 1 else "")):
        parts.add(unit, min(range(n_parts), key=lambda p: (parts.growth(unit.counts, p), p)))
    parts.improve()
    parts.bring_classes_into_two_parts()
    return parts.to_lists()


def cut(units: Sequence[Unit], left: Fraction, cut_out: Fraction) -> tuple[list[Unit], list[Unit]]:
    """Cut units with about ``cut_out`` tracks out of ``units`` and leave about ``left``.

    Units are taken as they come in the order given, so that a large one has its fair chance to be
    cut out. What is left has every class that ``units`` has; what is cut out is empty only if no
    unit can be spared.
    """
    parts = _Parts(units, [left, cut_out], size_weight=SIZE_WEIGHT_OF_CUTS)
    for unit in units:
        parts.add(unit, 0)
    parts.improve()
    parts.bring_classes_into_the_first()
    stays, goes = parts.to_lists()
    return stays, goes


_Kind = tuple[tuple[str, int], ...]


def _kind(unit: Unit) -> _Kind:
    return tuple(sorted(unit.counts.items()))


class _Parts:
    """The parts while units are dealt: their members, and their counts by class."""

    def __init__(
        self, units: Sequence[Unit], shares: Sequence[Fraction], *, size_weight: int
    ) -> None:
        self.members: list[dict[str, Unit]] = [{} for _ in shares]
        self.counts: list[Counter[str]] = [Counter() for _ in shares]
        self.sizes = [0 for _ in shares]
        # One over the share, in whole numbers.
        denominator = lcm(*(share.denominator for share in shares))
        whole = [int(share * denominator) for share in shares]
        self.inverse = [lcm(*whole) // w for w in whole]
        totals: Counter[str] = Counter()
        for unit in units:
            totals.update(unit.counts)
        self.weight = {label: _SCALE // n**2 for label, n in totals.items()}
        self.size_weight = size_weight * _SCALE * len(totals) // max(1, totals.total()) ** 2
        self.holders = Counter(label for unit in units for label in unit.counts)

    def to_lists(self) -> list[list[Unit]]:
        return [list(members.values()) for members in self.members]

    def add(self, unit: Unit, part: int) -> None:
        self.members[part][unit.key] = unit
        self.counts[part].update(unit.counts)
        self.sizes[part] += unit.size

    def move(self, unit: Unit, source: int, target: int) -> None:
        del self.members[source][unit.key]
        self.counts[source].subtract(unit.counts)
        self.sizes[source] -= unit.size
        self.add(unit, target)

    def growth(self, gained: Mapping[str, int], part: int) -> tuple[int, int]:
        """How the measure changes when a part gains (or, below 0, loses) tracks; then its size."""
        counts, inverse = self.counts[part], self.inverse[part]
        n = sum(gained.values())
        by_size = inverse * n * (2 * self.sizes[part] + n)
        by_class = inverse * sum(
            self.weight[label] * n * (2 * counts[label] + n) for label, n in gained.items()
        )
        return by_class + self.size_weight * by_size, by_size

    def lessens(self, moved: Mapping[str, int], source: int, target: int) -> bool:
        """Whether the measure shrinks when ``moved`` goes from one part to another."""
        gain = self.growth(moved, target)
        loss = self.growth({label: -n for label, n in moved.items()}, source)
        return (gain[0] + loss[0], gain[1] + loss[1]) < (0, 0)

    def improve(self) -> None:
        """Move and exchange units between parts while that lessens the measure."""
        for _ in range(_ROUNDS):
            moved = self._move_all()
            exchanged = self._exchange_all()
            if not moved and not exchanged:
                return

    def _move_all(self) -> bool:
        changed = False
        for source, target in permutations(range(len(self.members)), 2):
            for unit in list(self.members[source].values()):
                if len(self.members[source]) > 1 and self.lessens(unit.counts, source, target):
                    self.move(unit, source, target)
                    changed = True
        return changed

    def _exchange_all(self) -> bool:
        changed = False
        for source, target in combinations(range(len(self.members)), 2):
            there = self._kinds(target)
            futile: set[_Kind] = set()
            for unit in list(self.members[source].values()):
                kind = _kind(unit)
                if kind in futile:
                    continue
                other = self._better_exchanged(unit, there, source, target)
                if other is None:
                    futile.add(kind)
                    continue
                self.move(unit, source, target)
                self.move(other, target, source)
                there, futile, changed = self._kinds(target), set(), True
        return changed

    def _better_exchanged(
        self, unit: Unit, there: Mapping[_Kind, Unit], source: int, target: int
    ) -> Unit | None:
        for other in there.values():
            moved = Counter(unit.counts)
            moved.subtract(other.counts)
            if self.lessens(moved, source, target):
                return other
        return None

    def _kinds(self, part: int) -> dict[_Kind, Unit]:
        """Return the first of each kind of unit in a part: those with the same counts are alike."""
        kinds: dict[_Kind, Unit] = {}
        for unit in self.members[part].values():
            kinds.setdefault(_kind(unit), unit)
        return kinds

    def bring_classes_into_two_parts(self) -> None:
        """Part the units of a class that has come into one part alone, at the cost of evenness."""
        for label, part in self._lonely():
            if (label, part) in self._lonely():  # unless mended along with another class
                self._part_company(label, part)

    def _lonely(self) -> list[tuple[str, int]]:
        """Classes that lie in one part alone though several units hold them."""
        found = []
        for label, holders in sorted(self.holders.items()):
            where = [p for p, counts in enumerate(self.counts) if counts[label]]
            if holders > 1 and len(where) == 1:
                found.append((label, where[0]))
        return found

    def _part_company(self, label: str, part: int) -> None:
        before = len(self._lonely())
        others = [p for p in range(len(self.members)) if p != part]
        for unit in self._holding(label, part):
            for target in sorted(others, key=lambda p: self.sizes[p]):
                self.move(unit, part, target)
                if len(self._lonely()) < before:
                    return
                self.move(unit, target, part)

    def bring_classes_into_the_first(self) -> None:
        """See that the first of two parts has every class and the second is not empty."""
        for label in sorted(self.weight):
            if not self.counts[0][label]:
                self.move(self._holding(label, 1)[0], 1, 0)
        if not self.members[1]:
            spare = [u for u in self.members[0].values() if self._can_leave_the_first(u)]
            if spare:
                self.move(min(spare, key=lambda u: u.size), 0, 1)

    def _holding(self, label: str, part: int) -> list[Unit]:
        """Return the units of a part that hold a class, smallest first."""
        held = [unit for unit in self.members[part].values() if label in unit.counts]
        return sorted(held, key=lambda u: u.size)

    def _can_leave_the_first(self, unit: Unit) -> bool:
        return all(self.counts[0][label] > n for label, n in unit.counts.items())
