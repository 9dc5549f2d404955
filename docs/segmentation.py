"""Draw the picture of docs/segmentation.md: four clips of Emotify in the form A B A C A D A.

``GENRELAB_DATA=... python docs/segmentation.py`` looks for the folder ``emotify`` there.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import numpy as np
import soundfile

from genrelab.audio import load_audio
from genrelab.evaluation.canvas import write_picture
from genrelab.pictures.envelope import read_envelope
from genrelab.pictures.segmentation import segmentation_figure
from genrelab.segmentation import Segmenter

TARGET = Path(__file__).parent / "pictures" / "segmentation.png"
FORM = "ABACADA"
CLIPS = {"A": "classical/1", "B": "rock/1", "C": "electronic/10", "D": "pop/1"}
RATE = 22050


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
