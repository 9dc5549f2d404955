"""VGG-16 against the published layout of torchvision's ``vgg16`` and asgharivaskasi, 4.3."""

import pytest
import torch

from genrelab.models.cost import count_multiply_adds, count_parameters
from genrelab.models.vgg import VGG16

#: Position in ``features`` and filters of each convolution in torchvision's file.
PUBLISHED = {
    0: 64, 2: 64,
    5: 128, 7: 128,
    10: 256, 12: 256, 14: 256,
    17: 512, 19: 512, 21: 512,
    24: 512, 26: 512, 28: 512,
}  # fmt: skip


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    return VGG16(10).eval()


def test_names_and_shapes_are_those_of_the_published_file(network):
    expected, channels = {}, 3
    for position, filters in PUBLISHED.items():
        expected[f"features.{position}.weight"] = (filters, channels, 3, 3)
        expected[f"features.{position}.bias"] = (filters,)
        channels = filters
    found = {k: tuple(v.shape) for k, v in network.state_dict().items()}
    assert {k: v for k, v in found.items() if not k.startswith("head.")} == expected


def test_parameter_counts(network):
    assert count_parameters(network.features).weights == 14_714_688
    dense = [(512, 256), (256, 128), (128, 64), (64, 10)]
    assert count_parameters(network.head).weights == sum((a + 1) * b for a, b in dense)


def test_multiply_adds_of_a_picture(network):
    """torchvision states 15.47 G for 224 x 224, of which 123,633,664 are in its dense layers.

    A 49th of the picture is a 49th of the convolutions' work.
    """
    convolutions = (15_470_264_320 - 123_633_664) // 49
    dense = 512 * 256 + 256 * 128 + 128 * 64 + 64 * 10
    assert count_multiply_adds(network, 32, 32) == convolutions + dense


def test_five_poolings_halve_the_map(network):
    with torch.no_grad():
        assert network.features(torch.zeros(1, 3, 64, 97)).shape == (1, 512, 2, 3)


def test_a_gain_does_not_matter(network):
    """A picture has no loudness: asgharivaskasi paints spectrograms."""
    x = 10 * torch.randn(2, 1, 40, 33) - 40
    with torch.no_grad():
        torch.testing.assert_close(network(x), network(x + 20), rtol=1e-3, atol=1e-4)
