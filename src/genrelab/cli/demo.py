"""``genrelab demo``: the whole way on the embedded corpus, from notes to a classified file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

CORPUS: dict[str, Any] = {"name": "synthetic", "tracks_per_genre": 12, "bands": 4}
FOLDS: dict[str, Any] = {"name": "kfold", "folds": 4, "validation": 0.1}
BBNN: dict[str, Any] = {
    "model": {"name": "bbnn", "bn_momentum": 0.1},
    "front_end": {"name": "log_mel", "n_mels": 64},
    "protocol": {"name": "holdout", "test": 0.25, "validation": 0.1, "group": "artist"},
    "training": {
        "crop": 128,
        "batch_size": 8,
        "epochs": 12,
        "schedule": "one_cycle",
        "keep": "last",
        "early_stopping": "none",
        "precision": "bf16-mixed",
    },
}


def register(app: typer.Typer) -> None:
    """Put the command on the app."""
    app.command("demo")(demo)


def demo(
    out: Annotated[Path, typer.Option(help="Where corpus, runs and model go.")] = Path("demo"),
) -> None:
    """The whole way on an embedded corpus: compose, train, measure, ship, classify."""
    import os

    from genrelab.cli.progress import RunProgress
    from genrelab.runtime import Classifier
    from genrelab.training.prepare import prepare
    from genrelab.training.recipe import recipe_from
    from genrelab.training.results import finish_run
    from genrelab.training.run import run_recipe

    workers = os.cpu_count() or 1
    steps: dict[str, tuple[str, dict[str, Any]]] = {
        "svm-random": (
            "An SVM on MFCC statistics, folds drawn at random: bands are on both sides",
            {"model": "mfcc_svm", "protocol": FOLDS},
        ),
        "svm-artist": (
            "The same with bands kept apart: what it is worth on a band it has never heard",
            {"model": "mfcc_svm", "protocol": {**FOLDS, "group": "artist"}},
        ),
        "bbnn-artist": ("BBNN on crops of 6 s, bands kept apart, 12 epochs", BBNN),
    }
    print("Composing and rendering 96 dances by 32 bands; nothing is downloaded.", flush=True)
    for name, (title, values) in steps.items():
        print(f"\n{title}", flush=True)
        recipe = recipe_from({"title": title, "dataset": CORPUS, **values})
        with RunProgress() as progress:
            prepared = prepare(
                recipe, out / "corpus", cache=out / "cache", workers=workers, listener=progress
            )
            run_recipe(prepared, out / name, listener=progress)
        print(finish_run(out / name))

    bundle = out / "bbnn-artist" / "bundle.onnx"
    print(f"\nOne file to ship, run by ONNX Runtime alone: {bundle}")
    classifier = Classifier(bundle)
    tracks = prepared.dataset.by_id()
    for track_id in prepared.folds[0].test[::6]:
        track = tracks[track_id]
        assert track.path is not None
        answer = classifier.classify(track.path)
        print(f"  {track.path}: {answer.label} {answer.confidence:.0%} (it is {track.label})")
    print(f"\nLook at {out / 'bbnn-artist' / 'report.html'}, then try your own music:")
    print("  genrelab classify ~/Music")
