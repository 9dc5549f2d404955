"""Contents of files as digests, remembered so that unchanged files are not read again."""

from __future__ import annotations

import hashlib
import json
import os
import time
from pathlib import Path
from threading import Lock

#: A file changed this short a time ago could change again without its time stamp telling.
_SETTLED_NS = 2_000_000_000
_CHUNK = 1 << 20


class ContentMemo:
    """SHA-256 of files, with a memory keyed by path, size and time of change.

    Parameters
    ----------
    path
        Where it is kept: one JSON line a file. Several processes may append to it; a line that a
        killed process left torn is passed over.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[tuple[str, int, int], str] = {}
        self._lock = Lock()
        self._torn = False
        self._load()

    def digest(self, file: Path) -> str:
        """Return the digest of a file's content; an unreadable file raises ``OSError``."""
        status = file.stat()
        key = (str(file.resolve()), status.st_size, status.st_mtime_ns)
        if key in self._known:
            return self._known[key]
        content = hashlib.sha256()
        with file.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                content.update(chunk)
        digest = content.hexdigest()
        if time.time_ns() - status.st_mtime_ns > _SETTLED_NS:
            self._remember(key, digest)
        return digest

    def _load(self) -> None:
        try:
            text = self._path.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return
        self._torn = bool(text) and not text.endswith("\n")
        for line in text.splitlines():
            try:
                name, size, changed, digest = json.loads(line)
            except (TypeError, ValueError):
                continue
            if len(str(digest)) == 64:
                self._known[name, size, changed] = digest

    def _remember(self, key: tuple[str, int, int], digest: str) -> None:
        line = json.dumps([*key, digest]) + "\n"
        with self._lock:
            self._known[key] = digest
            data = ("\n" + line if self._torn else line).encode()
            self._torn = False
            # One write at the end of the file: lines of several processes do not mix.
            target = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
            try:
                os.write(target, data)
            finally:
                os.close(target)


def digest_of(*values: object) -> str:
    """Return 32 hex digits of JSON-ready values: a key of the cache."""
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()[:32]
