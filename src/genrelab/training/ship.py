"""From a run to the one file that is shipped: which weights, and what the file says of itself."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from genrelab.errors import RunError
from genrelab.evaluation.result import RunResult
from genrelab.evaluation.summary import summarise
from genrelab.export.onnx import describe_anew
from genrelab.runtime.bundle import BundleInfo, read_info
from genrelab.training.run import fold_folder, read_run


def ship(
    run: str | Path,
    path: str | Path,
    *,
    fold: int | None = None,
    measured: str | Path | None = None,
    card: Mapping[str, str] | None = None,
) -> BundleInfo:
    """Write a run's model as a bundle with its measured results, and return its description.

    Parameters
    ----------
    run
        A finished run folder.
    path
        The ``.onnx`` file to write.
    fold
        Which fold's model; by default the one that did best on its validation part, or the only
        one. The test part never chooses.
    measured
        A cross-validation of the same recipe, for a model that was trained on everything: the
        results are its results, and the temperature is the geometric mean of its folds'.
    card
        Sections of the model card: title to text.

    Raises
    ------
    RunError
        The run is unfinished, or ``measured`` is of another recipe or data set.
    """
    run = Path(run)
    about = read_run(run)
    source = run / "bundle.onnx" if fold is None else fold_folder(run, fold) / "bundle.onnx"
    if not source.exists():
        raise RunError(f"{source} is not there: the run is not finished; run it again to go on.")
    info = replace(read_info(source), card=dict(card or {}))
    if measured is not None:
        info = _measured_by(Path(measured), about, info)
    elif _was_tested(run):
        info = replace(info, results=_results(run))
    describe_anew(source, info, path)
    return info


def _measured_by(measured: Path, about: Mapping[str, Any], info: BundleInfo) -> BundleInfo:
    other = read_run(measured)
    same = ("model", "front_end", "training", "dataset", "segmentation")
    # Recipes of older runs have no segmentation.
    differing = [k for k in same if about["recipe"].get(k, {}) != other["recipe"].get(k, {})]
    if differing or about["dataset_fingerprint"] != other["dataset_fingerprint"]:
        what = ", ".join(differing) or "data"
        raise RunError(f"{measured} did not measure this model: its {what} differs.")
    temperatures = [_done(measured, k)["temperature"] for k in range(other["n_folds"])]
    mean = math.exp(sum(map(math.log, temperatures)) / len(temperatures))
    return replace(info, temperature=mean, results=_results(measured))


def _results(run: Path) -> tuple[dict[str, Any], ...]:
    result = RunResult.read(run)
    summary = summarise(result)
    scores = summary.scores
    shared = {"protocol": result.protocol, "tracks": summary.counts.tracks}
    measured = {
        "accuracy": scores.accuracy,
        "macro_f1": scores.macro_f1,
        "log_loss": scores.log_loss,
    }
    return tuple(
        {
            "metric": name,
            "value": round(score.value, 4),
            "interval": [round(x, 4) for x in (score.low, score.high) if x is not None],
            "unit": score.unit,
            **shared,
        }
        for name, score in measured.items()
    )


def _was_tested(run: Path) -> bool:
    return (run / "report.json").exists()


def _done(run: Path, fold: int) -> dict[str, Any]:
    path = fold_folder(run, fold) / "done.json"
    if not path.exists():
        raise RunError(f"{run} is not finished: fold {fold} is missing; run it again to go on.")
    done: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return done
