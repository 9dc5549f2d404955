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
    """One 30-s track as mp3, as people have it and as research sets cut it down."""
    with tempfile.TemporaryDirectory() as folder:
        track = synthetic.load(Path(folder) / "corpus", tracks_per_genre=1, bands=1).tracks[0]
        for rate, channels in ((44100, 2), (22050, 1)):
            mp3 = Path(folder) / f"{rate}.mp3"
            y = load_audio(track.path, rate)
            soundfile.write(mp3, np.stack([y] * channels, axis=1), rate, format="MP3")
            name = f"mp3, 30 s, {rate / 1000:g} kHz, {'stereo' if channels == 2 else 'mono'}"
            yield from _rows(mp3, name)


def _rows(mp3: Path, name: str) -> Iterator[Row]:
    y = load_audio(mp3)

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
    bundle = export_module(network, info, mp3.with_suffix(".onnx"), example_frames=frames)
    classifier = Classifier(bundle)

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
        f"to genre with BBNN: {name}",
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
    yield Row(
        f"the same: {name}", "decoding alone, its cost", inverse, low, high, "at most 5", shares
    )
    assert np.isfinite(features).all()
