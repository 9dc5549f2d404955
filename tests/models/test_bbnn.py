"""BBNN against the figures of its paper (liu2021, Table 1) and of the authors' code."""

import pytest
import torch

from genrelab.models.bbnn import BBNN
from genrelab.models.cost import count_multiply_adds, count_parameters


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    return BBNN(n_classes=10).eval()


def test_parameter_counts(network):
    counts = count_parameters(network)
    assert (counts.weights, counts.trainable, counts.total) == (180_458, 185_642, 190_826)


def conv_parameters(module):
    convs = [m for m in module.modules() if isinstance(m, (torch.nn.Conv2d, torch.nn.Linear))]
    return sum(p.numel() for m in convs for p in m.parameters())


def test_parameters_of_each_row_of_table_1(network):
    assert conv_parameters(network.shallow) == 320
    tops_and_bottoms = []
    for block in network.broadcast:
        reductions = [block.branch3x3[0], block.branch5x5[0], block.branch1x1]
        wide = [block.branch3x3[1], block.branch5x5[1], block.branch_pool]
        tops_and_bottoms.append(sum(map(conv_parameters, reductions)))
        tops_and_bottoms.append(sum(map(conv_parameters, wide)))
    assert tops_and_bottoms == [3_168, 35_936, 15_456, 40_032, 27_744, 44_128]
    assert conv_parameters(network.transition) == 13_344
    assert conv_parameters(network.decision) == 330


def test_output_shapes_of_table_1(network):
    """The paper writes frames x bins x channels; here (channels, bins, frames)."""
    with torch.no_grad():
        x = torch.zeros(1, 1, 128, 647)
        conv = network.shallow[0](x)
        shallow = network.shallow(x)
        blocks = [shallow]
        for block in network.broadcast:
            blocks.append(block(blocks[-1]))
        convolved = network.transition[0](blocks[-1])
        transition = network.transition(blocks[-1])
        pooled = network.decision[:3](transition)
        logits = network.decision(transition)
    assert conv.shape[1:] == (32, 128, 647)
    assert shallow.shape[1:] == (32, 128, 161)
    assert [b.shape[1:] for b in blocks[1:]] == [(c, 128, 161) for c in (160, 288, 416)]
    assert convolved.shape[1:] == (32, 128, 161)
    assert transition.shape[1:] == (32, 64, 80)
    assert pooled.shape[1:] == (32, 1, 1)
    assert logits.shape[1:] == (10,)


def test_each_block_keeps_its_input_in_front(network):
    with torch.no_grad():
        x = torch.randn(1, 32, 16, 20)
        assert torch.equal(network.broadcast[0](x)[:, :32], x)


def test_shallow_pooling_is_in_time_alone(network):
    """A click moves one pooled frame in four; bins are never mixed by the pooling."""
    pool = network.shallow[3]
    x = torch.zeros(1, 1, 3, 8)
    x[0, 0, 1, 5] = 1.0
    expected = torch.zeros(1, 1, 3, 2)
    expected[0, 0, 1, 1] = 1.0
    assert torch.equal(pool(x), expected)


def test_multiply_adds_equal_the_sum_over_table_1(network):
    """Every convolution of the body runs at 128 x 161 positions, the stem at 128 x 647."""
    at_full_rate = 9 * 32 * 128 * 647
    channels = (32, 160, 288)
    in_blocks = sum(4 * 32 * c + 32 * 32 * (9 + 25) for c in channels) * 128 * 161
    expected = at_full_rate + in_blocks + 416 * 32 * 128 * 161 + 320
    assert count_multiply_adds(network, 128, 647) == expected


@pytest.mark.parametrize(("n_classes", "blocks"), [(2, 1), (13, 5)])
def test_options(n_classes, blocks):
    network = BBNN(n_classes=n_classes, blocks=blocks)
    assert network(torch.zeros(2, 1, 40, 33)).shape == (2, n_classes)
    assert len(network.broadcast) == blocks
