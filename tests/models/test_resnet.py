"""ResNet-18 and -34 against the published figures and layout of torchvision's."""

import pytest
import torch

from genrelab import models
from genrelab.errors import ModelError
from genrelab.models.cost import count_multiply_adds, count_parameters
from genrelab.models.resnet import STAGES, ResNet

#: Parameters with 1000 classes and three channels, as torchvision states them.
PUBLISHED = {"resnet18": 11_689_512, "resnet34": 21_797_672}
BLOCKS = {"resnet18": (2, 2, 2, 2), "resnet34": (3, 4, 6, 3)}


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


def norm(name, channels):
    parts = ("weight", "bias", "running_mean", "running_var")
    return {
        **{f"{name}.{part}": (channels,) for part in parts},
        f"{name}.num_batches_tracked": (),
    }


def layout(blocks, channels_in=3, n_classes=1000):
    """Names and shapes of torchvision's file."""
    expected = {"conv1.weight": (64, channels_in, 7, 7), **norm("bn1", 64)}
    channels = 64
    for stage, (n, width) in enumerate(zip(blocks, (64, 128, 256, 512), strict=True), start=1):
        for block in range(n):
            at = f"layer{stage}.{block}"
            expected |= {f"{at}.conv1.weight": (width, channels, 3, 3), **norm(f"{at}.bn1", width)}
            expected |= {f"{at}.conv2.weight": (width, width, 3, 3), **norm(f"{at}.bn2", width)}
            if block == 0 and stage > 1:
                expected |= {f"{at}.downsample.0.weight": (width, channels, 1, 1)}
                expected |= norm(f"{at}.downsample.1", width)
            channels = width
    return expected | {"fc.weight": (n_classes, 512), "fc.bias": (n_classes,)}


@pytest.mark.parametrize("name", PUBLISHED)
def test_parameters_names_and_shapes_are_those_of_the_published_file(name):
    network = ResNet(1000, STAGES[name], channels_in=3)
    assert count_parameters(network).trainable == PUBLISHED[name]
    found = {k: tuple(v.shape) for k, v in network.state_dict().items()}
    assert found == layout(BLOCKS[name])


def test_resnet18_takes_decibels_and_resnet34_a_picture():
    assert models.create("resnet18", n_classes=10).conv1.weight.shape[1] == 1
    network = models.create("resnet34", n_classes=10).eval()
    assert network.conv1.weight.shape[1] == 3
    x = 10 * torch.randn(2, 1, 32, 32) - 40
    with torch.no_grad():  # a picture has no loudness
        torch.testing.assert_close(network(x), network(x + 20), rtol=1e-3, atol=1e-4)


def test_multiply_adds_of_a_picture():
    """torchvision states 1.814 G for 224 x 224; a 49th of it has a 49th of the convolutions."""
    network = ResNet(1000, STAGES["resnet18"], channels_in=3)
    convolutions = 1_814_073_344 - 512_000
    assert count_multiply_adds_of_three(network) == convolutions // 49 + 512_000


def count_multiply_adds_of_three(network):
    class OfThree(torch.nn.Module):
        def forward(self, x):
            return network(x.expand(1, 3, -1, -1))

    network.eval()
    return count_multiply_adds(OfThree(), 32, 32)


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_file_of_the_published_layout_fills_all_but_the_dense_layer(name, tmp_path):
    drawn = {
        k: torch.full(shape, 1.0 + n) if shape else torch.tensor(n)
        for n, (k, shape) in enumerate(layout(BLOCKS[name]).items())
    }
    path = tmp_path / f"{name}.pth"
    torch.save(drawn, path)
    network = models.create(name, n_classes=7, weights=str(path))
    state = network.state_dict()
    assert network.fc.weight.shape == (7, 512)
    kept = {k for k in drawn if not k.startswith("fc.")}
    assert kept == {k for k in state if not k.startswith("fc.")}
    assert all(torch.equal(state[k], drawn[k]) for k in kept)
    other = "resnet34" if name == "resnet18" else "resnet18"
    with pytest.raises(ModelError, match=r"holds (no )?'layer1\.2\.conv1\.weight'"):
        models.create(other, n_classes=7, weights=str(path))
