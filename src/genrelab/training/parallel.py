"""Folds side by side: in processes on this machine, or on a Ray cluster, through joblib.

Folds know nothing of each other, so they can run anywhere and in any order. Each runs on one
thread: the number of threads decides in which order numbers are added, and with it their last
digits. So a CPU gives the same predictions to the last bit whatever the backend and the number of
workers. A worker that dies takes no result along: its fold is given out again and goes on from its
checkpoint, from which an epoch is repeated as it was.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from joblib import Parallel, delayed, parallel_config
from threadpoolctl import threadpool_limits

from genrelab.errors import GenrelabError, RunError, did_you_mean
from genrelab.training.prepare import Listener, Prepared
from genrelab.training.run import fold_folder, run_fold, run_recipe

#: What folds can run on: processes of this machine, or the machines of a Ray cluster.
BACKENDS = ("local", "ray")
_JOBLIB = {"local": "loky", "ray": "ray"}
#: Workers that may die one after the other with no fold finished between.
MOST_DEATHS = 3


@dataclass(frozen=True)
class FoldJob:
    """One fold of one run, all that a worker needs.

    Parameters
    ----------
    prepared
        The run's recipe with its data.
    out
        The run folder; the workers must all see it, and the features.
    fold
        Index of the fold.
    """

    prepared: Prepared
    out: Path
    fold: int

    @property
    def done(self) -> bool:
        """Whether the fold is finished."""
        return (fold_folder(self.out, self.fold) / "done.json").exists()


@dataclass(frozen=True)
class Failure:
    """A fold that cannot be run, and one sentence why."""

    out: Path
    fold: int
    message: str


def fold_jobs(prepared: Prepared, out: str | Path) -> list[FoldJob]:
    """Return all folds of a run."""
    return [FoldJob(prepared, Path(out), fold.index) for fold in prepared.folds]


def run_folds(
    jobs: Sequence[FoldJob],
    *,
    workers: int = 1,
    backend: str = "local",
    listener: Listener | None = None,
) -> list[Failure]:
    """Run folds of any number of runs, ``workers`` at a time; finished ones are not repeated.

    Parameters
    ----------
    jobs
        The folds; run folders are made, and the tables of a run written when its folds are done.
    workers
        Processes; a single local one is this process itself.
    backend
        One of :data:`BACKENDS`. Ray is that of ``RAY_ADDRESS``, or is started on this machine.
    listener
        Told of each fold (on Ray when all have ended), and ``{"event": "again", "folds": n}``
        when a worker died; of epochs by a single local worker alone.

    Raises
    ------
    RunError
        If workers die again and again, a folder holds another run, or Ray is not installed. A
        fold's own fault is among the failures that are returned, and stops no other fold.
    """
    if backend not in BACKENDS:
        raise RunError(
            f"there is no backend {backend!r}.{did_you_mean(backend, BACKENDS)} "
            f"Known: {', '.join(BACKENDS)}."
        )
    if workers < 1:
        raise RunError(f"the number of workers must be at least 1, not {workers}.")
    tell = listener or (lambda event: None)
    runs = {job.out: job.prepared for job in jobs}
    for out, prepared in runs.items():
        run_recipe(prepared, out, only=())
    if backend == "local" and workers == 1:
        failures = [f for job in jobs if not job.done and (f := _run_here(job, tell))]
    else:
        failures = _run_elsewhere(jobs, workers, backend, tell)
    for out, prepared in runs.items():
        run_recipe(prepared, out, only=())
    return failures


def _run_here(job: FoldJob, tell: Listener) -> Failure | None:
    with one_thread():
        try:
            run_fold(job.prepared, job.out, job.fold, listener=tell)
        except GenrelabError as error:
            return Failure(job.out, job.fold, str(error))
    return None


def _run_elsewhere(
    jobs: Sequence[FoldJob], workers: int, backend: str, tell: Listener
) -> list[Failure]:
    failures: list[Failure] = []
    left = [job for job in jobs if not job.done]
    died: tuple[type[BaseException], ...] = (BrokenExecutor,)
    if backend == "ray":
        died += _start_ray(workers)
    deaths = 0
    while left:
        try:
            with parallel_config(backend=_JOBLIB[backend]):
                for outcome in _outcomes(left, workers, backend):
                    if isinstance(outcome, Failure):
                        failures.append(outcome)
                    else:
                        tell({"event": "fold", **outcome})
            return failures
        except died:
            failed = {(f.out, f.fold) for f in failures}
            still = [job for job in left if not job.done and (job.out, job.fold) not in failed]
            deaths = 1 if len(still) < len(left) else deaths + 1
            if deaths > MOST_DEATHS:
                raise RunError(
                    f"{deaths} workers died one after the other and no fold was finished between, "
                    "perhaps for want of memory; try fewer workers. What is done is kept."
                ) from None
            tell({"event": "again", "folds": len(still)})
            left = still
    return failures


def _outcomes(
    jobs: Sequence[FoldJob], workers: int, backend: str
) -> Iterator[dict[str, Any] | Failure]:
    """Yield what became of each fold as it ends; all at the end on Ray, which cannot do so."""
    return_as = "list" if backend == "ray" else "generator_unordered"
    # One at a time: a fold takes long, and whoever is free takes the next.
    together = Parallel(n_jobs=workers, batch_size=1, return_as=return_as)
    run: Callable[[FoldJob], Any] = delayed(_run_as_worker)
    yield from together(run(job) for job in jobs)


def _run_as_worker(job: FoldJob) -> dict[str, Any] | Failure:
    with one_thread():
        try:
            return run_fold(job.prepared, job.out, job.fold)
        except GenrelabError as error:
            return Failure(job.out, job.fold, str(error))


@contextmanager
def one_thread() -> Iterator[None]:
    """Compute on one thread, in PyTorch and in what NumPy and SciPy stand on."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with threadpool_limits(1):
            yield
    finally:
        torch.set_num_threads(before)


def _start_ray(workers: int) -> tuple[type[BaseException], ...]:
    """Connect to Ray, or start it here; return the exceptions that mean a worker died."""
    try:
        import ray
        from ray.util.joblib import register_ray
    except ImportError:
        raise RunError(
            "the backend ray needs Ray; install it with pip install 'genrelab[ray]', or leave "
            "--backend out."
        ) from None
    if not ray.is_initialized():
        # A cluster that is there has its own number of processors.
        here = {} if os.environ.get("RAY_ADDRESS") else {"num_cpus": workers}
        ray.init(log_to_driver=False, **here)
    register_ray()
    lost = ray.exceptions
    return lost.RayActorError, lost.WorkerCrashedError, lost.NodeDiedError, lost.OutOfMemoryError
