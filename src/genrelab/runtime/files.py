"""Finding the audio files that a person means by naming files and folders."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from genrelab.runtime.answers import Failure

_PICTURES_AND_DOCUMENTS = """
    bmp gif heic ico jpeg jpg png psd svg tif tiff webp
    csv doc docx htm html json md odt pdf rtf tex tsv txt xls xlsx xml yaml yml
"""
_LISTS_AND_LOGS = (
    "accurip asx cue fpl log lrc m3u m3u8 md5 nfo par2 pls sfv sha1 sha256 srt wpl xspf"
)
_LEFT_BEHIND = """
    asd bak cfg conf dat db dll ds_store exe ini itdb itl lnk pkf plist py pyc reapeaks sfk sqlite
    tmp torrent url 7z bz2 gz rar tar zip hdf5 npy npz onnx parquet safetensors toml
"""
#: Endings of what lies beside music and is none; anything else in a folder is tried, because
#: files are told by their content. A file that is named itself is always tried.
NOT_AUDIO = frozenset(f"{_PICTURES_AND_DOCUMENTS} {_LISTS_AND_LOGS} {_LEFT_BEHIND}".split())


@dataclass(frozen=True)
class Found:
    """What naming files and folders came to.

    Parameters
    ----------
    entries
        Files in order, with a failure in the place of whatever cannot be walked.
    skipped
        How many files in folders were left out as hidden or no audio.
    """

    entries: tuple[Path | Failure, ...]
    skipped: int = 0

    @property
    def files(self) -> list[Path]:
        """The paths of all entries, in order."""
        return [e.path if isinstance(e, Failure) else e for e in self.entries]


def find_audio(paths: Iterable[str | Path]) -> Found:
    """Find the files to classify.

    Parameters
    ----------
    paths
        Files, taken as they are whatever they hold, and folders, walked in sorted order. Links to
        folders are followed, each folder once; hidden files and the endings of :data:`NOT_AUDIO`
        are skipped and counted, and so is what is no regular file.

    Examples
    --------
    >>> find_audio(["no/such/file.mp3"]).entries == (Path("no/such/file.mp3"),)
    True
    """
    entries: list[Path | Failure] = []
    skipped = 0
    for given in map(Path, paths):
        if not os.path.isdir(given):
            entries.append(given)
            continue
        before = len(entries)
        for entry in _walk(given, set()):
            if entry is None:
                skipped += 1
            else:
                entries.append(entry)
        if len(entries) == before:
            entries.append(Failure(given, "there is no audio file in this folder."))
    return Found(tuple(entries), skipped)


def _walk(folder: Path, seen: set[tuple[int, int]]) -> Iterator[Path | Failure | None]:
    """Yield files and failures in order, and ``None`` for each file that is skipped."""
    waiting = [folder]  # no recursion, as folders may lie deeper than Python's limit
    while waiting:
        path = waiting.pop()
        try:
            status = path.stat()
            if not stat.S_ISDIR(status.st_mode):
                audio = stat.S_ISREG(status.st_mode) and is_candidate(path)
                yield path if audio else None
                continue
            here = (status.st_dev, status.st_ino)
            # Systems without inode numbers have no links that could lead in a circle.
            if here in seen and here[1]:
                continue
            seen.add(here)
            names = sorted(os.listdir(path), reverse=True)
        except FileNotFoundError:
            yield path if is_candidate(path) else None  # a link to nowhere: reading it will say so
            continue
        except OSError as error:
            yield Failure(path, f"it cannot be opened ({(error.strerror or 'fault').lower()}).")
            continue
        for name in names:
            if name.startswith("."):
                yield None
            else:
                waiting.append(path / name)


def is_candidate(path: Path) -> bool:
    """Say whether a file that lies in a folder is tried: by its name alone.

    Examples
    --------
    >>> is_candidate(Path("01 Intro.MP3")), is_candidate(Path("cover.JPG"))
    (True, False)
    """
    return path.suffix[1:].lower() not in NOT_AUDIO
