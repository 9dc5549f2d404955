"""The IndRNN layer against a plain loop, by hand, and as ONNX."""

import numpy as np
import pytest
import torch

from genrelab import models
from genrelab.export.onnx import export_module
from genrelab.features import Precomputed
from genrelab.models.indrnn import IndependentRecurrence, IndRNNLayer
from genrelab.runtime import Classifier
from genrelab.runtime.bundle import BundleInfo


def plain_loop(a, u):
    h, states = torch.zeros_like(a[0]), []
    for x in a:
        h = torch.relu(x + u * h)
        states.append(h)
    return torch.stack(states)


def test_a_case_worked_by_hand():
    """One unit, u = 0.5: 1; -2 + 0.5 is cut to 0; 3 + 0; 1 + 1.5."""
    a, u = torch.tensor([1.0, -2.0, 3.0, 1.0]).view(4, 1, 1), torch.tensor([0.5])
    assert IndependentRecurrence.apply(a, u).flatten().tolist() == [1.0, 0.0, 3.0, 2.5]


def test_the_gradient_is_that_of_the_formula():
    torch.manual_seed(0)
    a = torch.randn(7, 3, 5, dtype=torch.float64, requires_grad=True)
    u = torch.tensor([-0.9, -0.1, 0.3, 1.0, 1.1], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(IndependentRecurrence.apply, (a, u))
    weights = torch.randn(7, 3, 5, dtype=torch.float64)
    for read in (lambda h: (h * weights).sum(), lambda h: h.sum(), lambda h: h[-1].sum()):
        ours = torch.autograd.grad(read(IndependentRecurrence.apply(a, u)), (a, u))
        theirs = torch.autograd.grad(read(plain_loop(a, u)), (a, u))
        for one, other in zip(ours, theirs, strict=True):
            torch.testing.assert_close(one, other, rtol=1e-12, atol=1e-12)


def test_inputs_need_not_lie_in_one_piece():
    a, u = torch.randn(5, 3, 7).permute(2, 1, 0), torch.rand(5)
    torch.testing.assert_close(IndependentRecurrence.apply(a, u), plain_loop(a, u))


def test_a_layer_by_its_formula():
    torch.manual_seed(0)
    layer = IndRNNLayer(4, 3).eval()
    x = torch.randn(6, 2, 4)
    w, b = layer.input.weight.detach().numpy(), layer.input.bias.detach().numpy()
    u, h = layer.recurrent.detach().numpy(), np.zeros((2, 3))
    for frame, states in zip(x.numpy(), layer.states(x), strict=True):
        h = np.maximum(0, frame @ w.T + b + u * h)
        np.testing.assert_allclose(states.detach().numpy(), h, rtol=1e-5, atol=1e-6)


def test_recurrent_weights_start_between_0_and_1():
    weights = IndRNNLayer(2, 4000).recurrent
    assert weights.min() >= 0
    assert weights.max() <= 1
    assert abs(weights.mean().item() - 0.5) < 0.03  # uniform: 0.289 / sqrt(4000) = 0.005 each way


def test_states_are_normalised_over_batch_and_time():
    layer = IndRNNLayer(4, 3).train()
    x = torch.randn(50, 8, 4)
    normalised = layer(x)
    alive = layer.states(x).var(dim=(0, 1)) > 0.01
    assert alive.any()
    torch.testing.assert_close(normalised.mean((0, 1)), torch.zeros(3), atol=1e-5, rtol=0)
    variance = normalised.var((0, 1), unbiased=False)[alive]
    torch.testing.assert_close(variance, torch.ones_like(variance), atol=2e-3, rtol=0)


def test_a_state_at_most_doubles_over_the_input():
    """Two frames: the bound is the square root of 2, so after one step 1 has become 1.414."""
    layer = IndRNNLayer(1, 2).eval()
    with torch.no_grad():
        layer.input.weight.fill_(1)
        layer.input.bias.zero_()
        layer.recurrent.copy_(torch.tensor([3.0, -3.0]))
    x = torch.tensor([1.0, 2.0]).view(2, 1, 1)
    torch.testing.assert_close(layer.states(x)[1, 0], torch.tensor([2 + 2**0.5, 2 - 2**0.5]))
    assert layer.recurrent.tolist() == [3.0, -3.0]  # evaluation leaves the parameter alone


def test_a_weight_at_the_bound_still_learns():
    layer = IndRNNLayer(1, 1).train()
    with torch.no_grad():
        layer.input.weight.fill_(1)
        layer.input.bias.zero_()
        layer.recurrent.fill_(3.0)
    layer.states(torch.ones(4, 1, 1)).sum().backward()
    assert layer.recurrent.item() == pytest.approx(2**0.25)
    assert layer.recurrent.grad.item() > 0


def test_onnx_clamps_by_the_length_of_each_input(tmp_path):
    """Weights beyond the bound of long inputs: the example's length must not be frozen in."""
    torch.manual_seed(0)
    network = models.create("indrnn", n_classes=4, n_bins=5, units=8).eval()
    for layer in network.recurrence:
        torch.nn.init.uniform_(layer.recurrent, -1.3, 1.3)
    front_end = Precomputed(n_frame_bins=5, rate=10.0)
    info = BundleInfo({"name": "indrnn"}, tuple("abcd"), front_end.to_dict())
    export_module(network, info, tmp_path / "model.onnx", example_frames=20)
    classifier = Classifier(tmp_path / "model.onnx", threads=1)
    for frames in (1, 3, 20, 60):
        x = torch.randn(2, 1, 5, frames)
        with torch.no_grad():
            expected = network(x).double().softmax(1).numpy()
        assert np.abs(classifier.probabilities(x.numpy()) - expected).max() < 1e-4


def test_mixed_precision_keeps_the_recurrence_whole():
    torch.manual_seed(0)
    layer = IndRNNLayer(16, 8).train()
    x = torch.randn(300, 4, 16)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        states = layer.states(x)
    assert states.dtype == torch.float32
    products = torch.nn.functional.linear(
        x.bfloat16(), layer.input.weight.bfloat16(), layer.input.bias.bfloat16()
    )
    expected = plain_loop(products.float(), layer.recurrent)
    torch.testing.assert_close(states, expected)
    states.sum().backward()
    assert layer.input.weight.grad.isfinite().all()


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_gpu_gives_the_same():
    a, u = torch.randn(50, 4, 8), torch.rand(8)
    both = []
    for device in ("cpu", "cuda"):
        inputs = [t.to(device, copy=True).requires_grad_() for t in (a, u)]
        h = IndependentRecurrence.apply(*inputs)
        both.append([h, *torch.autograd.grad(h.square().sum(), inputs)])
    for one, other in zip(*both, strict=True):
        torch.testing.assert_close(one, other.cpu(), rtol=1e-4, atol=1e-4)
