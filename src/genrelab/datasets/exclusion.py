"""Leaving tracks out of any data set, by a list of their ids."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from genrelab.datasets.base import Dataset, Problem
from genrelab.errors import DatasetError


def read_exclusions(path: str | Path) -> dict[str, str]:
    """Read a list of tracks to leave out: track id to reason.

    A line is an id, or an id, a tab and a reason, as ``genrelab audit`` writes it. Empty lines are
    passed over, and so are those that begin with ``#`` and have no tab.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise DatasetError(f"{path}: there is no such list of tracks to exclude.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(f"{path}: cannot be read as a list of tracks ({error}).") from error
    found = {}
    for line in text.splitlines():
        track_id, tab, reason = line.partition("\t")
        if track_id.strip() and (tab or not line.startswith("#")):
            found[track_id.strip()] = reason.strip()
    return found


def exclude_tracks(dataset: Dataset, path: str | Path) -> Dataset:
    """Return the data set without the tracks of a list; its labels stay as they are.

    A listed track that the data set does not have becomes one of ``Dataset.problems``, unless
    loading has named it there already.

    Raises
    ------
    DatasetError
        If the list cannot be read, names no track of the data set though it names some, or leaves
        none.
    """
    listed = read_exclusions(path)
    known = {t.id for t in dataset.tracks}
    named = {p.subject for p in dataset.problems}
    if listed and not known & set(listed):
        raise DatasetError(
            f"{path}: names no track of the data set {dataset.name!r}; its ids look like "
            f"{dataset.tracks[0].id!r}."
        )
    kept = tuple(t for t in dataset.tracks if t.id not in listed)
    if not kept:
        raise DatasetError(f"{path}: leaves no track of the data set {dataset.name!r}.")
    ids = {t.id for t in kept}
    missing = [i for i in listed if i not in known and i not in named]
    return replace(
        dataset,
        tracks=kept,
        splits={
            column: {i: part for i, part in parts.items() if i in ids}
            for column, parts in dataset.splits.items()
        },
        problems=(
            *dataset.problems,
            *(Problem(i, f"is in {path} but not in the data set.") for i in missing),
        ),
    )
