"""The papers' tables beside ours: the page docs/tables.md, from the predictions that were kept.

``python docs/tables.py reproduced/TABLE`` keeps, under ``results/tables/TABLE``, of a table that
``genrelab reproduce`` has made what the page is computed from.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from genrelab.evaluation.beside import cells, explanations, headings
from genrelab.training.reproduce import read_again
from genrelab.training.tables import find_table

KEPT = Path(__file__).parents[1] / "results" / "tables"
#: What is read of a run again.
FILES = ("run.json", "recipe.toml", "folds.json", "history.csv", "predictions.parquet", "curve.csv")
DATA = "--data gtzan=GTZAN_MEL --base gtzan=gtzan-mel-crops"
#: One table of each paper: the options it was run with, and why ours are not the paper's.
TABLES = {
    "liu2021-table3": (
        "--set training.epochs=8",
        "Eight epochs on crops of 64 frames of 87 ms where the paper trains 100 on 30 s: on two "
        "processor cores no more could be had. So ours is far below the paper's, and says nothing "
        "against it.",
    ),
    "heakl2022-table3": (
        '--rows "Blocks 1" --set training.epochs=8',
        "One row, trained as the table above. The other variants' recipes are ready.",
    ),
    "engelkes2023-figure9": (
        "",
        "200 epochs as in the paper, on crops. With 100 test tracks of a random draw the interval "
        "is wide; 100 % is outside it. The same networks lose 20 to 30 points where no artist is "
        "in two parts.",
    ),
    "asgharivaskasi-table2": (
        "",
        "Ours are far above the paper's under its own protocol: it does not say which features "
        "its classical models had, ours are MFCC statistics. Under the honest split most of that "
        "is gone.",
    ),
    "lgnet2023-table1": (
        "--rows mel",
        "The paper's split and models, on coarser features and 30 epochs of crops. The paper's "
        "lead of LGNet over ResNet-18 (8 points) is not there, and FCN, not LGNet, is first here; "
        "with 125 artists few of these differences stand.",
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
        rows = [headings(table), ["---"] * len(headings(table))]
        rows += [[cell.replace("|", "\\|") for cell in cells(table, x)] for x in table.lines]
        command = f"genrelab reproduce {name} {DATA} {options}".rstrip()
        lines += ["", f"## {table.title}", "", f"{table.source}. {why}", ""]
        lines += ["```console", command, "```", ""]
        lines += ["| " + " | ".join(row) + " |" for row in rows]
        lines += ["", *(f"- {said}" for said in explanations(table))]
    return "\n".join(lines) + "\n"


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
