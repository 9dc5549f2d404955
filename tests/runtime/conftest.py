"""A small bundle, and music to classify with it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from genrelab.export.onnx import export_module
from genrelab.features import LogMel, Windowing
from genrelab.models.bbnn import BBNN
from genrelab.runtime.bundle import BundleInfo

LABELS = ("blues", "jazz", "pop", "rock")
FRONT_END = LogMel(n_mels=16, hop_length=2048)


@pytest.fixture(scope="session")
def make_bundle(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Return a function that writes a bundle of an untrained network, described as asked."""
    torch.manual_seed(1)
    network = BBNN(len(LABELS), blocks=1, width=8)
    for _ in range(20):  # so that its batch norms know decibels, and its answers differ
        network(torch.randn(4, 1, FRONT_END.n_bins, 32) * 20 - 40)
    with torch.no_grad():
        network.decision[4].weight.mul_(4)

    def make(**described: object) -> Path:
        values: dict[str, object] = {
            "model": {"name": "bbnn"},
            "labels": LABELS,
            "front_end": FRONT_END.to_dict(),
            "windowing": Windowing(frames=32, hop=24, pad="repeat"),
            "temperature": 1.5,
            **described,
        }
        path = tmp_path_factory.mktemp("bundle") / "small.onnx"
        return export_module(
            network,
            BundleInfo(**values),  # type: ignore[arg-type]
            path,
            example_frames=32,
            n_bins=FRONT_END.n_bins,
        )

    return make


@pytest.fixture(scope="session")
def bundle(make_bundle: Callable[..., Path]) -> Path:
    """Return a bundle of windows of 32 frames (3 s) every 24."""
    return make_bundle()
