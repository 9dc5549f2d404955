"""What is written as a bundle agrees with the model it was made of."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from numpy.typing import NDArray
from scipy.special import softmax
from torch import nn

from genrelab.errors import BundleError, ModelError
from genrelab.export.onnx import TOLERANCE, export_classical, export_module
from genrelab.models import classical, create
from genrelab.models.bbnn import BBNN
from genrelab.runtime.bundle import BundleInfo, read_info

LABELS = ("blues", "jazz", "pop", "rock")


def describe(**more: object) -> BundleInfo:
    return BundleInfo({"name": "bbnn"}, LABELS, {"name": "log_mel"}, **more)  # type: ignore[arg-type]


def run(path: Path, x: NDArray[np.float32]) -> NDArray[np.float32]:
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    (logits,) = session.run(["logits"], {"features": x})
    return np.asarray(logits)


def trained_bbnn() -> BBNN:
    """Return a network whose batch norms have statistics of their own."""
    torch.manual_seed(3)
    network = BBNN(len(LABELS), blocks=1, width=8)
    for _ in range(3):
        network(torch.randn(4, 1, 16, 40) * 20 - 40)
    return network


@pytest.mark.parametrize(("batch", "frames"), [(1, 40), (1, 8), (5, 131)])
def test_a_module_and_its_bundle_agree_at_any_batch_and_length(
    tmp_path: Path, batch: int, frames: int
) -> None:
    network = trained_bbnn()
    path = export_module(network, describe(), tmp_path / "m.onnx", example_frames=40, n_bins=16)
    x = torch.randn(batch, 1, 16, frames) * 20 - 40
    with torch.no_grad():
        wanted = network.eval()(x).numpy()
    np.testing.assert_allclose(run(path, x.numpy()), wanted, atol=1e-4)


def test_exporting_leaves_the_module_as_it_was(tmp_path: Path) -> None:
    network = trained_bbnn().to(memory_format=torch.channels_last)
    before = {k: v.clone() for k, v in network.state_dict().items()}
    export_module(network, describe(), tmp_path / "m.onnx", example_frames=40, n_bins=16)
    assert network.training
    for name, value in network.state_dict().items():
        assert torch.equal(value, before[name])
        assert value.stride() == before[name].stride()


def test_the_description_lies_in_the_file(tmp_path: Path) -> None:
    info = describe(temperature=1.7, card={"data": "thirty tracks"}, genrelab_version="0.1.0")
    path = export_module(trained_bbnn(), info, tmp_path / "m.onnx", example_frames=40, n_bins=16)
    assert read_info(path) == replace(info, min_frames=8)  # what BBNN's registration says
    opsets = {o.domain: o.version for o in onnx.load(path).opset_import}
    assert opsets[""] == 17


class Chance(nn.Module):
    """What no graph can repeat: it gives something else each time."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.randn(x.shape[0], len(LABELS)) * 9


class Frozen(nn.Module):
    """Its exported graph knows one length only, as it asks for it in Python."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x[:, 0, : len(LABELS)].sum(dim=2) / int(x.shape[3])


@pytest.mark.parametrize("module", [Chance(), Frozen()])
def test_a_graph_that_disagrees_is_not_put_in_place(tmp_path: Path, module: nn.Module) -> None:
    path = tmp_path / "m.onnx"
    path.write_text("what was there before")
    with pytest.raises(ModelError, match="disagrees with the model"):
        export_module(module, describe(), path, example_frames=40, n_bins=16)
    assert path.read_text() == "what was there before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_wrong_number_of_labels_is_noticed_before_writing(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="3 outputs, but 4 labels"):
        export_module(
            BBNN(3, blocks=1, width=4),
            describe(),
            tmp_path / "m.onnx",
            example_frames=8,
            n_bins=16,
        )
    assert not list(tmp_path.iterdir())


@pytest.fixture(scope="module")
def machine() -> classical.ClassicalModel:
    """Return a support vector machine that has seen three of the four classes."""
    rng = np.random.default_rng(0)
    inputs = [rng.normal(i % 3, 1 + i % 3, (20, 40)).astype(np.float32) for i in range(60)]
    model: classical.ClassicalModel = create("mfcc_svm", n_classes=len(LABELS))
    classical.fit(model, np.stack([classical.pool(x) for x in inputs]), np.arange(60) % 3 + 1)
    return model


@pytest.mark.parametrize(("batch", "frames"), [(1, 1), (2, 2), (7, 40), (1, 3000)])
def test_a_classical_model_and_its_bundle_agree(
    tmp_path: Path, machine: classical.ClassicalModel, batch: int, frames: int
) -> None:
    path = export_classical(machine, describe(), tmp_path / "m.onnx", n_bins=20)
    rng = np.random.default_rng(frames)
    x = rng.normal(1, 2, (batch, 1, 20, frames)).astype(np.float32)
    wanted = classical.predict_proba(machine, np.stack([classical.pool(row[0]) for row in x]))
    found = softmax(run(path, x), axis=1)
    assert np.abs(found - wanted).max() < TOLERANCE
    assert (found[:, 0] < 1e-6).all()  # the class that training never saw


def test_pooling_in_the_graph_is_pooling_in_numpy() -> None:
    from genrelab.export.pooling import pooling_graph

    graph = pooling_graph(5, opset=17, ir_version=8).SerializeToString()
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    for frames in (1, 2, 3, 500):
        x = np.random.default_rng(frames).normal(-300, 9, (2, 1, 5, frames)).astype(np.float32)
        (found,) = session.run(None, {"features": x})
        steps = np.diff(x[:, 0].astype(np.float64), axis=2) if frames > 1 else np.zeros((2, 5, 1))
        y = x[:, 0].astype(np.float64)
        wanted = np.concatenate(
            [y.mean(2), y.std(2), y.min(2), y.max(2), steps.mean(2), steps.std(2)], axis=1
        )
        np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-3)
