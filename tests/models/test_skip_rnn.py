"""The skip-RNN against torch's GRU, its formulas and a case worked by hand."""

import numpy as np
import pytest
import torch

from genrelab import models
from genrelab.errors import ModelError
from genrelab.export.onnx import export_module
from genrelab.features import Precomputed
from genrelab.models.skip_rnn import SkipGRU, SkipGRULayer, skip_gru_steps
from genrelab.runtime import Classifier
from genrelab.runtime.bundle import BundleInfo

FRAMES, BATCH, FEATURES, UNITS = 12, 3, 5, 4


@pytest.fixture
def x():
    torch.manual_seed(1)
    return torch.randn(FRAMES, BATCH, FEATURES)


def layer(skip):
    torch.manual_seed(0)
    return SkipGRULayer(FEATURES, UNITS, skip)


@pytest.mark.parametrize("skip", [1, FRAMES, 1000])
def test_a_skip_that_changes_nothing_gives_torch_s_gru(x, skip):
    ours, theirs = layer(skip), torch.nn.GRU(FEATURES, UNITS)
    for name, parameter in ours.cell.named_parameters():
        getattr(theirs, f"{name}_l0").data.copy_(parameter.data)
    torch.testing.assert_close(ours(x), theirs(x)[0])
    weights = torch.randn(FRAMES, BATCH, UNITS)
    (ours(x) * weights).sum().backward()
    (theirs(x)[0] * weights).sum().backward()
    for name, parameter in ours.cell.named_parameters():
        expected = getattr(theirs, f"{name}_l0").grad
        torch.testing.assert_close(parameter.grad, expected, rtol=1e-4, atol=1e-5)


def test_a_shorter_skip_gives_something_else(x):
    assert (layer(3)(x) - layer(1000)(x)).abs().max() > 0.01


def test_a_case_worked_by_hand():
    """Gates of 1/2 and a new state of 0.8: h = 0.4 + s / 2, with s the mean of two states.

    k = 2: 0.4; 0.4 + 0.2; then s = (0.6 + 0.4) / 2; then s = (0.65 + 0.6) / 2.
    """
    x = torch.zeros(4, 1, 3)
    x[..., 2] = np.arctanh(0.8)
    h = SkipGRU.apply(x, torch.zeros(3, 1), torch.zeros(3), 2)
    np.testing.assert_allclose(h.flatten().numpy(), [0.4, 0.6, 0.65, 0.7125], rtol=1e-6)


def sigmoid(v):
    return 1 / (1 + np.exp(-v))


@pytest.mark.parametrize("skip", [2, 5])
def test_the_formulas(x, skip):
    cell = layer(skip).cell
    w, u, b, c = (p.detach().double().numpy() for p in cell.parameters())
    states = []
    for t, frame in enumerate(x.double().numpy()):
        before = states[t - 1] if t else np.zeros((BATCH, UNITS))
        s = (before + states[t - skip]) / 2 if t >= skip else before
        (xr, xz, xn), (sr, sz, sn) = np.split(frame @ w.T + b, 3, 1), np.split(s @ u.T + c, 3, 1)
        r, z = sigmoid(xr + sr), sigmoid(xz + sz)
        states.append((1 - z) * np.tanh(xn + r * sn) + z * s)
    np.testing.assert_allclose(layer(skip)(x).detach().numpy(), states, rtol=1e-4, atol=1e-6)
    plain = skip_gru_steps(
        x @ cell.weight_ih.t() + cell.bias_ih, cell.weight_hh, cell.bias_hh, skip
    )
    np.testing.assert_allclose(plain.detach().numpy(), states, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("skip", [1, 2, 3, 6, 7, 9])
def test_the_gradient_is_that_of_the_formulas(skip):
    torch.manual_seed(0)
    sizes = ((7, 2, 9), (9, 3), (9,))
    inputs = [torch.randn(s, dtype=torch.float64, requires_grad=True) for s in sizes]
    assert torch.autograd.gradcheck(SkipGRU.apply, (*inputs, skip))
    ours = torch.autograd.grad(SkipGRU.apply(*inputs, skip)[-1].sum(), inputs)
    theirs = torch.autograd.grad(skip_gru_steps(*inputs, skip)[-1].sum(), inputs)
    for one, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-10, atol=1e-12)


def test_states_stay_bounded():
    """Update gates near 1 pass the state on: a sum of two states would grow without end."""
    x = torch.full((400, 1, 3), 5.0)
    h = SkipGRU.apply(x, torch.zeros(3, 1), torch.zeros(3), 4)
    assert h.abs().max() <= 1


def test_onnx_skips_in_inputs_longer_than_the_example(tmp_path):
    torch.manual_seed(0)
    network = models.create("skip_gru", n_classes=4, n_bins=5, units=8, skip=9, layers=2).eval()
    front_end = Precomputed(n_frame_bins=5, rate=10.0)
    info = BundleInfo({"name": "skip_gru"}, tuple("abcd"), front_end.to_dict())
    export_module(network, info, tmp_path / "model.onnx", example_frames=6)
    classifier = Classifier(tmp_path / "model.onnx", threads=1)
    for frames in (1, 9, 40):
        x = 3 * torch.randn(2, 1, 5, frames)
        with torch.no_grad():
            expected = network(x).double().softmax(1).numpy()
        assert np.abs(classifier.probabilities(x.numpy()) - expected).max() < 1e-4


def test_mixed_precision_keeps_the_recurrence_whole(x):
    ours = layer(3)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        states = ours(x)
    assert states.dtype == torch.float32
    torch.testing.assert_close(states, ours(x), rtol=0, atol=0.05)
    states.sum().backward()
    assert ours.cell.weight_hh.grad.isfinite().all()


def test_a_skip_of_0_is_refused():
    with pytest.raises(ModelError, match="skip must be at least 1"):
        layer(0)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_gpu_gives_the_same():
    sizes = ((40, 2, 24), (24, 8), (24,))
    tensors = [torch.randn(s) for s in sizes]
    both = []
    for device in ("cpu", "cuda"):
        inputs = [t.to(device, copy=True).requires_grad_() for t in tensors]
        h = SkipGRU.apply(*inputs, 5)
        both.append([h, *torch.autograd.grad(h.square().sum(), inputs)])
    for one, other in zip(*both, strict=True):
        torch.testing.assert_close(one, other.cpu(), rtol=1e-3, atol=1e-4)
