"""What every registered model must do; a model is in the registry when it passes this."""

import numpy as np
import pytest
import torch

from genrelab import models
from genrelab.export.onnx import export_classical, export_module
from genrelab.features import Precomputed
from genrelab.models import classical
from genrelab.models.cost import count_multiply_adds, count_parameters
from genrelab.runtime import Classifier
from genrelab.runtime.bundle import BundleInfo
from genrelab.training import checkpoint

BINS, FRAMES, CLASSES = 40, 61, 5
LABELS = ("blues", "disco", "jazz", "metal", "pop")


def softmax(x):
    e = np.exp(x - x.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


@pytest.fixture(params=models.names("neural"))
def entry(request):
    return models.entry(request.param)


@pytest.fixture
def network(entry):
    torch.manual_seed(0)
    network = models.create(entry.name, n_classes=CLASSES, n_bins=BINS)
    # Running statistics as after some training: fresh ones would hide a wrong normalisation.
    for module in network.modules():
        if isinstance(module, torch.nn.modules.batchnorm._BatchNorm) and module.affine:
            module.running_mean.normal_(0, 0.3)
            module.running_var.uniform_(0.5, 2.0)
            torch.nn.init.uniform_(module.weight, 0.5, 1.5)
            torch.nn.init.normal_(module.bias, 0, 0.3)
    return network.eval()


def inputs(batch=3, frames=FRAMES, seed=0):
    rng = np.random.default_rng(seed)
    return torch.from_numpy(rng.normal(size=(batch, 1, BINS, frames)).astype(np.float32))


def info(name):
    front_end = Precomputed(n_frame_bins=BINS, rate=10.0)
    return BundleInfo(model={"name": name}, labels=LABELS, front_end=front_end.to_dict())


def test_logits_have_a_row_an_input_and_a_column_a_class(network):
    logits = network(inputs())
    assert logits.shape == (3, CLASSES)
    assert logits.dtype == torch.float32


def test_gradient_reaches_every_parameter(network):
    network.train()
    torch.nn.functional.cross_entropy(network(inputs(8)), torch.arange(8) % CLASSES).backward()
    without = [
        name
        for name, p in network.named_parameters()
        if p.requires_grad and (p.grad is None or not p.grad.isfinite().all())
    ]
    assert without == []
    # A bias before a normalisation has no effect, so its gradient is nothing but rounding.
    weights = [p for name, p in network.named_parameters() if name.endswith("weight")]
    assert all(p.grad.abs().max() > 0 for p in weights)


def test_evaluation_does_not_depend_on_batch_mates(network):
    x = inputs(4)
    with torch.no_grad():
        alone = torch.cat([network(x[i : i + 1]) for i in range(4)])
        torch.testing.assert_close(network(x), alone, rtol=1e-4, atol=1e-5)


def test_evaluation_is_repeatable(network):
    with torch.no_grad():
        assert torch.equal(network(inputs()), network(inputs()))


@pytest.mark.parametrize("length", ["shortest", "long"])
def test_short_and_long_input(entry, network, length):
    frames = entry.min_frames if length == "shortest" else 8 * FRAMES
    with torch.no_grad():
        logits = network(inputs(2, frames))
    assert logits.shape == (2, CLASSES)
    assert logits.isfinite().all()


def test_input_matters(network):
    with torch.no_grad():
        one, other = network(inputs(seed=1)), network(inputs(seed=2))
    assert (one - other).abs().max() > 1e-3


def test_save_and_load(entry, network, tmp_path):
    checkpoint.save(tmp_path / "weights", {"network": network.state_dict()})
    again = models.create(entry.name, n_classes=CLASSES, n_bins=BINS).eval()
    again.load_state_dict(checkpoint.load(tmp_path / "weights")["network"])
    with torch.no_grad():
        assert torch.equal(again(inputs()), network(inputs()))


def test_onnx_gives_the_same_probabilities(entry, network, tmp_path):
    path = tmp_path / "model.onnx"
    export_module(network, info(entry.name), path, example_frames=FRAMES)
    classifier = Classifier(path, threads=1)
    for batch, frames in ((1, FRAMES), (5, FRAMES), (2, 2 * FRAMES + 3)):
        x = inputs(batch, frames)
        with torch.no_grad():
            expected = softmax(network(x).double().numpy())
        found = classifier.probabilities(x.numpy())
        assert np.abs(found - expected).max() < 1e-4


def test_costs_are_counted(network):
    counts = count_parameters(network)
    assert 0 < counts.weights <= counts.trainable <= counts.total
    once, twice = (count_multiply_adds(network, BINS, n * FRAMES) for n in (1, 2))
    assert counts.weights / BINS < once < twice


@pytest.mark.parametrize("name", models.names("classical"))
def test_classical_models_learn_and_export(name, tmp_path):
    """Five classes, each louder in bins of its own: learned, and the bundle answers alike."""
    rng = np.random.default_rng(0)
    y = np.arange(60) % CLASSES
    louder = np.arange(BINS)[:, None] % CLASSES == y[:, None, None]
    x = (rng.normal(size=(60, BINS, FRAMES)) + 0.5 * louder).astype(np.float32)
    X = np.stack([classical.pool(track) for track in x])
    model = models.create(name, n_classes=CLASSES)
    classical.fit(model, X[:40], y[:40])
    expected = classical.predict_proba(model, X[40:])
    assert (expected.argmax(1) == y[40:]).mean() > 0.8
    path = tmp_path / "model.onnx"
    export_classical(model, info(name), path, n_bins=BINS)
    found = Classifier(path, threads=1).probabilities(x[40:, None])
    assert np.abs(found - expected).max() < 1e-4


def test_front_ends_can_be_made():
    from genrelab.features import create

    for name in models.names():
        front_end = models.entry(name).front_end
        assert create(**front_end).n_bins > 0
