"""Every network's bundle on real music: what a file is told is what torch makes of its features."""

import numpy as np
import pytest
import torch

from genrelab import Classifier, models
from genrelab.audio import load_audio
from genrelab.export.onnx import export_module
from genrelab.features import Windowing, create
from genrelab.runtime.bundle import BundleInfo

LABELS = ("blues", "classical", "metal")
CLIPS = [f"{genre}/{genre}.00000.flac" for genre in LABELS]


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.parametrize("name", models.names("neural"))
def test_a_file_is_told_what_torch_says(name, tmp_path, data_root):
    front_end = create(**models.entry(name).front_end)
    clips = [data_root / "gtzan_mini" / clip for clip in CLIPS]
    tracks = [front_end(load_audio(clip, front_end.sample_rate)) for clip in clips]
    frames = min(track.shape[1] for track in tracks)
    x = torch.from_numpy(np.stack([track[:, :frames] for track in tracks])[:, None])
    torch.manual_seed(0)
    network = models.create(name, n_classes=len(LABELS), n_bins=front_end.n_bins)
    for _ in range(5):  # statistics of batch normalisation as after some training
        network.train()(x[..., : max(64, frames // 4)])
    network.eval()
    info = BundleInfo({"name": name}, LABELS, front_end.to_dict(), Windowing())
    bundle = export_module(network, info, tmp_path / "model.onnx", example_frames=frames)
    classifier = Classifier(bundle, threads=1)
    for clip, track in zip(clips, tracks, strict=True):
        with torch.no_grad():
            expected = network(torch.from_numpy(track[None, None])).double().softmax(1).numpy()[0]
        answer = classifier.classify(clip)
        found = np.array([answer.probabilities[label] for label in LABELS])
        assert np.abs(found - expected).max() < 1e-4
