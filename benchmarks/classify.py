"""From an mp3 to a genre: the bundle against librosa and eager PyTorch, and against decoding."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import librosa
import numpy as np
import soundfile
import torch

from benchmarks.measure import Row, times_faster
from genrelab import Classifier, models
from genrelab.audio import load_audio
from genrelab.datasets import synthetic
from genrelab.export.onnx import export_module
from genrelab.features import LogMel, Windowing
from genrelab.runtime.bundle import BundleInfo

LABELS = ("classical", "electronic", "pop", "rock")


def rows() -> Iterator[Row]:
    """One 30-s track as mp3 (44,100 Hz would only add resampling to both sides)."""
    with tempfile.TemporaryDirectory() as folder:
        yield from _rows(Path(folder))


def _rows(folder: Path) -> Iterator[Row]:
    track = synthetic.load(folder / "corpus", tracks_per_genre=1, bands=1).tracks[0]
    y = load_audio(track.path)
    mp3 = folder / "track.mp3"
    soundfile.write(mp3, y, 22050, format="MP3")

    torch.manual_seed(0)
    network = models.create("bbnn", n_classes=len(LABELS)).eval()
    front_end = LogMel()
    frames = front_end.n_frames(len(y))
    info = BundleInfo(
        model={"name": "bbnn"},
        labels=LABELS,
        front_end=front_end.to_dict(),
        windowing=Windowing(frames=frames, hop=frames),
    )
    export_module(network, info, folder / "bbnn.onnx", example_frames=frames)
    classifier = Classifier(folder / "bbnn.onnx")

    def with_librosa_and_torch() -> object:
        samples, _ = librosa.load(mp3, sr=22050)
        mel = librosa.feature.melspectrogram(y=samples, sr=22050, n_fft=2048, hop_length=1024)
        x = torch.from_numpy(librosa.power_to_db(mel))[None, None]
        with torch.inference_mode():
            return network(x).softmax(1)

    def classify() -> object:
        return classifier.classify(mp3)

    def decode() -> object:
        return soundfile.read(mp3, dtype="float32")

    ratio, low, high, seconds = times_faster(classify, with_librosa_and_torch)
    yield Row(
        "30-s mp3 to genre, BBNN",
        "librosa and eager PyTorch",
        ratio,
        low,
        high,
        "5",
        f"{seconds * 1e3:.0f} ms, {30 / seconds:.0f} times real time",
    )

    # What is left beyond decoding, stage by stage, on the same samples.
    features = front_end(y)[None, None]
    stages = {
        "decode": lambda: load_audio(mp3),
        "log-mel": lambda: front_end(y),
        "network": lambda: classifier.probabilities(features),
    }
    costs = {name: times_faster(stage, decode)[3] for name, stage in stages.items()}
    shares = ", ".join(f"{name} {cost * 1e3:.0f} ms" for name, cost in costs.items())
    inverse, low, high, _ = times_faster(decode, classify)
    yield Row("the same", "decoding alone, its cost", inverse, low, high, "at most 5", shares)
    assert np.isfinite(features).all()
