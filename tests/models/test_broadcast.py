"""The broadcast network against the figures of its paper (heakl2022, section II)."""

import pytest
import torch

from genrelab.models.broadcast import Broadcast, BroadcastBlock
from genrelab.models.cost import count_parameters


def convolutions(module):
    return [m for m in module.modules() if isinstance(m, torch.nn.Conv2d)]


def test_parameter_counts():
    counts = count_parameters(Broadcast(n_classes=10))
    assert (counts.weights, counts.trainable, counts.total) == (170_282, 178_154, 186_026)


def test_convolutions_of_section_2b():
    """'22 convolution layers (5 are 3x3, and 17 are 1x1)', 544 channels before the transition."""
    network = Broadcast(n_classes=10)
    sizes = [m.kernel_size for m in convolutions(network)]
    assert sizes.count((3, 3)) == 5
    assert sizes.count((1, 1)) == 17
    assert len(sizes) == 22
    assert network.transition[0].in_channels == 544


def test_factorised_convolutions():
    """Each block's 3x3 (9,248 parameters) becomes 3x1 and 1x3 (3,104 each); the stem stays."""
    network = Broadcast(n_classes=10, factorised=True)
    assert count_parameters(network).weights == 170_282 - 4 * (9_248 - 2 * 3_104)
    sizes = [m.kernel_size for m in convolutions(network.broadcast)]
    assert (sizes.count((3, 1)), sizes.count((1, 3)), sizes.count((3, 3))) == (4, 4, 0)


@pytest.mark.parametrize("factorised", [False, True])
def test_a_block_sees_one_position_around_it(factorised):
    """In every direction, the diagonal included, and its own branches alone are added."""
    torch.manual_seed(0)
    block = BroadcastBlock(2, 3, factorised=factorised).eval()
    x = torch.randn(1, 2, 7, 7)
    moved = x.clone()
    moved[0, :, 3, 3] += 10.0
    with torch.no_grad():
        changed = (block(moved) != block(x)).any(dim=1)[0]
    rows, columns = changed.nonzero().T
    assert {rows.min().item(), rows.max().item()} == {2, 4}
    assert {columns.min().item(), columns.max().item()} == {2, 4}
    assert changed[2, 2]
    assert block(x).shape == (1, 2 + 4 * 3, 7, 7)
    assert torch.equal(block(x)[:, :2], x)


def test_the_second_branch_ends_in_relu():
    torch.manual_seed(0)
    block = BroadcastBlock(4, 8).eval()
    with torch.no_grad():
        first, second = block(torch.randn(2, 4, 9, 9))[:, 4:20].split(8, dim=1)
    assert first.min() < 0
    assert second.min() == 0


def test_lecun_normal_weights():
    """Deviation 1 / sqrt(fan_in), none beyond two deviations of the uncut distribution."""
    torch.manual_seed(0)
    weight = Broadcast(n_classes=10).transition[0].weight
    assert weight.std().item() == pytest.approx(544**-0.5, rel=0.03)
    assert weight.abs().max().item() <= 2 * 544**-0.5 / 0.8796


def test_transition_takes_the_loudest():
    """Table 1 of BBNN has average pooling in its place."""
    network = Broadcast(n_classes=3, blocks=1, width=2)
    x = torch.tensor([[[[1.0, 5.0], [2.0, 3.0]]]])
    assert network.transition[3](x).item() == 5.0
