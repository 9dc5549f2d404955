"""Who has looked at a test part: the file ``looks.csv`` beside the run folders.

A test part tells what a model is worth to whoever looks at it once. Whoever tries ten settings on
it and keeps the best has chosen by it, and the best of ten is too high. So every run notes, at the
moment it predicts a test part, which part that was and with which setting, and its report says how
often the part has been looked at.

**Where it lies.** In the folder that holds the run folders, so that it is kept and moved with them;
runs in other folders are not known to it. Lines are only ever added.

**What a test part is.** The tracks of one fold's test part in one data set. Protocols that differ
in how they train and validate share it, and so do repeats of one published split.

**What a look is.** One run with one setting (the recipe's fingerprint), whatever its number of
folds: going on with a stopped run, or running the same again in the same place, is the same look.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, fields
from datetime import datetime, timezone
from pathlib import Path

from genrelab.errors import RunError

FILE = "looks.csv"


@dataclass(frozen=True)
class Look:
    """One test part, seen by one run.

    Parameters
    ----------
    dataset
        Fingerprint of the data set.
    test_part
        From :func:`part_fingerprint`.
    setting
        Fingerprint of the recipe.
    run, fold
        Name of the run folder, and the fold whose test part it is there.
    """

    dataset: str
    test_part: str
    setting: str
    run: str
    fold: int


_COLUMNS = (*(f.name for f in fields(Look)), "time")


@dataclass(frozen=True)
class Looks:
    """How often a run's test parts have been looked at: by how many runs, with how many settings.

    Runs that share one test part with this run count; this run counts itself.
    """

    times: int
    settings: int


def part_fingerprint(track_ids: Iterable[str]) -> str:
    """Return sixteen hex digits of a part's track ids, in whatever order.

    Examples
    --------
    >>> part_fingerprint(["b", "a"]) == part_fingerprint(["a", "b"])
    True
    """
    return hashlib.sha256("\n".join(sorted(track_ids)).encode()).hexdigest()[:16]


def note(path: str | Path, look: Look) -> None:
    """Add a line to the file, unless the same look is in it.

    Processes may do so side by side: a line is appended by one write, so none is lost.

    Raises
    ------
    RunError
        If the file cannot be written.
    """
    path = Path(path)
    now = datetime.now(timezone.utc).isoformat(timespec="seconds")
    try:
        if look in read(path):
            return
        # Unbuffered, so that the line goes out whole, and "a", so that it lands behind all others.
        with path.open("ab", buffering=0) as file:
            # Two that begin the file at once may both write the heading; reading passes over it.
            heading = "" if file.tell() else _line(_COLUMNS)
            file.write((heading + _line((*astuple(look), now))).encode())
    except OSError as error:
        raise RunError(
            f"{path}: that a test part is looked at cannot be noted ({error.strerror}); "
            "make it writable and run again to go on."
        ) from error


def _line(cells: Sequence[object]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue()


def read(path: str | Path) -> list[Look]:
    """Return all looks; a file that is not there is an empty one, and torn lines are left out."""
    try:
        text = Path(path).read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return []
    rows = csv.reader(text.splitlines())
    return [
        Look(row[0], row[1], row[2], row[3], int(row[4]))
        for row in rows
        if len(row) == len(_COLUMNS) and row[4].isdecimal()
    ]


def count(found: Sequence[Look], *, run: str, setting: str) -> Looks | None:
    """Count the looks at the test parts of one run; ``None`` if the run is not among them.

    Examples
    --------
    >>> seen = [Look("d", "t", "s1", "one", 0), Look("d", "t", "s2", "two", 0)]
    >>> count(seen, run="one", setting="s1")
    Looks(times=2, settings=2)
    """
    own = {(x.dataset, x.test_part) for x in found if (x.run, x.setting) == (run, setting)}
    if not own:
        return None
    same = {(x.run, x.setting) for x in found if (x.dataset, x.test_part) in own}
    return Looks(len(same), len({setting for _, setting in same}))
