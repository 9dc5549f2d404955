"""LGNet against hand-worked routing (lgnet2023, section 3.3)."""

import pytest
import torch

from genrelab import models
from genrelab.errors import ModelError
from genrelab.models.cost import count_multiply_adds, count_parameters
from genrelab.models.lgnet import ROUTINGS, Experts, LGNet


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


@pytest.mark.parametrize("experts", [2, 4, 8, 16])
def test_parameters_grow_by_one_perceptron_and_one_score_an_expert(experts):
    """Backbone: ResNet-18's published 11,689,512 without its dense layer, and one channel."""
    backbone = 11_689_512 - 513 * 1000 - 2 * 64 * 49
    expert = 513 * 512 + 513 * 10
    assert count_parameters(LGNet(10, experts)).trainable == backbone + experts * (expert + 513)


def test_multiply_adds_are_those_of_a_single_expert():
    few, many = (count_multiply_adds(LGNet(10, n), 32, 32) for n in (2, 16))
    assert many - few == 14 * 512  # the router's scores alone


def test_each_input_is_judged_by_its_own_expert():
    experts = Experts(3, n_in=4, hidden=5, n_out=2)
    x, chosen = torch.randn(4, 4), torch.tensor([2, 0, 2, 1])
    for i, e in enumerate(chosen):
        hidden = (x[i] @ experts.weight1[e] + experts.bias1[e]).clamp(min=0)
        expected = hidden @ experts.weight2[e] + experts.bias2[e]
        torch.testing.assert_close(experts(x, chosen)[i], expected)


@pytest.mark.parametrize(
    ("routing", "expected"),
    [("softmax", 3 / 4), ("sigmoid", 3 / 4), ("linear", 1.0986123)],
)
def test_routing_probabilities(routing, expected):
    """Scores 0 and log 3: softmax 1/4 and 3/4 (the paper's example), sigmoid of log 3 is 3/4."""
    network = LGNet(3, experts=2, routing=routing)
    torch.nn.init.zeros_(network.router.weight)
    with torch.no_grad():
        network.router.bias.copy_(torch.tensor([0.0, 1.0986123]))
    best, chosen = network.route(torch.zeros(1, 512))
    assert chosen.item() == 1
    assert best.item() == pytest.approx(expected)


@pytest.mark.parametrize("routing", ROUTINGS)
def test_the_router_learns_because_its_probability_multiplies_the_output(routing):
    network = LGNet(3, experts=2, routing=routing)
    network(torch.randn(4, 1, 32, 32)).square().sum().backward()
    assert network.router.weight.grad.abs().max() > 0


def test_experts_that_were_not_chosen_learn_nothing():
    network = LGNet(3, experts=4)
    x = torch.randn(6, 1, 32, 32)
    chosen = set(network.train().diagnose(x)["expert"].argmax(1).tolist())
    network(x).square().sum().backward()
    moved = network.experts.bias2.grad.abs().amax(dim=1) > 0
    assert {i for i in range(4) if moved[i]} == chosen


def test_wrong_options():
    with pytest.raises(ModelError, match=r"Did you mean 'softmax'\?"):
        models.create("lgnet", n_classes=3, routing="softmx")
    with pytest.raises(ModelError, match="at least 2 experts"):
        models.create("lgnet", n_classes=3, experts=1)
