"""How much a protocol flatters: the page docs/flattery.md, from the predictions that were kept."""

from __future__ import annotations

from pathlib import Path

from genrelab.evaluation import plots
from genrelab.evaluation.canvas import write_picture
from genrelab.evaluation.result import RunResult
from genrelab.evaluation.statistics import Interval
from genrelab.evaluation.summary import summarise
from genrelab.evaluation.wording import percent, percent_bounds, signed_points

RUNS = Path(__file__).parents[1] / "results" / "runs"
PICTURE = "flattery-intervals"
MODELS = ("mfcc-svm", "lstm")
#: Data set, protocol in words, what the name of the run ends in; the honest one first.
PROTOCOLS = (
    ("gtzan-mel", "fault-filtered, no artist shared", ""),
    ("gtzan-mel", "three published artist folds", "-artist-folds"),
    ("gtzan-mel", "ten random folds", "-kfold10"),
    ("fma-small-mel", "three folds, no artist shared", ""),
    ("fma-small-mel", "three random folds", "-random"),
)


def page() -> str:
    """Return the page; every number on it is computed anew."""
    lines = [
        "# How much a random split flatters",
        "",
        "Written by `make docs` from the predictions in `results/runs/`; do not edit. The same two",
        "models, with the same settings, under several protocols: on random folds a model meets",
        "artists, albums and copies that it was trained on. What the protocols measure is in",
        "[protocols.md](protocols.md), what random folds leak in [audit.md](audit.md).",
        "",
        "| data | model | protocol | accuracy (95 % interval) | above the honest one |",
        "| --- | --- | --- | --- | ---: |",
        *_rows(),
        "",
        "Intervals go over artists where the protocol keeps artists apart, else over tracks,",
        "which makes those of random folds narrower than they should be. The fault-filtered split",
        "leaves out tracks with known faults as well, and trains on little more than half as many",
        "tracks as ten folds do: the gap on GTZAN is of all three together. On FMA both protocols",
        "train on as many tracks of the same set, and artists alone make the gap. The published",
        "artist folds have 24 artists in more than one fold.",
        "",
        f"![Accuracies with intervals](pictures/{PICTURE}.png)",
    ]
    return "\n".join(lines) + "\n"


def draw(folder: Path) -> None:
    """Draw the picture of the page."""
    scores = [
        (f"{base}, {model}: {words}", _accuracy(f"{base}-{model}{end}"))
        for model in MODELS
        for base, words, end in PROTOCOLS
    ]
    write_picture(plots.intervals_figure(scores), folder / f"{PICTURE}.png", dpi=100)


def _rows() -> list[str]:
    rows = []
    for base in dict.fromkeys(base for base, _, _ in PROTOCOLS):
        for model in MODELS:
            honest = _accuracy(f"{base}-{model}").value
            for words, end in [(w, e) for b, w, e in PROTOCOLS if b == base]:
                found = _accuracy(f"{base}-{model}{end}")
                gap = signed_points(found.value - honest) if end else ""
                rows.append(
                    f"| {base.replace('-', '_')} | `{model.replace('-', '_')}` | {words} | "
                    f"{percent(found.value)} % ({percent_bounds(found)}) | {gap} |"
                )
    return rows


def _accuracy(name: str) -> Interval:
    return summarise(RunResult.read(RUNS / name)).scores.accuracy
