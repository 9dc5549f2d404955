"""Recurrent networks against formulas, counts worked by hand and torch's own final states."""

import numpy as np
import pytest
import torch
from torch import nn

from genrelab import models
from genrelab.errors import ModelError
from genrelab.models.cost import count_multiply_adds, count_parameters

ALL = ("rnn", "lstm", "bilstm", "gru", "skip_gru", "indrnn")


def make(name, *, n_classes=4, n_bins=6, **options):
    torch.manual_seed(0)
    return models.create(name, n_classes=n_classes, n_bins=n_bins, **options)


def layer(gates, features, units):
    """Each gate has a matrix to the input, one to the state, and two biases, as torch has."""
    return gates * units * (features + units + 2)


@pytest.mark.parametrize(
    ("name", "weights"),
    [
        ("rnn", layer(1, 128, 128) + layer(1, 128, 128) + 129 * 10),
        ("lstm", layer(4, 128, 128) + layer(4, 128, 128) + 129 * 10),
        ("bilstm", 2 * layer(4, 128, 128) + 2 * layer(4, 256, 128) + 257 * 10),
        ("gru", layer(3, 128, 128) + 129 * 64 + 65 * 10),
        ("skip_gru", layer(3, 128, 128) + 129 * 64 + 65 * 10),
        ("indrnn", 4 * (128 * 128 + 128 + 128) + 129 * 10),
    ],
)
def test_parameter_counts(name, weights):
    counts = count_parameters(make(name, n_classes=10, n_bins=128))
    assert counts.weights == weights
    norms = 128 * (5 if name == "indrnn" else 1)  # at the input; IndRNN has one a layer too
    assert counts.trainable == weights + 2 * norms
    assert counts.total == weights + 4 * norms


def test_a_second_of_samples_a_step_stays_of_a_sane_size():
    network = make("gru", n_classes=10, n_bins=22_050).eval()
    assert count_parameters(network).weights == layer(3, 22_050, 128) + 129 * 64 + 65 * 10
    with torch.no_grad():
        assert network(torch.zeros(1, 1, 22_050, 30)).isfinite().all()


@pytest.mark.parametrize(
    ("name", "an_input_frame"),
    [
        ("rnn", 2 * 2 * 128 * 128),
        ("lstm", 2 * 4 * 2 * 128 * 128),
        ("bilstm", 2 * 4 * 128 * (256 + 384)),
        ("gru", 3 * 2 * 128 * 128),
        ("skip_gru", 3 * 2 * 128 * 128),
        ("indrnn", 4 * 128 * 128),
    ],
)
def test_multiply_adds_are_those_of_the_matrices(name, an_input_frame):
    """Every frame goes through every matrix once; the dense layers see one vector."""
    network = make(name, n_classes=10, n_bins=128)
    dense = sum(m.in_features * m.out_features for m in network.head if isinstance(m, nn.Linear))
    assert count_multiply_adds(network, 128, 31) == 31 * an_input_frame + dense


def test_the_plain_recurrence_by_its_formula():
    network = make("rnn", units=3, layers=1, readout="last").eval()
    layers, head = network.recurrence.layers, network.head[-1]
    x = np.random.default_rng(0).normal(size=(6, 5))
    w, u = layers.weight_ih_l0.detach().numpy(), layers.weight_hh_l0.detach().numpy()
    b = (layers.bias_ih_l0 + layers.bias_hh_l0).detach().numpy()
    states = [np.zeros(3)]
    # Fresh running statistics: a mean of 0 and a variance of 1, to which torch adds 1e-5.
    for frame in x.T / np.sqrt(1 + 1e-5):
        states.append(np.tanh(w @ frame + b + u @ states[-1]))
    tensor = torch.from_numpy(x[None, None]).float()
    for readout, read in (("last", states[-1]), ("mean", np.mean(states[1:], axis=0))):
        network.readout = readout
        expected = head.weight.detach().numpy() @ read + head.bias.detach().numpy()
        np.testing.assert_allclose(network(tensor)[0].detach().numpy(), expected, atol=1e-5)


@pytest.mark.parametrize("name", ["lstm", "bilstm", "gru"])
def test_the_last_state_is_what_torch_calls_the_final_one(name):
    """In both directions: the backward one ends at the first frame."""
    network = make(name, units=5, readout="last").eval()
    x = torch.randn(3, 1, 6, 9)
    final = network.recurrence.layers(network.norm(x[:, 0]).permute(2, 0, 1))[1]
    h = final[0] if isinstance(final, tuple) else final  # (layers x directions, batch, units)
    directions = 2 if name == "bilstm" else 1
    expected = network.head(torch.cat(list(h[-directions:]), dim=1))
    torch.testing.assert_close(network(x), expected)


@pytest.mark.parametrize("name", ALL)
def test_decibels_are_normalised_bin_by_bin(name):
    """What each bin's scale and offset are makes no difference to a network in training."""
    network = make(name, units=5).train()
    x = torch.randn(4, 1, 6, 9)
    scale, offset = torch.rand(6, 1) * 20 + 5, -80 * torch.rand(6, 1)
    torch.testing.assert_close(network(x * scale + offset), network(x), rtol=1e-3, atol=1e-4)


def test_dropout_is_in_the_dense_layers_and_in_training_alone():
    network = make("gru", dropout=0.5, units=8)
    x = torch.randn(4, 1, 6, 9)
    assert not torch.equal(network.train()(x), network(x))
    states = [network.recurrence(x[:, 0].permute(2, 0, 1)) for _ in range(2)]
    assert torch.equal(*states)
    assert torch.equal(network.eval()(x), network(x))


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"readout": "lst"}, "readout must be one of mean, last, not 'lst'. Did you mean 'last'?"),
        ({"units": 0}, "at least 1 unit"),
        ({"layers": 0}, "at least 1 unit and 1 layer"),
        ({"dropout": 1.0}, "dropout must be from 0 to below 1"),
        ({"dense": -1}, "dense cannot be negative"),
    ],
)
@pytest.mark.parametrize("name", ALL)
def test_wrong_options(name, options, sentence):
    with pytest.raises(ModelError) as caught:
        make(name, **options)
    assert sentence in str(caught.value)


@pytest.mark.parametrize("name", ALL)
def test_the_last_state_alone_can_learn_twenty_tracks_by_heart(name):
    """As test_overfitting.py shows of the mean: gradients come back from the end to every frame."""
    rng = np.random.default_rng(0)
    x = torch.from_numpy(rng.normal(-40, 15, size=(20, 1, 12, 16)).astype(np.float32))
    y = torch.from_numpy(rng.integers(4, size=20))
    network = make(name, n_bins=12, units=32, readout="last").train()
    optimizer = torch.optim.Adam(network.parameters(), lr=0.01)
    for _ in range(60):
        loss = nn.functional.cross_entropy(network(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    network.eval()
    with torch.no_grad():
        assert (network(x).argmax(1) == y).float().mean() > 0.95
