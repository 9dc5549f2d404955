"""Files and folders that appear in one step: written under another name, then renamed.

A process that is killed leaves at most a partial file, which nobody reads and a later
:func:`sweep` removes; there are no locks that could be left behind.
"""

from __future__ import annotations

import os
import shutil
import socket
import time
from itertools import count
from pathlib import Path

SUFFIX = ".partial"
#: A partial whose writer cannot be asked is given up after this many seconds without a change.
STALE_SECONDS = 24 * 60 * 60

_numbers = count()


def partial_path(folder: Path, name: str) -> Path:
    """Return a path in ``folder`` that no other process or thread writes to."""
    return folder / f"{name}~{_host()}~{os.getpid()}~{next(_numbers)}{SUFFIX}"


def write_file(path: Path, parts: tuple[bytes, ...], *, scratch: Path) -> None:
    """Write a file in one step, by way of a partial in ``scratch`` on the same file system."""
    partial = partial_path(scratch, path.name)
    try:
        with partial.open("wb") as file:
            for part in parts:
                file.write(part)
        path.parent.mkdir(parents=True, exist_ok=True)
        os.replace(partial, path)
    except BaseException:
        discard(partial)
        raise


def discard(path: Path) -> None:
    """Remove a file or a folder, if it is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def sweep(folder: Path) -> None:
    """Remove the partials in ``folder`` whose writers are gone."""
    for path in folder.glob(f"*{SUFFIX}"):
        if _abandoned(path):
            discard(path)


def _host() -> str:
    return "".join(c if c.isalnum() else "-" for c in socket.gethostname())


def _abandoned(path: Path) -> bool:
    *_, host, process, _ = ["", "", *path.name.split("~")]
    if host == _host() and process.isdecimal() and os.name == "posix":
        try:
            os.kill(int(process), 0)
        except ProcessLookupError:
            return True
        except PermissionError:
            pass
    try:
        newest = max(p.stat().st_mtime for p in [path, *path.glob("*")])
    except FileNotFoundError:
        return False
    return time.time() - newest > STALE_SECONDS
