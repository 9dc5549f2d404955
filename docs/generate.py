"""Write the generated pages: models, cli, results, emotify, audit, order, and README's results.

Run by `make docs`, which draws the pictures too; with --check it writes nothing and exits 1 if a
page is out of date.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import flattery
import numpy as np
import order
import tables
import typer

import segmentation
from genrelab.cli import app
from genrelab.evaluation import ledger, plots
from genrelab.evaluation.canvas import write_picture
from genrelab.evaluation.comparison import compare
from genrelab.evaluation.report import headline
from genrelab.evaluation.result import RunResult
from genrelab.evaluation.summary import summarise
from genrelab.models.zoo import HEADINGS, zoo_rows

ROOT = Path(__file__).parents[1]
RUNS = ROOT / "results" / "runs"
AUDITS = ROOT / "results" / "audits"
PLANTED = ROOT / "results" / "audit.csv"
GROWTH = ROOT / "results" / "audit-growth.json"
EMOTIFY = ("emotify-bbnn", "emotify-mfcc-svm")
LEDGER = ROOT / "results" / "ledger.csv"
#: Models that README shows: the two pairs of docs/order.md and the baseline.
SHOWN = ("bbnn", "broadcast", "lgnet", "resnet18", "mfcc_svm")
BEGIN, END = "<!-- results: written by `make docs` -->", "<!-- end of results -->"


def models_page() -> str:
    """Return one table of the zoo."""
    lines = [
        "# Models",
        "",
        "Written by `make docs`; do not edit. Counted and measured with 10 classes on 30 s of the",
        "model's own front end: parameters in convolution, dense and recurrent layers;",
        "multiply-adds; size of the bundle; time in ONNX Runtime on one thread, where `bbnn` takes",
        "1 (`python -m benchmarks zoo` measures both). A model without parameters is fitted rather",
        "than shaped beforehand, here on 1,000 inputs. How to add one:",
        "[adding-a-model.md](adding-a-model.md).",
        "",
        "| " + " | ".join(HEADINGS) + " |",
        "| --- | ---: | ---: | ---: | ---: | --- | --- |",
    ]
    rows = zoo_rows()
    lines += ["| " + " | ".join([f"`{row[0]}`", *row[1:]]) + " |" for row in rows]
    measured = {row.model.partition(" ")[0] for row in ledger.read(LEDGER)}
    waiting = ", ".join(f"`{row[0]}`" for row in rows if row[0] not in measured)
    if waiting:
        lines += ["", f"Not yet measured on real music ([results.md](results.md)): {waiting}."]
    return "\n".join(lines) + "\n"


def cli_page() -> str:
    """Return the help of every command."""
    lines = [
        "# Command line",
        "",
        "Written by `make docs` from the commands' own help; do not edit. Results go to standard",
        "output, everything else to standard error. Exit code 0: all done; 1: some inputs failed,",
        "each named, the rest done; 2: wrong use.",
    ]
    group = typer.main.get_command(app)
    context = group.make_context("genrelab", [], resilient_parsing=True)
    for name in sorted(group.commands):  # type: ignore[attr-defined]
        command = group.commands[name]  # type: ignore[attr-defined]
        lines += ["", f"## genrelab {name}", ""]
        lines += _command_help(command, f"genrelab {name}", context)
    return "\n".join(lines) + "\n"


def _command_help(command, path, parent) -> list[str]:  # type: ignore[no-untyped-def]
    context = command.context_class(
        command,
        info_name=path.rpartition(" ")[2],
        parent=parent,
        max_content_width=90,
        terminal_width=90,
    )
    text = "\n".join(line.rstrip() for line in command.get_help(context).splitlines())
    lines = ["```text", text, "```"]
    for name, sub in sorted(getattr(command, "commands", {}).items()):
        lines += ["", f"### {path} {name}", "", *_command_help(sub, f"{path} {name}", context)]
    return lines


def emotify_page() -> str:
    """Return what the runs on Emotify gave, computed anew from their kept predictions."""
    runs = [RunResult.read(RUNS / name) for name in EMOTIFY]
    lines = [
        "# Two models on Emotify",
        "",
        "Written by `make docs` from the predictions in `results/runs/`; do not edit. 400 clips of",
        "30 s, mp3, four genres, 138 artists; five folds that keep every artist in one part. What",
        "was chosen was chosen before a test part was looked at: the settings on fold 0's",
        "validation part, the rest by convention; the last epoch stands, and the validation parts",
        "set the temperature alone. The folds are run again with",
        "",
        "```console",
        *[f"genrelab run {name} --data EMOTIFY" for name in EMOTIFY],
        "```",
        "",
        *[f"- {headline(summarise(run))}." for run in runs],
        "",
        *[comparison.sentence for comparison in compare(runs)],
        "",
        "![Accuracy of both with intervals](pictures/emotify-intervals.png)",
        "",
        "BBNN, where the answers go, and what each fold gave (liu2021's Figure 4 in this setting):",
        "",
        "![Confusion matrix of BBNN](pictures/emotify-bbnn-confusion.png)",
        "",
        "![Training, validation and test accuracy of each fold](pictures/emotify-bbnn-folds.png)",
        "",
        "![Learning curves](pictures/emotify-bbnn-learning.png)",
    ]
    return "\n".join(lines) + "\n"


def audit_page() -> str:
    """Return what the audit found, in planted relatives and in the data sets at hand."""
    with PLANTED.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    whole = [row for row in rows if row["precision"]]
    growth = json.loads(GROWTH.read_text(encoding="utf-8"))
    small, large = growth[0], growth[-1]
    smaller = [p for p in growth if p["tracks"] in (1_000, 10_000)]
    lines = [
        "# Auditing a data set",
        "",
        "Written by `make docs` from `results/audit.csv` and `results/audits/`; do not edit.",
        "",
        "```console",
        "genrelab audit FOLDER                          # a folder of genre folders",
        "genrelab audit manifest --data index.csv --protocol kfold,folds=5,group=artist",
        "genrelab audit arrays --data ROOT --run RUN    # doubts labels by a run's answers",
        "```",
        "",
        "writes `audit.html`, `audit.json` and `exclude.txt`. A recipe takes the last one, for any",
        'data set: `dataset = { name = "folder", exclude = "exclude.txt" }`. It lists what cannot',
        "be read, is silent or damaged, and of a recording all tracks but the longest. Doubted",
        "labels are not in it: to leave out what a model finds hard would flatter every model.",
        "",
        "Copies are found by landmarks after Wang (2003): peaks of the spectrogram, tied by three",
        "to hashes, looked up in an inverted index; what agrees at one offset is then compared",
        "sample by sample. Another performance of a piece is not found. Copies at another speed or",
        "pitch are not either.",
        "",
        "## What it finds",
        "",
        f"{whole[0]['tracks']} tracks: the 450 clips of gtzan_mini and emotify, and planted copies",
        "of some of them (`python -m benchmarks.planted FOLDER --seed SEED`). The settings were",
        "chosen on copies of these clips; seed 1 plants others, drawn after the settings",
        "stood, but",
        "of the same clips, so that the precision of both is that of clips seen before.",
        "",
        "| seed | planted | found | of |",
        "| ---: | --- | ---: | ---: |",
        *(f"| {r['seed']} | {r['kind']} | {r['found']} | {r['planted']} |" for r in rows),
        "",
        "`all at once` has 48 kb/s, 10 s, softer and noise in one, and is not counted among the",
        "rest. A pair that was not planted counts as false unless the two clips, laid over each",
        "other whole and without the audit's help, correlate 0.5 and more at some shift.",
        "",
        *(
            f"- Seed {r['seed']}: recall {float(r['recall']):.3f}, precision "
            f"{float(r['precision']):.3f}; {r['pairs']} pairs reported, {r['false']} false; "
            f"{r['real']} pairs of the clips' own that were not planted, correlating "
            f"{r['least_real']} or more."
            for r in whole
        ),
        "",
        "Time and memory of matching, on synthetic fingerprints (`python -m benchmarks.audit`):",
        f"{large['tracks']:,} tracks take {large['seconds']:.1f} s of one core (the least of",
        f"{large['repetitions']} runs in one process; the first, which also waits for the system",
        f"to find the memory, {large['seconds_first']:.1f} s) and",
        f"{large['megabytes']:,.0f} MiB. A track costs",
        " and ".join(
            f"{_cost(large) / _cost(p):.2f} times what it costs among {p['tracks']:,}"
            for p in smaller
        ),
        "(by the first runs,",
        " and ".join(
            f"{_cost(large, 'seconds_first') / _cost(p, 'seconds_first'):.2f}" for p in smaller
        )
        + " times).",
        "What grows faster than the tracks is the hashes that meet by chance: a track has",
        f"{small['hits'] / small['tracks']:.0f} hits among {small['tracks']:,} and",
        f"{large['hits'] / large['tracks']:.0f} among {large['tracks']:,}, and the number goes on",
        "growing until the bound on a hash's occurrences is reached.",
        f"Of {large['copies']:,} planted copies {large['found']:,} are found; pairs reported that",
        f"were not planted: {large['others']:,}.",
        "",
        "![Time and memory against the number of tracks](pictures/audit-growth.png)",
    ]
    for path in sorted(AUDITS.glob("*.json")):
        lines += ["", *_audit_section(json.loads(path.read_text(encoding="utf-8")))]
    return "\n".join(lines) + "\n"


def _cost(point: dict[str, Any], what: str = "seconds") -> float:
    """Return seconds a track."""
    return float(point[what] / point["tracks"])


def _audit_section(found: dict[str, Any]) -> list[str]:
    kinds = Counter(r["kind"] for r in found["relations"])
    lines = [
        f"## {found['dataset']}",
        "",
        f"{sum(found['counts'].values()):,} tracks by {found['artists']:,} artists, arrays without",
        f"audio. Pairs with the same picture: {kinds['same samples']}; of the same recording:",
        f"{kinds['same recording']}; with shared sounds (versions over one backing,",
        "coarse pictures",
        f"of one recording): {kinds['shared sounds']}. Better left out:",
        f"{len(found['exclusions'])}.",
        "Where a picture's match counts as a recording was set on these arrays; there is",
        "no truth to",
        "count misses against.",
        "",
        "| protocol | tests | same recording in training | artist in training |",
        "| --- | ---: | ---: | ---: |",
    ]
    for leak in found["leaks"]:
        n = sum(f["tests"] for f in leak["folds"])
        relative = sum(f["with_relative"] for f in leak["folds"])
        artist = sum(f["with_artist"] for f in leak["folds"])
        lines.append(
            f"| {leak['protocol']} | {n:,} | {relative} ({relative / n:.1%}) | "
            f"{artist} ({artist / n:.1%}) |"
        )
    return lines


def draw_pictures() -> None:
    """Draw the pictures of the page on Emotify."""
    folder = ROOT / "docs" / "pictures"
    folder.mkdir(exist_ok=True)
    runs = [RunResult.read(RUNS / name) for name in EMOTIFY]
    summaries = [summarise(run) for run in runs]
    bbnn, history = summaries[0], runs[0].history
    pictures = {
        "intervals": plots.intervals_figure([(s.name, s.scores.accuracy) for s in summaries]),
        "bbnn-confusion": plots.confusion_figure(bbnn.labels, np.asarray(bbnn.confusion)),
        "bbnn-folds": plots.folds_figure(bbnn.folds, bbnn.accuracy_over_folds.test.mean),
        "bbnn-learning": None if history is None else plots.learning_figure(history),
    }
    for name, figure in pictures.items():
        if figure is not None:
            write_picture(figure, folder / f"emotify-{name}.png", dpi=100)
    order.draw(folder)
    flattery.draw(folder)
    segmentation.draw(folder)


def readme() -> str:
    """Return README with the table of results between its markers."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    kept = [json.loads(path.read_text("utf-8")) for path in RUNS.glob("*/run.json")]
    # Those of tables and of excerpts have pages of their own.
    own = {run["recipe_fingerprint"] for run in kept if not run["recipe"].get("segmentation")}
    rows = [r for r in ledger.read(LEDGER) if r.model.partition(" ")[0] in SHOWN]
    rows = [r for r in rows if r.recipe_hash in own]
    rows.sort(key=lambda r: (r.dataset, -r.accuracy))
    lines = [
        "",
        "| data set, protocol | model | accuracy | 95 % interval |",
        "| --- | --- | ---: | --- |",
    ]
    for row in rows:
        lines.append(
            f"| {row.dataset}, {row.protocol} | {row.model} | {row.accuracy:.1%} | "
            f"{row.accuracy_low:.1%} to {row.accuracy_high:.1%} over {row.n_units} {row.unit}s |"
        )
    return before + BEGIN + "\n".join(lines) + "\n\n" + END + after


def main() -> None:
    """Write or check."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    pages = {
        ROOT / "docs" / "models.md": models_page(),
        ROOT / "docs" / "cli.md": cli_page(),
        ROOT / "docs" / "results.md": ledger.to_markdown(ledger.read(LEDGER)),
        ROOT / "docs" / "emotify.md": emotify_page(),
        ROOT / "docs" / "audit.md": audit_page(),
        ROOT / "docs" / "order.md": order.page(),
        ROOT / "docs" / "flattery.md": flattery.page(),
        ROOT / "docs" / "segmentation.md": segmentation.page(),
        ROOT / "docs" / "tables.md": tables.page(),
        ROOT / "README.md": readme(),
    }
    stale = [p for p, text in pages.items() if not p.exists() or p.read_text("utf-8") != text]
    if not check:
        draw_pictures()
    for path in stale:
        if not check:
            path.write_text(pages[path], encoding="utf-8")
        print(f"{path.relative_to(ROOT)} {'is out of date: run make docs' if check else 'written'}")
    sys.exit(1 if stale and check else 0)


if __name__ == "__main__":
    main()
