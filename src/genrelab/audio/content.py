"""What a file is, told by the file system and by its first bytes; never by its name."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from genrelab.errors import AudioError

HEAD_BYTES = 1024

#: (position, bytes there, what a file that has them there is called).
_SIGNATURES = (
    (8, b"WAVE", "WAV"),
    (0, b"riff\x2e\x91\xcf\x11", "W64"),
    (8, b"AIFF", "AIFF"),
    (8, b"AIFC", "AIFF"),
    (0, b".snd", "AU"),
    (0, b"caff", "CAF"),
    (0, b"fLaC", "FLAC"),
    (0, b"OggS", "Ogg"),
    (4, b"ftyp", "MP4"),
    (0, b"\x1a\x45\xdf\xa3", "Matroska or WebM"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "Windows Media"),
    (0, b"ID3", "MP3"),
    (8, b"AVI ", "AVI"),
)
#: What holds plain samples: libsndfile reads these five times faster than FFmpeg does.
_UNCOMPRESSED = frozenset({"WAV", "W64", "AIFF", "AU", "CAF"})


def read_head(path: str) -> bytes:
    """Return the first bytes of a regular, readable file that is not empty.

    Raises
    ------
    AudioError
        For everything else. A pipe or a device is never opened: reading one could wait for ever.
    """
    try:
        mode = os.stat(path).st_mode
        if stat.S_ISDIR(mode):
            raise AudioError("this is a folder, not an audio file.")
        if not stat.S_ISREG(mode):
            raise AudioError("this is a pipe, a socket or a device, not an audio file.")
        with Path(path).open("rb") as file:
            head = file.read(HEAD_BYTES)
    except FileNotFoundError:
        if os.path.islink(path):
            raise AudioError("this is a link to a file that does not exist.") from None
        raise AudioError("there is no such file.") from None
    except PermissionError:
        raise AudioError("the file cannot be read: permission denied.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise AudioError(f"the file cannot be read: {reason}.") from error
    if not head:
        raise AudioError("the file is empty (0 bytes).")
    return head


def signature(head: bytes) -> str | None:
    """Return the name of the format that the first bytes announce, or ``None``.

    Examples
    --------
    >>> signature(b"fLaC" + bytes(60))
    'FLAC'
    """
    for position, mark, name in _SIGNATURES:
        if head[position : position + len(mark)] == mark:
            return name
    return None


def is_uncompressed(head: bytes) -> bool:
    """Tell whether the first bytes are those of a container of plain samples."""
    return signature(head) in _UNCOMPRESSED


def is_text(head: bytes) -> bool:
    r"""Tell whether the first bytes are nothing but text in UTF-8.

    Examples
    --------
    >>> is_text("Für Elise\n".encode()), is_text(bytes(10))
    (True, False)
    """
    text = head.decode("utf-8", errors="replace")
    if len(head) == HEAD_BYTES:
        text = text[:-3]  # the last character may be cut in two
    return bool(text) and all(c.isprintable() or c in "\t\r\n\f" for c in text.replace("�", "\0"))


def undecodable(head: bytes) -> AudioError:
    """Return the sentence for a file of which nothing decodes."""
    name = signature(head)
    if name is not None:
        return AudioError(
            f"the file begins like {name} but nothing in it decodes: it is damaged or cut off."
        )
    if is_text(head):
        return AudioError("the file holds text, not audio.")
    return AudioError("the file is not audio in any format that can be read.")
