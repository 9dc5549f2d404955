"""The papers' tables beside ours: the page docs/tables.md, from the predictions that were kept.

``python docs/tables.py reproduced/TABLE`` keeps, under ``results/tables/TABLE``, of a table that
``genrelab reproduce`` has made what the page is computed from.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from genrelab.evaluation.beside import Beside, Line, cells, explanations, headings
from genrelab.training.reproduce import read_again
from genrelab.training.tables import find_table

KEPT = Path(__file__).parents[1] / "results" / "tables"
#: What is read of a run again.
FILES = ("run.json", "recipe.toml", "folds.json", "history.csv", "predictions.parquet", "curve.csv")
DATA = "--data gtzan=GTZAN_MEL --base gtzan=gtzan-mel-crops"
#: One table of each paper: the options it was run with, and why ours are not the paper's.
TABLES = {
    "liu2021-table3": (
        "--set training.epochs=8 --set model.bn_momentum=0.1 "
        "--set 'protocol={name=\"holdout\",test=0.1,validation=0.1,repeats=4}'",
        "Four draws instead of ten, and eight epochs on crops of 64 frames (5.6 s) where the paper "
        "trains up to 100 on 30 s: two processor cores had no time for more. Batch normalisation "
        "follows ten times as fast as the paper's, as it must with so few steps.",
    ),
    "heakl2022-table3": (
        '--rows "Blocks 1" --set training.epochs=8 --set model.bn_momentum=0.1',
        "One row, trained as the table above; the other variants' recipes are ready.",
    ),
    "engelkes2023-figure9": (
        "",
        "200 epochs as in the paper, on crops of 5.6 s. A random draw has 100 test tracks.",
    ),
    "asgharivaskasi-table2": (
        "",
        "The paper does not say which features its classical models had; ours are MFCC statistics.",
    ),
    "lgnet2023-table1": (
        "--rows mel",
        "The paper's split and models, 30 epochs of crops; one training each, as its one number.",
    ),
}


def page() -> str:
    """Return the page; every number on it but the papers' is computed anew."""
    lines = [
        "# The papers' tables beside ours",
        "",
        "Written by `make docs` from the predictions in `results/tables/`; do not edit. At least",
        "one table of each paper, run by `genrelab reproduce` on what data there was: `gtzan_mel`,",
        "all 1,000 tracks of GTZAN as mel bands *recovered from spectrogram pictures*, at half the",
        "papers' frame rate and without loudness ([datasets.md](datasets.md)). So no number here",
        "can confirm or refute a paper's; what can be read is the order of models, and what the",
        "same model is worth under a protocol that keeps artists apart. `genrelab reproduce` lists",
        "all tables; each is ready for whoever has the audio.",
    ]
    for name, (options, why) in TABLES.items():
        table = read_again(find_table(name), KEPT / name)
        if not table.lines:
            raise SystemExit(f"{KEPT / name} has no runs of {name}; run it and keep it first.")
        rows = [headings(table), ["---"] * len(headings(table))]
        rows += [[cell.replace("|", "\\|") for cell in cells(table, x)] for x in table.lines]
        command = f"genrelab reproduce {name} {DATA} {options}".rstrip()
        lines += ["", f"## {table.title}", "", f"{table.source}. {why}", ""]
        lines += ["```console", command, "```", ""]
        lines += ["| " + " | ".join(row) + " |" for row in rows]
        lines += ["", *(f"- {said}" for said in (*_words(table), *explanations(table)))]
    return "\n".join(lines) + "\n"


def _words(table: Beside) -> list[str]:
    """Say in words what the numbers come to: the paper against ours, ours against the honest."""
    words = []
    outside = [x for x in table.lines if x.ours and x.paper is not None and _outside(x)]
    known = [
        x for x in table.lines if x.ours and x.paper is not None and x.ours.value.low is not None
    ]
    if known:
        words.append(
            f"The paper's number lies outside our interval in {len(outside)} of {len(known)} rows."
        )
    both = [x for x in table.lines if x.ours and x.honest]
    if both:
        falls = [
            100 * (x.ours.value.value - x.honest.value.value) for x in both if x.ours and x.honest
        ]
        least, most = (f"{f(falls):.1f}" for f in (min, max))
        by = least if least == most else f"{least} to {most}"
        words.append(f"Where no artist is in two parts, ours is lower by {by} points.")
    best = max(
        (x for x in table.lines if x.ours), key=lambda x: x.ours.value.value if x.ours else 0
    )
    papers = max(
        (x for x in table.lines if x.ours and x.paper is not None), key=lambda x: x.paper or 0
    )
    if len(table.lines) > 2:
        words.append(f"First of these rows is {best.label} here, {papers.label} in the paper.")
    return words


def _outside(line: Line) -> bool:
    assert line.ours is not None
    assert line.paper is not None
    value = line.ours.value
    if value.low is None or value.high is None:
        return False
    return not value.low <= line.paper / 100 <= value.high


def keep(folder: Path) -> None:
    """Copy of a table's runs what the page needs."""
    for run in sorted((folder / "runs").iterdir()):
        target = KEPT / folder.name / "runs" / run.name
        if run.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(run, target)
            continue
        target.mkdir(parents=True, exist_ok=True)
        for name in FILES:
            if (run / name).exists():
                shutil.copy(run / name, target / name)


if __name__ == "__main__":
    for given in sys.argv[1:]:
        keep(Path(given))
