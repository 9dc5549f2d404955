"""Whether a data set on disk is the one that was published: what is missing, damaged, mislabelled.

A file whose bytes have the published checksum is as it should be, whatever it holds. Where the
checksum is that of a WAV file and the copy is lossless in another format (AU, FLAC, WAV with
other chunks), the WAV file is made of its samples and has the same checksum. All others are
decoded.
"""

from __future__ import annotations

import hashlib
import os
import struct
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from genrelab.audio import stream_audio
from genrelab.datasets.catalogue import Catalogue, Entry
from genrelab.datasets.tree import Found, find, shown
from genrelab.errors import AudioError

KINDS = ("missing", "extra", "damaged", "short", "differs", "mislabelled")
#: A clip may be shorter than its nominal length by this share: GTZAN's have 29.93 to 30.65 s.
TOLERANCE = 0.03
_BLOCK = 1 << 20
_LOSSLESS = frozenset({".aif", ".aiff", ".au", ".flac", ".snd", ".wav"})

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Fault:
    """One difference from what was published.

    Parameters
    ----------
    kind
        One of :data:`KINDS`. ``differs`` is a whole file that is not the published one.
    subject
        The track's id, or the path of a file that is no track, or a class.
    label
        The class, where there is one.
    message
        One sentence.
    """

    kind: str
    subject: str
    label: str
    message: str


@dataclass(frozen=True)
class Check:
    """What was found.

    Parameters
    ----------
    expected, present
        Tracks of each class: published, and there.
    read
        Whether the audio was read.
    verified
        How many files have their published checksum.
    faults
        The differences.
    """

    expected: Mapping[str, int]
    present: Mapping[str, int]
    read: bool
    verified: int
    faults: tuple[Fault, ...]

    @property
    def as_published(self) -> bool:
        """Whether nothing was found wrong."""
        return not self.faults


def check(
    catalogue: Catalogue,
    root: str | Path,
    *,
    fast: bool = False,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Check:
    """Compare what lies below ``root`` with what was published.

    Parameters
    ----------
    catalogue
        What should be there: ``genrelab.datasets.published(NAME, root)``.
    root
        Where the data set lies.
    fast
        Compares names alone, and reads no audio.
    workers
        Threads that read; by default one a processor.
    progress
        Called with the number of files read and of all.

    Raises
    ------
    DatasetError
        If none of the tracks is there.
    """
    root = Path(root)
    found = find(root, catalogue)
    faults = [*_by_name(catalogue, found, root)]
    owners: dict[str, list[Entry]] = defaultdict(list)
    for entry in catalogue.entries:
        owners[entry.digest].append(entry)
    examine = partial(_examine, catalogue=catalogue, owners=owners, fast=fast)
    ids = sorted(found.entries)
    verified = 0
    with ThreadPoolExecutor(workers or os.cpu_count()) as pool:
        entries, paths = [found.entries[i] for i in ids], [found.paths[i] for i in ids]
        for done, (good, fault) in enumerate(pool.map(examine, entries, paths), start=1):
            verified += good
            faults += [fault] if fault else []
            if progress:
                progress(done, len(ids))
    present = Counter(entry.label for entry in found.entries.values())
    return Check(
        expected=dict(catalogue.info.counts),
        present={label: present[label] for label in catalogue.labels},
        read=not fast,
        verified=verified,
        faults=tuple(sorted(faults, key=lambda f: (KINDS.index(f.kind), f.label, f.subject))),
    )


def _by_name(catalogue: Catalogue, found: Found, root: Path) -> Iterator[Fault]:
    for entry in catalogue.entries:
        if entry.id not in found.entries:
            yield Fault("missing", entry.id, entry.label, "there is no file of this track.")
    for problem in found.problems:
        yield Fault("damaged", problem.subject, "", problem.message)
    for path, message in found.extra:
        yield Fault("extra", shown(path.relative_to(root).as_posix()), "", message)
    for track_id, label in found.misplaced.items():
        entry = found.entries[track_id]
        yield Fault("mislabelled", track_id, entry.label, f"lies in the folder of {label}.")
    # Where the list of tracks is not ours but came with the data, it may be another's.
    tracks = found.entries.values() if catalogue.open else catalogue.entries
    listed = Counter(entry.label for entry in tracks)
    what = "there are" if catalogue.open else "the list of tracks has"
    for label, published in catalogue.info.counts.items():
        if listed[label] != published:
            kind = "missing" if listed[label] < published else "extra"
            yield Fault(kind, label, label, f"{what} {listed[label]} tracks, not {published}.")


def _examine(
    entry: Entry,
    path: Path,
    *,
    catalogue: Catalogue,
    owners: Mapping[str, list[Entry]],
    fast: bool,
) -> tuple[bool, Fault | None]:
    """Return whether a file has its published checksum, and what is wrong with it otherwise."""

    def fault(kind: str, message: str) -> tuple[bool, Fault]:
        return False, Fault(kind, entry.id, entry.label, message)

    if fast:
        return False, None
    digests = set(_digests(path, catalogue)) if entry.digest else set()
    if entry.digest in digests:
        return True, None
    try:
        with stream_audio(path) as stream:
            for _ in stream:
                pass
    except AudioError as error:
        return fault("damaged", str(error))
    spoilt = [note for note in stream.notes if note.startswith("the file is")]
    least = None if entry.shorter else catalogue.info.seconds
    if least is not None and stream.duration < least * (1 - TOLERANCE):
        return fault("short", f"has {stream.duration:.1f} of {least:g} s.")
    if spoilt:
        return fault("damaged", spoilt[0])
    others = [other for digest in digests for other in owners.get(digest, [])]
    if others:
        kind = "differs" if any(o.label == entry.label for o in others) else "mislabelled"
        return fault(kind, f"holds what was published as {others[0].id}.")
    if digests:
        return fault("differs", "can be read but is not the published file; its checksum differs.")
    return False, None


def _digests(path: Path, catalogue: Catalogue) -> Iterator[str]:
    """Yield the checksums under which this file may have been published.

    A copy in a lossy format, or in another one than was published, has none that could agree.
    """
    suffix = path.suffix.lower()
    if suffix == catalogue.suffix:
        try:
            yield _digest_of_file(path, catalogue.algorithm)
        except OSError:
            return  # said when the file is decoded
    if catalogue.of_samples and suffix in _LOSSLESS:
        digest = _digest_of_samples(path, catalogue.algorithm)
        if digest:
            yield digest


def _digest_of_file(path: Path, algorithm: str) -> str:
    digest = hashlib.new(algorithm, usedforsecurity=False)
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _digest_of_samples(path: Path, algorithm: str) -> str:
    """Return the checksum of the plain 16-bit WAV file with these samples, if they are 16-bit."""
    import soundfile

    try:
        with soundfile.SoundFile(path) as sound:
            if sound.subtype != "PCM_16":
                return ""
            rate, channels = sound.samplerate, sound.channels
            samples = sound.read(dtype="int16", always_2d=True).astype("<i2").tobytes()
    except (soundfile.SoundFileError, OSError, RuntimeError):
        return ""
    header = b"RIFF" + struct.pack("<I", 36 + len(samples)) + b"WAVEfmt "
    header += struct.pack("<IHHIIHH", 16, 1, channels, rate, rate * channels * 2, channels * 2, 16)
    header += b"data" + struct.pack("<I", len(samples))
    return hashlib.new(algorithm, header + samples, usedforsecurity=False).hexdigest()
