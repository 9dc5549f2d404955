"""The fully convolutional baselines against shapes and counts worked by hand."""

import pytest
import torch

from genrelab.models.cost import count_parameters
from genrelab.models.fcn import FCN, FCNLSTM

CONVOLUTIONS = 9 * (1 * 64 + 64 * 128 + 128 * 256 + 256 * 512)


def test_fcn_has_no_dense_layer():
    network = FCN(10)
    assert count_parameters(network).weights == CONVOLUTIONS + 512 * 10 + 10
    assert not any(isinstance(m, torch.nn.Linear) for m in network.modules())


def test_the_lstm_has_four_gates():
    """Each gate has weights for input and state, and torch keeps two biases a gate."""
    lstm = 4 * 128 * (512 + 128 + 2)
    assert count_parameters(FCNLSTM(10)).weights == CONVOLUTIONS + lstm + 128 * 10 + 10


@pytest.mark.parametrize("model", [FCN, FCNLSTM])
def test_four_poolings_halve_the_map(model):
    network = model(10).eval()
    with torch.no_grad():
        assert network.body(torch.zeros(1, 1, 128, 100)).shape == (1, 512, 8, 6)


def test_time_matters_to_the_lstm_and_only_locally_to_the_fcn():
    """Turning round the order of what the convolutions see changes the LSTM's answer alone."""
    torch.manual_seed(0)
    x = torch.randn(1, 512, 2, 8)
    turned = x.flip(3)
    fcn, hybrid = FCN(4).eval(), FCNLSTM(4).eval()
    fcn.body = hybrid.body = torch.nn.Identity()
    with torch.no_grad():
        torch.testing.assert_close(fcn(x), fcn(turned))
        assert (hybrid(x) - hybrid(turned)).abs().max() > 1e-3


@pytest.mark.parametrize("model", [FCN, FCNLSTM])
def test_scale_and_offset_of_the_decibels_are_learned_away(model):
    """In training the normalisation at the input takes any scale of the features."""
    torch.manual_seed(0)
    network = model(4).train()
    x = torch.randn(4, 1, 32, 32)
    with torch.no_grad():
        torch.testing.assert_close(network(x), network(30 * x - 50), rtol=1e-3, atol=1e-3)
