"""FMA: what its three subsets share, the table ``tracks.csv`` and the layout of the files."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from genrelab.datasets.base import Info
from genrelab.datasets.catalogue import Catalogue, Entry, read_index
from genrelab.datasets.table import part_name
from genrelab.errors import DatasetError

CITATION = (
    "M. Defferrard, K. Benzi, P. Vandergheynst and X. Bresson, FMA: a dataset for music analysis, "
    "18th International Society for Music Information Retrieval Conference, 2017"
)
LICENCE = (
    "each track under the Creative Commons licence its artist chose; the tables under CC BY 4.0"
)
HOME = "https://github.com/mdeff/fma"

#: Each subset contains the one before.
SUBSETS = ("small", "medium", "large")
#: Headings of ``tracks.csv``, whose first two rows name a group of columns and the column.
COLUMNS = {
    "split": ("set", "split"),
    "subset": ("set", "subset"),
    "genre": ("track", "genre_top"),
    "artist": ("artist", "id"),
}
_DEPTH = 3
_LONGEST_FIELD = 1 << 24


def subset_info(subset: str, counts: Mapping[str, int]) -> Info:
    """Return what there is to say of a subset."""
    return Info(
        title=f"FMA {subset}",
        citation=CITATION,
        licence=LICENCE,
        home=HOME,
        counts=counts,
        seconds=30.0,
        splits=("official",),
        groups="artists, by their number in tracks.csv",
        checksums="SHA-1 of the mp3 files" + (", in its file checksums" * (subset != "small")),
    )


def subset_catalogue(
    root: str | Path, subset: str, *, info: Info, metadata: str | None
) -> Catalogue:
    """Return the published tracks of a subset, as ``tracks.csv`` lists them.

    The table is the file ``metadata``, else ``tracks.csv`` in or beside ``root``. The small subset
    is known without it, but for its artists and its split.

    Raises
    ------
    DatasetError
        If a table is needed and missing, or is not FMA's.
    """
    folder = Path(root)
    if not folder.is_dir():
        raise DatasetError(f"{folder}: there is no such folder.")
    table = _find_table(folder, metadata)
    known = {row["track"]: row for row in read_index("fma_small")} if subset == "small" else {}
    digests = {number: row["sha1"] for number, row in known.items()} or _checksums(folder, subset)
    unlabelled = set()
    entries = []
    if table is None and not known:
        raise DatasetError(
            f"{folder}: FMA's tracks.csv is neither there nor beside it; unpack fma_metadata.zip "
            "next to the music, or say where the table is with metadata=."
        )
    if table is None:
        rows: Iterator[dict[str, str]] = (
            {"track": number, "genre": row["genre"], "artist": "", "split": ""}
            for number, row in known.items()
        )
    else:
        wanted = SUBSETS[: SUBSETS.index(subset) + 1]
        rows = (row for row in _read_tracks(table) if row["subset"] in wanted)
    for row in rows:
        number = row["track"]
        if row["genre"] not in info.counts:
            unlabelled.add(number)
            continue
        entries.append(
            Entry(
                id=number,
                key=number,
                label=row["genre"],
                group=row["artist"] or None,
                digest=digests.get(number, ""),
                parts={"official": part_name(row["split"])} if row["split"] else {},
            )
        )
    return Catalogue(
        name=f"fma_{subset}",
        info=info,
        entries=tuple(entries),
        to_key=_to_key,
        example=f"fma_{subset}/000/000002.mp3",
        homes=(f"fma_{subset}",),
        suffix=".mp3",
        algorithm="sha1",
        unlabelled=frozenset(unlabelled),
    )


def _to_key(stem: str, label: str) -> str:
    return stem.zfill(6) if stem.isdecimal() else ""


def _find_table(folder: Path, given: str | None) -> Path | None:
    if given is not None:
        for path in (Path(given), folder / given):
            if path.is_dir():
                path = path / "tracks.csv"
            if path.is_file():
                return path
        raise DatasetError(f"{given}: there is no such table.")
    places = [folder, folder / "fma_metadata", folder.parent / "fma_metadata", folder.parent]
    for place in places:
        if (place / "tracks.csv").is_file():
            return place / "tracks.csv"
    deeper = (p for k in range(2, _DEPTH + 1) for p in folder.glob("*/" * k + "tracks.csv"))
    return next(deeper, None)


def _read_tracks(path: Path) -> Iterator[dict[str, str]]:
    """Yield the number of each track and its cells in :data:`COLUMNS`."""
    before = csv.field_size_limit(_LONGEST_FIELD)  # biographies are long
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            groups, names = next(reader, []), next(reader, [])
            places = {heading: k for k, heading in enumerate(zip(groups, names, strict=False))}
            lacking = [".".join(c) for c in COLUMNS.values() if c not in places]
            if lacking:
                raise DatasetError(
                    f"{path}: is not FMA's tracks.csv: its two rows of headings lack "
                    f"{', '.join(lacking)}."
                )
            for row in reader:
                # The third row of headings names the first column, track_id, and nothing else.
                if row and row[0].isdecimal() and len(row) == len(names):
                    cells = {key: row[places[heading]] for key, heading in COLUMNS.items()}
                    yield {"track": row[0].zfill(6), **cells}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DatasetError(f"{path}: cannot be read ({error}).") from error
    finally:
        csv.field_size_limit(before)


def _checksums(folder: Path, subset: str) -> dict[str, str]:
    """Read the file ``checksums`` that lies with the music: ``HEX  000/000002.mp3`` a line."""
    for place in (folder / f"fma_{subset}", folder, *sorted(folder.glob(f"*/fma_{subset}"))):
        if (place / "checksums").is_file():
            text = (place / "checksums").read_text(encoding="utf-8", errors="replace")
            lines = re.findall(r"^([0-9a-f]{40})\s+\S*?(\d{6})\.mp3\s*$", text, re.MULTILINE)
            return {number: digest for digest, number in lines}
    return {}
