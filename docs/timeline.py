"""Draw docs/pictures/timeline.png: a track joined from clips of four genres of Emotify.

Run as `GENRELAB_DATA=FOLDER python docs/timeline.py`, where FOLDER holds `emotify`. The clips are
the first four of each genre, whatever is heard in them; the model inside the package knows them
from its training, so the picture shows what a timeline is and not how good the model is.
"""

from __future__ import annotations

import csv
import os
import tempfile
from pathlib import Path

import numpy as np
import soundfile

from genrelab import Classifier
from genrelab.audio import load_audio
from genrelab.clock import clock
from genrelab.evaluation.canvas import write_picture
from genrelab.pictures.timeline import timeline_figure

PICTURE = Path(__file__).parent / "pictures" / "timeline.png"
GENRES = ("classical", "rock", "electronic", "pop")
CLIPS, SECONDS, RATE = 4, 15, 22050
TITLE = "60 s each of classical, rock, electronic, pop (Emotify; heard in training)"


def main() -> None:
    """Join, classify, draw and print the stretches."""
    root = Path(os.environ["GENRELAB_DATA"]) / "emotify"
    with (root / "index.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    parts = []
    for genre in GENRES:
        clips = [row["file"] for row in rows if row["genre"] == genre][:CLIPS]
        parts += [load_audio(root / clip, RATE, duration=SECONDS) for clip in clips]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "joined.wav"
        soundfile.write(path, np.concatenate(parts), RATE)
        timeline = Classifier(threads=1).classify(path, timeline=True).timeline
    assert timeline is not None
    for stretch in timeline.stretches:
        span = f"{clock(stretch.start)} - {clock(stretch.end)}"
        print(f"{span}  {stretch.label} {stretch.confidence:.0%}")
    write_picture(timeline_figure(timeline, title=TITLE), PICTURE)


if __name__ == "__main__":
    main()
