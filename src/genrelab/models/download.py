"""Downloading published weights, when a person asks for it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from genrelab.errors import DownloadError
from genrelab.features.partial import discard, partial_path, sweep

#: Where torchvision's weights are published.
ADDRESS = "https://download.pytorch.org/models/"
#: Seconds that a server may be silent.
TIMEOUT = 30.0
_BLOCK = 1 << 18

#: Told the bytes that have come and those that are announced, 0 if none are.
Progress = Callable[[int, int], None]


def named_digest(file: str) -> str:
    """Return the beginning of a file's SHA-256 that torchvision writes into its name.

    Examples
    --------
    >>> named_digest("resnet18-f37072fd.pth")
    'f37072fd'
    """
    found = re.search(r"-([0-9a-f]{8,64})\.", file)
    if found is None:
        raise DownloadError(f"the name {file!r} holds no digits of a SHA-256 to check the file by.")
    return found[1]


def download(
    file: str,
    folder: str | Path,
    *,
    address: str = ADDRESS,
    sha256: str | None = None,
    progress: Progress | None = None,
) -> Path:
    """Fetch a file, check it and put it in place in one step.

    Parameters
    ----------
    file
        Name under ``address`` and in ``folder``.
    folder
        Made if it is not there.
    address
        Of the folder on the server, https or http.
    sha256
        The file's SHA-256 or the beginning of it; by default what its name says.
    progress
        Called as blocks come in.

    Returns
    -------
    Path
        The file; nothing is left behind of one that did not arrive whole.

    Raises
    ------
    DownloadError
        No answer, another content than was published, or no room on disk.
    """
    expected = (sha256 or named_digest(file)).lower()
    path, url = Path(folder) / file, address.rstrip("/") + "/" + file
    if not url.startswith(("https://", "http://")):
        raise DownloadError(f"{address!r} is no address of a server: it must begin with https://.")
    partial: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        sweep(path.parent)
        partial = partial_path(path.parent, file)
        found = _fetch(url, partial, progress or (lambda done, total: None))
        if not found.startswith(expected):
            raise DownloadError(
                f"what {url} gave is not the published file: its SHA-256 begins with "
                f"{found[: len(expected)]}, not {expected}; nothing was kept."
            )
        partial.replace(path)
    except HTTPError as error:
        raise DownloadError(f"{url} cannot be had: {error.code} {error.reason}.") from error
    except (URLError, HTTPException, TimeoutError, ConnectionError) as error:
        reason = getattr(error, "reason", None) or error
        raise DownloadError(
            f"{url} cannot be fetched ({reason}); without a network, put the file at "
            f"{str(path)!r} by hand."
        ) from error
    except OSError as error:
        raise DownloadError(f"{str(path)!r} cannot be written ({error.strerror}).") from error
    finally:
        if partial is not None:
            discard(partial)
    return path


def _fetch(url: str, partial: Path, progress: Progress) -> str:
    """Stream an address into a file and return the SHA-256 of what came."""
    digest, done = hashlib.sha256(), 0
    # The scheme has been looked at, and the digest decides whether the content is used.
    with urlopen(url, timeout=TIMEOUT) as answer, partial.open("wb") as out:  # noqa: S310
        total = int(answer.headers.get("Content-Length") or 0)
        while block := answer.read(_BLOCK):
            out.write(block)
            digest.update(block)
            done += len(block)
            progress(done, total)
    if done < total:
        raise ConnectionError(f"it ended after {done:,} of {total:,} bytes")
    return digest.hexdigest()
