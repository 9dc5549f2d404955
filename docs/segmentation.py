"""The measured part of docs/segmentation.md, and its pictures.

``GENRELAB_DATA=... python docs/segmentation.py`` draws the first picture, four clips of Emotify in
the form A B A C A D A; all else comes from ``results/`` and is part of `make docs`.
"""

from __future__ import annotations

import csv
import json
import os
import sys
import tempfile
from pathlib import Path

import numpy as np
import soundfile

from genrelab.audio import load_audio
from genrelab.evaluation import plots
from genrelab.evaluation.canvas import BLUE, ORANGE, blank, dress, legend, write_picture
from genrelab.evaluation.comparison import compare, verdict
from genrelab.evaluation.result import RunResult
from genrelab.evaluation.summary import summarise
from genrelab.evaluation.wording import percent, percent_bounds
from genrelab.pictures.envelope import read_envelope
from genrelab.pictures.segmentation import segmentation_figure
from genrelab.segmentation import Segmenter

PAGE = Path(__file__).with_suffix(".md")
TARGET = Path(__file__).parent / "pictures" / "segmentation.png"
RESULTS = Path(__file__).parents[1] / "results"
BEGIN, END = "<!-- measured: written by `make docs` -->", "<!-- end of measured -->"
#: What a model sees of each track, by the end of the run's name; all of it first.
SEEN = {
    "whole": "all of it, windows averaged",
    "middle": "the middle 10 s",
    "random": "10 s at random",
    "representative": "10 s of the representative part",
    "part": "the whole representative part",
}
MODELS = ("mfcc-svm", "bbnn-1-block")
FORM = "ABACADA"
CLIPS = {"A": "classical/1", "B": "rock/1", "C": "electronic/10", "D": "pop/1"}
RATE = 22050


def page() -> str:
    """Return the page with its measured part computed anew."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    measured = [*_joins(), *_alike(), *_help()]
    return before + BEGIN + "\n" + "\n".join(measured) + "\n\n" + END + after


def _joins() -> list[str]:
    with (RESULTS / "segmentation.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    lines = [
        "",
        f"{rows[0]['tracks']} tracks of each kind, joined of Emotify's clips: eleven stretches of",
        "10 to 25 s of four clips by four artists, one of each genre (mixed) or all of one.",
        "Boundaries count within 3 s; pairwise F1 is of pairs of moments in one part. Intervals by",
        "bootstrap over tracks. Lags and least scale were chosen on other tracks, by the other",
        "half of the artists; window, order, local scale and shortest part before that, on twelve",
        "mixed tracks with some of the artists heard here: the figures may be somewhat kind to",
        "genrelab.",
        "`python -m benchmarks.joins FOLDER` measures it.",
        "",
        "| joined of | method | boundary recall | precision | F1 | pairwise F1 |",
        "| --- | --- | ---: | ---: | ---: | ---: |",
    ]
    for row in rows:
        both = [
            f"{float(row[name]):.2f} ({float(row[f'{name}_low']):.2f} to "
            f"{float(row[f'{name}_high']):.2f})"
            for name in ("boundary_f1", "pairwise_f1")
        ]
        lines.append(
            f"| {row['kind']} | {row['method']} | {float(row['boundary_recall']):.2f} | "
            f"{float(row['boundary_precision']):.2f} | {both[0]} | {both[1]} |"
        )
    ours, theirs = (
        np.mean([float(r["pairwise_f1"]) for r in rows if word in r["method"]])
        for word in ("eigengap", "librosa")
    )
    stretches = np.mean([float(r["stretches"]) for r in rows if "eigengap" in r["method"]])
    return [
        *lines,
        "",
        f"Over all kinds the pairwise F1 is {ours:.2f} with the number of clusters found,",
        f"{theirs:.2f} for librosa's agglomerative clustering of MFCC frames, which is told how",
        f"many stretches there are; genrelab is not, and finds {stretches:.1f} on average where",
        "there are 11.",
    ]


def _alike() -> list[str]:
    found = json.loads((RESULTS / "segmentation-alike.json").read_text(encoding="utf-8"))
    first = {
        name: np.mean([row[0] for row in found[name]])
        for name in found
        if name not in ("likeness", "seeds")
    }
    said = " and ".join(f"{value:.2f} for {name}" for name, value in first.items())
    return [
        "",
        f"Soundtracks ABACABA with known parts, {found['seeds']} of each kind: the adjusted Rand",
        f"index is {said} where parts",
        "differ clearly. As each sound is mixed with the mean of all, it falls:",
        "",
        "![Adjusted Rand index as parts grow alike](pictures/segmentation-alike.png)",
    ]


def _folder(model: str, seen: str) -> Path:
    name = f"emotify-{model}-{seen}"
    if model == "mfcc-svm" and seen == "whole":
        name = "emotify-mfcc-svm"
    return RESULTS / "runs" / name


def _ran(model: str, seen: str) -> bool:
    """Whether the run was kept: not every model is run on every stretch."""
    return seen in ("whole", "representative") or _folder(model, seen).exists()


def _run(model: str, seen: str) -> RunResult:
    return RunResult.read(_folder(model, seen))


def _help() -> list[str]:
    """Return whether the representative part helps a classifier."""
    lines = [
        "",
        "### Does the representative part help?",
        "",
        "On Emotify, five folds, no artist in two parts, the same folds throughout; training and",
        "testing see the same kind of stretch. Intervals go over artists.",
        "",
        "| model | of each track | accuracy (95 % interval) |",
        "| --- | --- | ---: |",
    ]
    comparisons = []
    for model in MODELS:
        runs = {seen: _run(model, seen) for seen in SEEN if _ran(model, seen)}
        for seen in runs:
            accuracy = summarise(runs[seen]).scores.accuracy
            lines.append(
                f"| `{model.replace('-', '_')}` | {SEEN[seen]} | {percent(accuracy.value)} % "
                f"({percent_bounds(accuracy)}) |"
            )
        for other in ("whole", "middle", "random"):
            if other in runs:
                comparisons += compare([runs["representative"], runs[other]])
    return [
        *lines,
        "",
        *(f"- {found.sentence}" for found in comparisons),
        "",
        "Of the representative part against all, the middle and a random stretch:",
        verdict(comparisons),
        *(
            ["So the answer is plain: on these clips it does not help, as far as they can tell."]
            if not any(found.paired and found.paired.stands for found in comparisons)
            else []
        ),
        "The paper has 67 % on one segment of the largest cluster and 75 % on whole clips (VGG-16,",
        "GTZAN), and hopes for more from longer songs. Emotify's clips of 30 s are not longer; no",
        "full songs with labels were at hand.",
        "",
        "![Accuracies with intervals](pictures/segmentation-help.png)",
    ]


def draw(folder: Path) -> None:
    """Draw the pictures that come from ``results/``."""
    found = json.loads((RESULTS / "segmentation-alike.json").read_text(encoding="utf-8"))
    figure = blank(7.2, 3.4)
    axes = figure.add_subplot()
    at = np.arange(len(found["likeness"]))
    kinds = [name for name in found if name not in ("likeness", "seeds")]
    for name, colour in zip(kinds, (BLUE, ORANGE), strict=True):
        values = np.array(found[name])
        axes.fill_between(at, values.min(axis=0), values.max(axis=0), color=colour, alpha=0.15)
        axes.plot(at, values.mean(axis=0), "o-", color=colour, label=name, markersize=4)
    axes.set_xticks(at, [f"{m:g}" for m in found["likeness"]])
    dress(axes, x="share of the common mean in every sound", y="adjusted Rand index")
    axes.set_ylim(-0.05, 1.05)
    legend(axes, loc="lower left")
    write_picture(figure, folder / "segmentation-alike.png", dpi=100)
    scores = [
        (f"{model.replace('-', '_')}: {words}", summarise(_run(model, seen)).scores.accuracy)
        for model in MODELS
        for seen, words in SEEN.items()
        if _ran(model, seen)
    ]
    write_picture(plots.intervals_figure(scores), folder / "segmentation-help.png", dpi=100)


def main() -> None:
    """Join the clips, segment the join with the defaults, and draw it."""
    root = os.environ.get("GENRELAB_DATA")
    if not root or not (Path(root) / "emotify").is_dir():
        sys.exit("set GENRELAB_DATA to the folder that holds emotify.")
    clips = {k: load_audio(Path(root) / "emotify" / f"{v}.mp3", RATE) for k, v in CLIPS.items()}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "abacada.wav"
        soundfile.write(path, np.concatenate([clips[letter] for letter in FORM]), RATE)
        found = Segmenter().segment(path)
        envelope = read_envelope(path, found.duration)
    TARGET.parent.mkdir(exist_ok=True)
    write_picture(segmentation_figure(found, envelope, title="A B A C A D A"), TARGET, dpi=100)
    print(TARGET)


if __name__ == "__main__":
    main()
