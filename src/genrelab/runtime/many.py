"""Classifying many files at once, in order, in processes that may crash without harm.

Every worker is a process with one thread for the network, so that workers never crowd each
other's cores and an answer does not depend on how many there are. Decoders are foreign code that
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
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from genrelab.errors import BundleError
from genrelab.runtime.answers import Answer, Failure
from genrelab.runtime.worker import path_to

#: Files handed out ahead of the one whose answer is awaited: a long file in front must not leave
#: the other workers idle, and a library of any size must not lie in memory.
AHEAD = 256

_START = (
    "import sys, json; bundle, wanted, sys.path[:] = json.loads(sys.argv[1]); "
    "from genrelab.runtime.worker import main; main(bundle, wanted)"
)
_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def classify_many(
    paths: Iterable[str | Path | Failure],
    bundle: str | Path | None = None,
    *,
    workers: int | None = None,
    timeline: bool = False,
    segments: bool = False,
) -> Iterator[Answer | Failure]:
    """Classify files and yield what becomes of each, in the order given.

    Parameters
    ----------
    paths
        Files; a :class:`Failure` among them is passed on in its place.
    bundle
        A ``.onnx`` file that genrelab wrote; by default the model inside the package.
    workers
        Processes; by default one for each core this process may use. The answers are the same
        to the last bit with any number.
    timeline, segments
        As :meth:`genrelab.runtime.classifier.Classifier.classify` takes it.

    Raises
    ------
    BundleError
        The bundle cannot be used at all; what is wrong with one file is a :class:`Failure`.
    """
    from genrelab.runtime.classifier import usable_cores

    n = workers or usable_cores()
    crew = _Crew(bundle, {"timeline": timeline, "segments": segments})
    pool = ThreadPoolExecutor(n, thread_name_prefix="genrelab")
    waiting: deque[Future[Answer | Failure]] = deque()
    try:
        for path in paths:
            if isinstance(path, Failure):
                waiting.append(_settled(path))
            else:
                waiting.append(pool.submit(crew.ask, Path(path)))
            while waiting and (waiting[0].done() or len(waiting) >= AHEAD):
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        crew.dismiss()
        pool.shutdown(wait=True, cancel_futures=True)


def _settled(failure: Failure) -> Future[Answer | Failure]:
    future: Future[Answer | Failure] = Future()
    future.set_result(failure)
    return future


class _Crew:
    """One worker for each thread that asks; a worker that died is replaced at the next question."""

    def __init__(self, bundle: str | Path | None, wanted: dict[str, Any]) -> None:
        self._bundle = bundle
        self._wanted = wanted
        self._mine = threading.local()
        self._lock = threading.Lock()
        self._all: set[_Worker] = set()
        self._dismissed = False

    def ask(self, path: Path) -> Answer | Failure:
        """Have this thread's worker classify a file."""
        worker: _Worker | None = getattr(self._mine, "worker", None)
        if worker is None:
            worker = self._mine.worker = self._hire()
        try:
            return worker.classify(path)
        except EOFError:
            self._mine.worker = None
            with self._lock:
                self._all.discard(worker)
            return Failure(path, f"it made the reader crash ({worker.cause_of_death()}).")

    def dismiss(self) -> None:
        """End all workers, in the middle of a file if need be."""
        with self._lock:
            self._dismissed = True
            for worker in self._all:
                worker.end()

    def _hire(self) -> _Worker:
        with self._lock:
            if self._dismissed:
                raise BundleError("classifying was stopped.")
            worker = _Worker(self._bundle, self._wanted)
            self._all.add(worker)
        worker.greet()
        return worker


class _Worker:
    """The near end of a process that runs :mod:`genrelab.runtime.worker`."""

    def __init__(self, bundle: str | Path | None, wanted: dict[str, Any]) -> None:
        told = json.dumps([None if bundle is None else path_to(Path(bundle)), wanted, sys.path])
        # Isolated (-I), so that no module lying in a folder of music is taken for a library.
        self._process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-I", "-c", _START, told],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # decoders grumble there; faults come as answers
            text=True,
            encoding="ascii",
            env={**os.environ, **dict.fromkeys(_ONE_THREAD, "1")},
        )

    def greet(self) -> None:
        """Wait until the worker is ready; what keeps it from that raises ``BundleError``."""
        try:
            message = self._hear()
        except EOFError:
            raise BundleError(
                f"a process for classifying could not be started ({self.cause_of_death()})."
            ) from None
        if "fatal" in message:
            raise BundleError(message["fatal"])

    def classify(self, path: Path) -> Answer | Failure:
        """Return what becomes of a file; ``EOFError`` if the process dies of it."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(path_to(path)) + "\n")
            self._process.stdin.flush()
        except OSError:
            raise EOFError from None
        message = self._hear()
        if "error" in message:
            return Failure(path, message["error"])
        return Answer.from_dict(path, message)

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
