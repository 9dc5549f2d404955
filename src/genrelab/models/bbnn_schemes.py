"""BBNN with blocks of other Inception schemes (heakl2022, III-E.11 and 12, Figure 5, Table III)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from genrelab.models.bbnn import (
    BBNN,
    BN_MOMENTUM,
    BranchedBlock,
    batch_norm,
    bn_relu_conv,
    glorot_init,
    set_bn_momentum,
)
from genrelab.models.bbnn_variants import variant

# 11: Inception-ResNet-v1 --------------------------------------------------------------------------

#: A branch, as the kernels ``(bins, frames)`` of its convolutions.
Branch = Sequence[tuple[int, int]]
#: The branches of blocks A, B and C: Szegedy et al. (2017), Figures 10, 11 and 13.
BLOCK_A: Sequence[Branch] = [[(1, 1)], [(1, 1), (3, 3)], [(1, 1), (3, 3), (3, 3)]]
BLOCK_B: Sequence[Branch] = [[(1, 1)], [(1, 1), (1, 7), (7, 1)]]
BLOCK_C: Sequence[Branch] = [[(1, 1)], [(1, 1), (1, 3), (3, 1)]]
#: Filters of the stem's convolutions: three eighths of those in its Figure 14.
STEM = (12, 12, 24, 30, 72, 96)


def conv_bn_relu(
    channels_in: int, channels_out: int, kernel: int, *, stride: int = 1
) -> nn.Sequential:
    """Return convolution, normalisation, ReLU: a convolution of the stem."""
    return nn.Sequential(
        nn.Conv2d(channels_in, channels_out, kernel, stride=stride, padding=kernel // 2),
        batch_norm(channels_out),
        nn.ReLU(),
    )


def resnet_stem() -> nn.Sequential:
    """Return the stem: ``(batch, 1, bins, frames)`` to ``(batch, 96, bins / 8, frames / 8)``."""
    return nn.Sequential(
        conv_bn_relu(1, STEM[0], 3, stride=2),
        conv_bn_relu(STEM[0], STEM[1], 3),
        conv_bn_relu(STEM[1], STEM[2], 3),
        nn.MaxPool2d(3, stride=2, padding=1),
        conv_bn_relu(STEM[2], STEM[3], 1),
        conv_bn_relu(STEM[3], STEM[4], 3),
        conv_bn_relu(STEM[4], STEM[5], 3, stride=2),
    )


class ResidualBlock(nn.Module):
    """Branches, a 1x1 convolution over all of them, and the input added; BN-ReLU before each."""

    def __init__(self, channels: int, branches: Sequence[Branch], *, width: int = 32) -> None:
        super().__init__()
        self.branches = nn.ModuleList(
            self._branch(channels, kernels, width) for kernels in branches
        )
        self.expand = bn_relu_conv(len(branches) * width, channels, 1)

    @staticmethod
    def _branch(channels: int, kernels: Branch, width: int) -> nn.Sequential:
        layers: list[nn.Module] = []
        for bins, frames in kernels:
            padding = (bins // 2, frames // 2)
            convolution = nn.Conv2d(channels, width, (bins, frames), padding=padding)
            layers += [batch_norm(channels), nn.ReLU(), convolution]
            channels = width
        return nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        """``(batch, channels, bins, frames)`` to the same shape."""
        joined = torch.cat([branch(x) for branch in self.branches], dim=1)
        y: Tensor = x + self.expand(joined)
        return y


@variant("bbnn_inception_resnet", 11, "the stem and blocks of Inception-ResNet-v1", min_frames=9)
def bbnn_inception_resnet(n_classes: int, *, bn_momentum: float = BN_MOMENTUM) -> BBNN:
    """Return BBNN with the stem of Inception-ResNet-v1 and its blocks A, B and C.

    "Corresponding" blocks are read as A, B and C for BBNN's first, second and third. No code of the
    variant is public, and in the sizes of its source the stem alone has three times BBNN's
    parameters. For the "similar space" of the text, convolutions in blocks have BBNN's 32 filters
    and the stem three eighths of its own: 181,916 parameters beside BBNN's 180,458. There is no
    scaling of activations and no block that reduces dimensions, which the text counts among what
    only large models have. The stem is padded to 'same' size, for short inputs: from 9 bins and 9
    frames on.
    """
    network = BBNN(n_classes, blocks=0)
    network.shallow = resnet_stem()
    network.broadcast = nn.Sequential(
        *(ResidualBlock(STEM[-1], branches) for branches in (BLOCK_A, BLOCK_B, BLOCK_C))
    )
    network.transition = nn.Sequential(bn_relu_conv(STEM[-1], 32, 1), nn.AvgPool2d(2))
    network.apply(glorot_init)
    set_bn_momentum(network, bn_momentum)
    return network


# 12: Xception -------------------------------------------------------------------------------------


class SeparableBlock(BranchedBlock):
    """One branch: BN, ReLU and a separable 3x3 convolution with the filters of four branches.

    The "residual connections" of the text are concatenations in the authors' code.
    """

    def __init__(self, channels_in: int, growth: int = 32) -> None:
        super().__init__(channels_in, 4 * growth)
        self.separable = nn.Sequential(
            batch_norm(channels_in),
            nn.ReLU(),
            nn.Conv2d(channels_in, channels_in, 3, padding=1, groups=channels_in, bias=False),
            nn.Conv2d(channels_in, 4 * growth, 1),
        )


@variant("bbnn_xception", 12, "separable convolutions in place of Inception blocks")
class BBNNXception(BBNN):
    """BBNN with four separable convolutions in place of its three Inception blocks.

    As the authors' code has it, the transition is that of their own network: convolution,
    normalisation, ReLU, max pooling. With 10 classes 141,354 parameters in convolutions and the
    dense layer, 143,338 trainable ones, 145,322 with the running statistics: their summary's.
    """

    Block = SeparableBlock

    def __init__(
        self,
        n_classes: int,
        blocks: int = 4,
        width: int = 32,
        bn_momentum: float = BN_MOMENTUM,
    ) -> None:
        super().__init__(n_classes, blocks, width, bn_momentum)
        self.transition = nn.Sequential(
            nn.Conv2d(width + blocks * 4 * width, width, 1),
            batch_norm(width),
            nn.ReLU(),
            nn.MaxPool2d(2),
        ).apply(glorot_init)
        set_bn_momentum(self, bn_momentum)
