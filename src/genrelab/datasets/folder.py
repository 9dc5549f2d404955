"""A folder of genre folders: every audio file below a genre's folder is a track of that genre."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from genrelab.datasets.base import Dataset, Info, Problem
from genrelab.errors import DatasetError, did_you_mean
from genrelab.track import Track

INFO = Info(title="A folder of genre folders")
SIZE = "what lies in the folder"
NEEDS_ROOT = True

GROUPS = ("folder",)
#: What lies beside music in a library. Anything else is taken for audio: names do not say what a
#: file holds, and one that holds something else is reported when it is read.
NOT_AUDIO = frozenset(
    {
        ".7z", ".accurip", ".bmp", ".csv", ".cue", ".db", ".doc", ".docx", ".gif", ".gz", ".htm",
        ".html", ".ini", ".jpeg", ".jpg", ".json", ".jsonl", ".lnk", ".log", ".lrc", ".m3u",
        ".m3u8", ".md", ".md5", ".mf", ".mid", ".midi", ".nfo", ".npy", ".npz", ".ods", ".odt",
        ".pdf", ".pls", ".png", ".py", ".rar", ".rtf", ".sfv", ".sha1", ".sha256", ".svg", ".tar",
        ".tif", ".tiff", ".toml", ".tsv", ".txt", ".url", ".webp", ".xls", ".xlsx", ".xml",
        ".xspf", ".yaml", ".yml", ".zip",
    }
)  # fmt: skip


def load(root: str | Path, *, name: str | None = None, group: str | None = None) -> Dataset:
    """Load a folder that has one folder for each genre.

    Parameters
    ----------
    root
        The folder. Hidden files and folders are passed over, and so are pictures, texts and other
        files that their ending says are no audio; all others below a genre's folder are tracks,
        however deep they lie.
    name
        The data set's name; by default the folder's.
    group
        ``"folder"`` takes the folders inside a genre's folder for artists, as in
        ``genre/artist/album/file``; a file that lies directly in the genre's folder has none.

    Raises
    ------
    DatasetError
        If there is no such folder or no track in it.
    """
    if group is not None and group not in GROUPS:
        raise DatasetError(
            f"group must be 'folder' or left out, not {group!r}.{did_you_mean(str(group), GROUPS)}"
        )
    root = Path(root)
    if not root.is_dir():
        raise DatasetError(f"{root}: there is no such folder.")
    problems: list[Problem] = []
    tracks: dict[str, Track] = {}
    for entry in _listed(root, problems):
        if entry.is_file():
            if _may_be_audio(entry.name):
                problems.append(Problem(_shown(entry.name), "lies in no genre's folder."))
            continue
        found = 0
        for path in _files(entry, problems):
            if not _may_be_audio(path.name):
                continue
            found += 1
            track = _to_track(path, root, group)
            if track is None:
                message = "has a name that is no valid text; rename it."
                problems.append(Problem(_shown(path.relative_to(root).as_posix()), message))
            elif track.id in tracks:
                message = "has the same name as another file but for how its letters are encoded."
                problems.append(Problem(track.id, message))
            else:
                tracks[track.id] = track
        if not found:
            problems.append(Problem(_shown(entry.name), "the folder holds no audio file."))
    if not tracks:
        raise DatasetError(
            f"{root}: has no audio file in a genre's folder; it should hold one folder for each "
            "genre, with the genre's files in it."
        )
    return Dataset(
        name=name or root.resolve().name or "folder",
        labels=tuple(sorted({track.label for track in tracks.values()})),
        tracks=tuple(tracks[i] for i in sorted(tracks)),
        problems=tuple(problems),
        info=INFO,
    )


def _to_track(path: Path, root: Path, group: str | None) -> Track | None:
    # One spelling of each letter, or ids would differ between file systems.
    track_id = unicodedata.normalize("NFC", path.relative_to(root).as_posix())
    try:
        track_id.encode()
    except UnicodeEncodeError:
        return None
    genre, *folders, _ = track_id.split("/")
    artist = folders[0] if group and folders else None
    return Track(id=track_id, label=genre, path=path, group=artist)


def _listed(folder: Path, problems: list[Problem]) -> list[Path]:
    """Return what lies in a folder and is not hidden, sorted."""
    try:
        return sorted(p for p in folder.iterdir() if not p.name.startswith("."))
    except OSError as error:
        message = f"the folder cannot be read ({error.strerror or error})."
        problems.append(Problem(_shown(folder.name), message))
        return []


def _files(folder: Path, problems: list[Problem]) -> Iterator[Path]:
    """Yield the files below a folder; links are followed, but never in a circle."""
    seen: set[str] = set()
    waiting = [folder]
    while waiting:
        here = waiting.pop()
        real = os.path.realpath(here)
        if real in seen:
            continue
        seen.add(real)
        for path in _listed(here, problems):
            if path.is_dir():
                waiting.append(path)
            elif path.is_file():
                yield path
            else:
                problems.append(Problem(_shown(path.name), "is a link to nothing."))


def _may_be_audio(name: str) -> bool:
    return Path(name).suffix.lower() not in NOT_AUDIO


def _shown(name: str) -> str:
    return name.encode(errors="replace").decode()
