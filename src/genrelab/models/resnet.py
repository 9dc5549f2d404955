"""ResNet-18 and ResNet-34 (He et al., 2016), as lgnet2023 and asgharivaskasi use them.

Parameters have torchvision's names and shapes, so that its published ImageNet weights load.

What the papers leave open is settled so: lgnet2023 (section 3.2, Figure 2) trains ResNet-18 from
scratch on spectrograms; here they are one channel, and batch normalisation of that one channel
comes first: decibels lie far from zero, and with them the sums of the first convolution move so far
in a step that running statistics cannot follow (validation accuracy then falls to chance while the
training accuracy rises). asgharivaskasi (section 4.3) transfers ResNet-34
from pictures; there the spectrogram becomes a picture of three channels (:class:`Picture`), with
ImageNet weights and without. lgnet2023 says that the residual blocks have stride 1 and that
pooling layers reduce the maps between them; its Figure 2 and its name for the network are
ResNet-18's, where the first convolution of each stage does it.
"""

from __future__ import annotations

from torch import Tensor, nn

from genrelab.models.picture import Picture
from genrelab.models.pretrained import load_pretrained
from genrelab.models.registry import register

#: Residual blocks in each of the four stages.
STAGES = {"resnet18": (2, 2, 2, 2), "resnet34": (3, 4, 6, 3)}
#: Channels behind the last stage.
FEATURES = 512


class BasicBlock(nn.Module):
    """Two 3x3 convolutions, each with batch normalisation, and the input added to their output."""

    def __init__(self, channels_in: int, channels_out: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels_in, channels_out, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels_out)
        self.conv2 = nn.Conv2d(channels_out, channels_out, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels_out)
        self.relu = nn.ReLU()
        self.downsample: nn.Module | None = None
        if stride != 1 or channels_in != channels_out:
            self.downsample = nn.Sequential(
                nn.Conv2d(channels_in, channels_out, 1, stride, bias=False),
                nn.BatchNorm2d(channels_out),
            )

    def forward(self, x: Tensor) -> Tensor:
        """``(batch, in, bins, frames)`` to ``(batch, out, bins / stride, frames / stride)``."""
        shortcut = x if self.downsample is None else self.downsample(x)
        x = self.relu(self.bn1(self.conv1(x)))
        x = self.bn2(self.conv2(x))
        added: Tensor = self.relu(x + shortcut)
        return added


class ResNet(nn.Module):
    """Convolution and pooling, four stages of residual blocks, global average, dense layer.

    Parameters
    ----------
    n_classes
        Number of genres; 0 leaves the dense layer out and gives the 512 averages.
    stages
        Residual blocks in each stage.
    channels_in
        Channels of the input.
    """

    def __init__(self, n_classes: int, stages: tuple[int, ...], channels_in: int = 1) -> None:
        super().__init__()
        self.n_classes = n_classes
        self.conv1 = nn.Conv2d(channels_in, 64, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.relu = nn.ReLU()
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        self.layer1 = _stage(64, 64, stages[0], stride=1)
        self.layer2 = _stage(64, 128, stages[1], stride=2)
        self.layer3 = _stage(128, 256, stages[2], stride=2)
        self.layer4 = _stage(256, FEATURES, stages[3], stride=2)
        self.fc = nn.Linear(FEATURES, n_classes) if n_classes else nn.Identity()
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x: Tensor) -> Tensor:
        """``(batch, channels_in, bins, frames)`` to ``(batch, n_classes)``, or ``(batch, 512)``."""
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))  # (batch, 64, bins / 4, frames / 4)
        x = self.layer2(self.layer1(x))  # (batch, 128, bins / 8, frames / 8)
        x = self.layer4(self.layer3(x))  # (batch, 512, bins / 32, frames / 32)
        logits: Tensor = self.fc(x.mean(dim=(2, 3)))
        return logits


def _stage(channels_in: int, channels_out: int, blocks: int, *, stride: int) -> nn.Sequential:
    first = BasicBlock(channels_in, channels_out, stride)
    return nn.Sequential(
        first, *(BasicBlock(channels_out, channels_out) for _ in range(blocks - 1))
    )


class PictureResNet(ResNet):
    """A ResNet on the spectrogram as a picture of three equal channels.

    Parameters
    ----------
    n_classes
        Number of genres.
    name
        A key of :data:`STAGES`.
    weights
        Where all but the dense layer starts: ``"none"`` draws it, ``"imagenet"`` takes the file
        that ``genrelab weights NAME`` fetches, anything else is the path of such a file.
    """

    def __init__(self, n_classes: int, name: str, weights: str = "none") -> None:
        super().__init__(n_classes, STAGES[name], channels_in=3)
        self.picture = Picture()
        load_pretrained(self, weights, name=name)

    def forward(self, x: Tensor) -> Tensor:
        """``(batch, 1, bins, frames)`` to logits ``(batch, classes)``."""
        return super().forward(self.picture(x))


class ResNet18(ResNet):
    """ResNet-18 on one channel of decibels: the backbone of LGNet.

    Parameters
    ----------
    n_classes
        Number of genres; 0 leaves the dense layer out and gives the 512 averages.
    """

    def __init__(self, n_classes: int) -> None:
        super().__init__(n_classes, STAGES["resnet18"])
        self.decibels = nn.BatchNorm2d(1, affine=False)

    def forward(self, x: Tensor) -> Tensor:
        """``(batch, 1, bins, frames)`` to logits ``(batch, classes)``, or ``(batch, 512)``."""
        return super().forward(self.decibels(x))


@register(
    "resnet18",
    "neural",
    source="lgnet2023, 3.2, Figure 2, Table 1",
    summary="ResNet-18 on one channel of decibels, from scratch",
    front_end={"name": "log_mel"},
)
def resnet18(n_classes: int, weights: str = "none") -> ResNet:
    """ResNet-18, from scratch the network that LGNet is measured against.

    Parameters
    ----------
    n_classes
        Number of genres.
    weights
        ``"none"`` gives a :class:`ResNet18`, as in the paper; ``"imagenet"`` or a file gives a
        :class:`PictureResNet`, since the published filters want three channels.

    Examples
    --------
    >>> import torch
    >>> resnet18(10)(torch.zeros(2, 1, 128, 64)).shape
    torch.Size([2, 10])
    """
    if weights == "none":
        return ResNet18(n_classes)
    return PictureResNet(n_classes, "resnet18", weights)


@register(
    "resnet34",
    "neural",
    source="asgharivaskasi, 4.3, Figures 12 and 13, Table 3",
    summary="ResNet-34 on the spectrogram as a picture, from ImageNet weights or from scratch",
    front_end={"name": "log_mel"},
)
def resnet34(n_classes: int, weights: str = "none") -> PictureResNet:
    """ResNet-34 on the spectrogram as a picture, from ImageNet weights or from scratch.

    Parameters
    ----------
    n_classes
        Number of genres.
    weights
        As for :class:`PictureResNet`.

    Examples
    --------
    >>> import torch
    >>> resnet34(10)(torch.zeros(2, 1, 128, 64)).shape
    torch.Size([2, 10])
    """
    return PictureResNet(n_classes, "resnet34", weights)
