"""Many files: in order, the same with any number of workers, and none can take the run along."""

from __future__ import annotations

import itertools
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile as sf
from numpy.typing import NDArray

from genrelab.errors import BundleError
from genrelab.features import Precomputed
from genrelab.runtime.answers import Answer, Failure
from genrelab.runtime.classifier import Classifier
from genrelab.runtime.crew import AHEAD
from genrelab.runtime.many import classify_many

Music = Callable[..., NDArray[np.float32]]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory, music: Music) -> list[Path | Failure]:
    """Return music of several lengths, with faults in between."""
    folder = tmp_path_factory.mktemp("library")
    entries: list[Path | Failure] = []
    for k, seconds in enumerate([9.0, 1.0, 4.0, 2.0, 12.0]):
        path = folder / f"{k}.wav"
        sf.write(path, music(seconds, 22050, 1).T * (k + 1) / 5, 22050)
        entries.append(path)
    entries.insert(1, folder / "missing.wav")
    entries.insert(3, Failure(folder / "closed", "it cannot be opened."))
    (folder / "b\udcffroken\n.mp3").write_bytes(b"no music" * 100)
    entries.append(folder / "b\udcffroken\n.mp3")
    return entries


def test_answers_come_in_order_and_are_those_of_one_classifier(
    library: list[Path | Failure], bundle: Path
) -> None:
    outcomes = list(classify_many(library, bundle, workers=2))
    assert [o.path for o in outcomes] == [e if isinstance(e, Path) else e.path for e in library]
    classifier = Classifier(bundle, threads=1)
    for entry, outcome in zip(library, outcomes, strict=True):
        if isinstance(outcome, Answer):
            wanted = classifier.classify(outcome.path)
            assert outcome.label == wanted.label
            assert outcome.duration == wanted.duration
            np.testing.assert_allclose(
                list(outcome.probabilities.values()), list(wanted.probabilities.values())
            )
        elif isinstance(entry, Failure):
            assert outcome is entry
        else:
            assert outcome.error
            assert str(outcome.path) not in outcome.error
    assert sum(isinstance(o, Failure) for o in outcomes) == 3


def test_the_number_of_workers_changes_nothing(library: list[Path | Failure], bundle: Path) -> None:
    one, three = (list(classify_many(library, bundle, workers=n)) for n in (1, 3))
    assert one == three


def test_notes_survive_the_way(tmp_path: Path, music: Music, bundle: Path) -> None:
    path = tmp_path / "cut.flac"
    sf.write(path, music(8.0).T, 44100)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    (answer,) = classify_many([path], bundle)
    assert isinstance(answer, Answer)
    assert len(answer.notes) == 1


@pytest.mark.usefixtures("crashing_reader")
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals to die of")
def test_a_reader_that_crashes_costs_one_file(tmp_path: Path, music: Music, bundle: Path) -> None:
    names = ["a", "segfault", "b", "exit", "defect", "talkative", "segfault too", "c"]
    paths = [tmp_path / f"{name}.wav" for name in names]
    for path in paths:
        sf.write(path, music(2.0, 22050, 1).T, 22050)
    outcomes = {o.path.stem: o for o in classify_many(paths, bundle, workers=2)}
    assert list(outcomes) == names
    for name in ("a", "b", "talkative", "c"):
        assert isinstance(outcomes[name], Answer)
    errors = {name: o.error for name, o in outcomes.items() if isinstance(o, Failure)}
    assert errors == {
        "segfault": "it made the reader crash (SIGSEGV).",
        "exit": "it made the reader crash (exit code 3).",
        "defect": "it made the reader fail (ZeroDivisionError: a defect).",
        "segfault too": "it made the reader crash (SIGSEGV).",
    }


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[str]]:
    """Return a list that fills with the processes that are started."""
    started: list[subprocess.Popen[str]] = []
    popen = subprocess.Popen

    def start(*args: Any, **kwargs: Any) -> subprocess.Popen[str]:
        started.append(popen(*args, **kwargs))
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", start)
    return started


def test_a_library_without_end_is_taken_up_little_by_little(
    library: list[Path | Failure], bundle: Path, processes: list[subprocess.Popen[str]]
) -> None:
    taken = 0

    def endless() -> Iterator[Path | Failure]:
        nonlocal taken
        for entry in itertools.cycle(library):
            taken += 1
            yield entry

    answers = classify_many(endless(), bundle, workers=2)
    assert len(list(itertools.islice(answers, 5))) == 5
    assert taken <= AHEAD + 5
    answers.close()  # type: ignore[attr-defined]
    assert len(processes) == 2
    assert all(process.poll() is not None for process in processes)


def test_no_more_processes_than_files(
    library: list[Path | Failure], bundle: Path, processes: list[subprocess.Popen[str]]
) -> None:
    list(classify_many(library[:1], bundle, workers=8))
    assert len(processes) == 1
    assert processes[0].poll() is not None


@pytest.mark.parametrize("workers", [1, 2])
def test_a_bundle_that_cannot_serve_ends_the_run(
    library: list[Path | Failure], tmp_path: Path, workers: int
) -> None:
    with pytest.raises(BundleError, match="there is no model file"):
        list(classify_many(library, tmp_path / "none.onnx", workers=workers))


def test_a_model_of_arrays_is_refused_once(
    library: list[Path | Failure], make_bundle: Callable[..., Path]
) -> None:
    bundle = make_bundle(front_end=Precomputed(n_frame_bins=16, rate=10.0).to_dict())
    with pytest.raises(BundleError, match="features that came as arrays"):
        list(classify_many(library, bundle))


def test_modules_beside_the_music_are_not_run(
    library: list[Path | Failure], bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('taken from the folder of music')")
    (tmp_path / "numpy.py").write_text("raise SystemExit('taken from the folder of music')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [p for p in sys.path if p])
    (outcome,) = classify_many(library[:1], bundle)
    assert isinstance(outcome, Answer)
