"""Many files at once, outcomes in order, in processes that may crash without harm.

Every worker is a process with one thread for its arithmetic, so that workers never crowd each
other's cores and an outcome does not depend on how many there are. Decoders are foreign code that
meets broken files; one that crashes takes its process along and nothing else.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from genrelab.errors import GenrelabError
from genrelab.runtime.answers import Failure
from genrelab.runtime.worker import path_to

T = TypeVar("T")

#: Files handed out ahead of the one whose outcome is awaited: a long file in front must not leave
#: the other workers idle, and a library of any size must not lie in memory.
AHEAD = 256

_START = (
    "import sys, json; module, told, sys.path[:] = json.loads(sys.argv[1]); "
    "from importlib import import_module; import_module(module).main(*told)"
)
_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


class Crew:
    """One worker for each thread that asks; a worker that died is replaced at the next question.

    Parameters
    ----------
    module
        Its function ``main`` is run in each process, and calls
        :func:`genrelab.runtime.worker.serve`.
    told
        What ``main`` is given; anything that JSON can say.
    fatal
        Raised, with a sentence, if workers cannot serve at all.
    """

    def __init__(
        self, module: str, *told: Any, fatal: Callable[[str], GenrelabError] = GenrelabError
    ) -> None:
        self._start = json.dumps([module, told, sys.path])
        self._fatal = fatal
        self._mine = threading.local()
        self._lock = threading.Lock()
        self._all: set[_Worker] = set()
        self._dismissed = False

    def in_order(
        self,
        files: Iterable[tuple[Path, Any] | Failure],
        read: Callable[[Path, dict[str, Any]], T],
        *,
        workers: int | None = None,
    ) -> Iterator[T | Failure]:
        """Yield what becomes of each file, in the order given, and dismiss the crew at the end.

        Parameters
        ----------
        files
            Files, each with what else a worker has to know of it; a :class:`Failure` among them is
            passed on in its place.
        read
            From a file and a worker's message to the outcome.
        workers
            Processes; by default one for each core this process may use.
        """
        pool = ThreadPoolExecutor(workers or usable_cores(), thread_name_prefix="genrelab")
        waiting: deque[Future[T | Failure]] = deque()
        try:
            for file in files:
                if isinstance(file, Failure):
                    waiting.append(_settled(file))
                else:
                    path, more = file
                    waiting.append(pool.submit(self._ask, path, more, read))
                while waiting and (waiting[0].done() or len(waiting) >= AHEAD):
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            self._dismiss()
            pool.shutdown(wait=True, cancel_futures=True)

    def _ask(self, path: Path, more: Any, read: Callable[[Path, dict[str, Any]], T]) -> T | Failure:
        """Have this thread's worker do a file."""
        worker: _Worker | None = getattr(self._mine, "worker", None)
        if worker is None:
            worker = self._mine.worker = self._hire()
        try:
            message = worker.ask(path, more)
        except EOFError:
            self._mine.worker = None
            with self._lock:
                self._all.discard(worker)
            return Failure(path, f"it made the reader crash ({worker.cause_of_death()}).")
        return Failure(path, message["error"]) if "error" in message else read(path, message)

    def _dismiss(self) -> None:
        """End all workers, in the middle of a file if need be."""
        with self._lock:
            self._dismissed = True
            for worker in self._all:
                worker.end()

    def _hire(self) -> _Worker:
        with self._lock:
            if self._dismissed:
                raise self._fatal("the workers were stopped.")
            worker = _Worker(self._start)
            self._all.add(worker)
        if fault := worker.greet():
            raise self._fatal(fault)
        return worker


def usable_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _settled(failure: Failure) -> Future[Any]:
    future: Future[Any] = Future()
    future.set_result(failure)
    return future


class _Worker:
    """The near end of a process that serves (:func:`genrelab.runtime.worker.serve`)."""

    def __init__(self, start: str) -> None:
        # Isolated (-I), so that no module lying in a folder of music is taken for a library.
        self._process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-I", "-c", _START, start],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # decoders grumble there; faults come as messages
            text=True,
            encoding="ascii",
            env={**os.environ, **dict.fromkeys(_ONE_THREAD, "1")},
        )

    def greet(self) -> str:
        """Wait until the worker is ready; return what keeps it from that, or nothing."""
        try:
            return str(self._hear().get("fatal", ""))
        except EOFError:
            return f"a worker process could not be started ({self.cause_of_death()})."

    def ask(self, path: Path, more: Any) -> dict[str, Any]:
        """Return what the worker says of a file; ``EOFError`` if the process dies of it."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps([path_to(path), more]) + "\n")
            self._process.stdin.flush()
        except OSError:
            raise EOFError from None
        return self._hear()

    def cause_of_death(self) -> str:
        """Return what ended the process, in two words."""
        code = self._process.wait()
        if code >= 0:
            return f"exit code {code}"
        try:
            return signal.Signals(-code).name
        except ValueError:
            return f"signal {-code}"

    def end(self) -> None:
        """End the process now."""
        self._process.kill()
        self._process.wait()

    def _hear(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line.endswith("\n"):
            raise EOFError
        message: dict[str, Any] = json.loads(line)
        return message
