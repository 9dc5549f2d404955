"""From a folder on disk to the tracks of a catalogue, whatever the copy's layout."""

from __future__ import annotations

import os
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from genrelab.datasets.base import Dataset, Problem
from genrelab.datasets.catalogue import Catalogue, Entry, folded
from genrelab.errors import DatasetError
from genrelab.track import Track

#: Endings of files that may be tracks; beside the music of a data set lie many other things.
AUDIO = frozenset(
    {
        ".aac", ".aif", ".aiff", ".au", ".flac", ".m4a", ".mp3", ".mp4", ".ogg", ".opus", ".snd",
        ".wav", ".webm", ".wma",
    }
)  # fmt: skip
ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz", ".rar", ".7z")
MAX_DEPTH = 8
#: So many missing tracks of a class are named one by one; more are counted.
MAX_NAMED = 5


@dataclass(frozen=True)
class File:
    """An audio file below the root: its folders, its name without endings, its folders' class."""

    path: Path
    folders: tuple[str, ...]
    stem: str
    label: str = ""


@dataclass
class Found:
    """What lies below a root of a data set's tracks.

    Attributes
    ----------
    entries
        The tracks that are there, by id.
    paths
        Their files.
    misplaced
        The label of the folder a track lies in, where it is not the track's.
    extra
        Audio files that are no track: path and one sentence.
    problems
        Folders that cannot be read, names that are no text.
    """

    entries: dict[str, Entry] = field(default_factory=dict)
    paths: dict[str, Path] = field(default_factory=dict)
    misplaced: dict[str, str] = field(default_factory=dict)
    extra: list[tuple[Path, str]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def load_tree(root: Path, catalogue: Catalogue) -> Dataset:
    """Load what lies below ``root`` of a published data set; audio is not read.

    The published label stands, wherever a file lies. What is missing or lies in the folder of
    another class is named in ``Dataset.problems``.

    Raises
    ------
    DatasetError
        If there is no such folder or none of the tracks in it.
    """
    found = find(root, catalogue)
    info = catalogue.info
    tracks = tuple(
        Track(id=i, label=e.label, path=found.paths[i], group=e.group, source=e.source)
        for i, e in sorted(found.entries.items())
    )
    splits = {
        column: {i: e.parts[column] for i, e in found.entries.items() if e.parts.get(column)}
        for column in info.splits
    }
    problems = [*found.problems, *_missing(catalogue, found)]
    for track_id, label in sorted(found.misplaced.items()):
        published = found.entries[track_id].label
        message = f"lies in the folder of {label}; its published class, {published}, stands."
        problems.append(Problem(track_id, message))
    return Dataset(
        name=catalogue.name,
        labels=catalogue.labels,
        tracks=tracks,
        splits={column: parts for column, parts in splits.items() if parts},
        problems=tuple(problems),
        info=info,
    )


def _missing(catalogue: Catalogue, found: Found) -> Iterator[Problem]:
    gone: dict[str, list[str]] = defaultdict(list)
    for entry in catalogue.entries:
        if entry.id not in found.entries:
            gone[entry.label].append(entry.id)
    for label, ids in gone.items():
        if len(ids) <= MAX_NAMED:
            yield from (Problem(i, "there is no file of this track.") for i in ids)
        else:
            published = sum(e.label == label for e in catalogue.entries)
            named = ", ".join(ids[:MAX_NAMED])
            message = f"{len(ids)} of {published} tracks have no file: {named} and others."
            yield Problem(label, message)
    if catalogue.open:
        present = Counter(e.label for e in found.entries.values())
        for label, published in catalogue.info.counts.items():
            if present[label] < published:
                yield Problem(label, f"{present[label]} of {published} tracks have a file.")


def find(root: Path, catalogue: Catalogue) -> Found:
    """Find the files of a catalogue's tracks below ``root``.

    A track's file is told by its name, and where names repeat, by the folder of a class above it;
    letter case, the ending, and the folders around do not matter. Of several files of one track
    the one in the published format counts, then the least deep; the others are extra, and so are
    audio files that are no track and lie beside tracks.

    Raises
    ------
    DatasetError
        If there is no such folder or none of the tracks in it.
    """
    if not root.is_dir():
        raise DatasetError(f"{root}: there is no such folder.")
    found = Found()
    files = list(_audio_files(root, found.problems))
    matched = next(
        (m for s in _scopes(files, catalogue.homes) if (m := _match(s, catalogue))), None
    )
    if matched is None:
        raise DatasetError(_nothing_found(root, catalogue))
    beside: set[Path] = set()
    for entry, several in matched.copies.values():
        several.sort(key=lambda f: (f.path.suffix.lower() != catalogue.suffix, len(f.folders)))
        found.entries[entry.id] = entry
        found.paths[entry.id] = several[0].path
        if several[0].label not in ("", entry.label):
            found.misplaced[entry.id] = several[0].label
        beside.update(f.path.parent for f in several)
        found.extra += [(f.path, f"is another file of {entry.id}.") for f in several[1:]]
    found.extra += [
        (file.path, "is no track of this data set.")
        for file in matched.strangers
        if file.label or file.path.parent in beside
    ]
    return found


@dataclass(frozen=True)
class _Matched:
    """Files by the entry's key, in the order of their paths; and those that are no track."""

    copies: dict[str, tuple[Entry, list[File]]]
    strangers: list[File]


def _match(files: list[File], catalogue: Catalogue) -> _Matched | None:
    """Find the entry of each file; without any, return None."""
    by_folder = catalogue.labels_of_folders()
    label_of_folder = cache(lambda name: by_folder.get(folded(name), ""))
    entries = {entry.key: entry for entry in catalogue.entries}
    matched = _Matched({}, [])
    for file in files:
        labels = [label_of_folder(folder) for folder in file.folders]
        label = next(filter(None, reversed(labels)), "")
        file = replace(file, label=label)
        key = catalogue.to_key(file.stem, label)
        if catalogue.open and label:
            # From the class on, so that ids do not tell where the copy lies.
            below = len(labels) - labels[::-1].index(label)
            name = "/".join([label, *file.folders[below:], file.path.name])
            key = unicodedata.normalize("NFC", name)
            entries[key] = Entry(id=key, key=key, label=label)
        if key in entries:
            matched.copies.setdefault(key, (entries[key], []))[1].append(file)
        elif key not in catalogue.unlabelled:
            matched.strangers.append(file)
    return matched if matched.copies else None


def _scopes(files: list[File], homes: Sequence[str]) -> Iterator[list[File]]:
    """Yield the files below each folder that has a data set's usual name, at last all of them."""
    name_of = cache(folded)
    for home in homes:
        inside = [f for f in files if folded(home) in map(name_of, f.folders)]
        if inside:
            yield inside
    yield files


def _nothing_found(root: Path, catalogue: Catalogue) -> str:
    archives = sorted(p.name for p in root.iterdir() if p.name.lower().endswith(ARCHIVES))
    packed = f" Unpack {', '.join(archives[:5])} first." if archives else ""
    return (
        f"{root}: holds no track of {catalogue.info.title}; a file such as {catalogue.example} "
        f"was looked for, in any folder below.{packed}"
    )


def _audio_files(root: Path, problems: list[Problem]) -> Iterator[File]:
    """Yield the audio files below ``root``, sorted; links are followed, but never in a circle."""
    seen: set[str] = set()
    waiting: list[tuple[str, tuple[str, ...]]] = [(str(root), ())]
    while waiting:
        here, folders = waiting.pop()
        real = os.path.realpath(here)
        if real in seen or len(folders) > MAX_DEPTH:
            continue
        seen.add(real)
        try:
            with os.scandir(here) as listing:
                entries = sorted(listing, key=lambda e: e.name, reverse=True)
        except OSError as error:
            message = f"the folder cannot be read ({error.strerror or error})."
            problems.append(Problem(shown("/".join(folders) or "."), message))
            continue
        for entry in reversed(entries):
            if entry.name.startswith(".") or entry.name == "__MACOSX":
                continue
            if entry.is_dir():
                waiting.append((entry.path, (*folders, entry.name)))
            elif os.path.splitext(entry.name)[1].lower() in AUDIO and entry.is_file():
                # An archive packed on Windows leaves whole paths in the names of files.
                *more, name = entry.name.split("\\")
                if shown(name) == name:
                    yield File(Path(entry.path), (*folders, *more), _stem(name))
                else:
                    message = "has a name that is no valid text; rename it."
                    problems.append(Problem(shown(name), message))


def _stem(name: str) -> str:
    """Return a file's name without its endings, of which conversions may leave several."""
    stem, suffix = os.path.splitext(name)
    while suffix.lower() in AUDIO:
        name = stem
        stem, suffix = os.path.splitext(name)
    return unicodedata.normalize("NFC", name)


def shown(name: str) -> str:
    """Return a name as it can be printed."""
    return name.encode(errors="replace").decode()
