"""A progress line on a terminal, for what takes over a second."""

from __future__ import annotations

import shutil
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TextIO

from genrelab.clock import clock

#: Seconds before the line appears, and between two drawings.
PATIENCE = 1.0
TICK = 0.25


class Bar:
    """One line at the foot of a terminal; it makes way for whatever else is written there.

    Parameters
    ----------
    total
        Steps until the end.
    stream
        Where to draw; by default standard error. Nothing is drawn where that is no terminal.
    """

    def __init__(self, total: int, *, stream: TextIO | None = None) -> None:
        self._total = total
        self._stream = stream or sys.stderr
        self._done = self._failed = 0
        self._drawn = ""
        self._visible = False
        self._lock = threading.RLock()
        self._ended = threading.Event()
        self._began = time.monotonic()
        self._thread = threading.Thread(target=self._keep_drawing, daemon=True)

    def __enter__(self) -> Bar:
        if self._stream.isatty():
            self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()
        with self._lock:
            self._erase()

    def step(self, *, failed: bool = False) -> None:
        """Tell that one more is done."""
        with self._lock:
            self._done += 1
            self._failed += failed

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Keep the line away while something else is written."""
        with self._lock:
            self._erase()
            yield
            if self._visible:
                self._draw()

    def _keep_drawing(self) -> None:
        if self._ended.wait(PATIENCE):
            return
        while not self._ended.wait(TICK):
            with self._lock:
                self._visible = True
                self._draw()

    def _draw(self) -> None:
        self._erase()
        self._drawn = self.text(shutil.get_terminal_size().columns - 1)
        self._stream.write(self._drawn)
        self._stream.flush()

    def _erase(self) -> None:
        if self._drawn:
            self._stream.write("\r" + " " * len(self._drawn) + "\r")
            self._stream.flush()
            self._drawn = ""

    def text(self, columns: int) -> str:
        """Return the line as it stands now, no longer than ``columns`` characters."""
        seconds = time.monotonic() - self._began
        words = f" {self._done:,} of {self._total:,}"
        if self._failed:
            words += f", {self._failed:,} failed"
        words += f", {clock(seconds)}"
        if 0 < self._done < self._total:
            words += f", about {clock(seconds / self._done * (self._total - self._done))} left"
        room = min(30, columns - len(words) - 2)
        if room < 5:
            return words.strip()[: max(0, columns)]
        full = room * self._done // max(1, self._total)
        return f"[{'=' * full}{' ' * (room - full)}]{words}"
