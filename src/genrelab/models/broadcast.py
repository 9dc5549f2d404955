"""The broadcast network with four blocks (heakl2022, section II, Figure 1).

BBNN's four parts with smaller filters and one block more: in each block two 1x1 branches, a 3x3
branch and a pooling branch, all of whose outputs every later block sees.

The paper says that the 3x3 convolutions are factorised into 3x1 and 1x3. Its own count (section
II-B: 22 convolutions, five of them 3x3 and seventeen 1x1, about 180 k parameters) and the authors'
code say that they are not: an option here. Where batch normalisation stands follows from that code:
before every convolution of a block, behind the second 1x1 branch, and behind the convolution of
the transition.
"""

from __future__ import annotations

import math

from torch import Tensor, nn

from genrelab.models.bbnn import (
    BN_MOMENTUM,
    BranchedBlock,
    batch_norm,
    bn_relu_conv,
    set_bn_momentum,
)
from genrelab.models.registry import register

#: Deviation of a normal distribution with unit deviation, cut off at two deviations.
_TRUNCATED_DEVIATION = 0.87962566103423978


def lecun_normal_init(module: nn.Module) -> None:
    """LeCun-normal weights (truncated, deviation ``1 / sqrt(fan_in)``), zero biases."""
    if isinstance(module, (nn.Conv2d, nn.Linear)):
        fan_in = module.weight[0].numel()
        std = 1 / math.sqrt(fan_in) / _TRUNCATED_DEVIATION
        nn.init.trunc_normal_(module.weight, std=std, a=-2 * std, b=2 * std)
        if module.bias is not None:
            nn.init.zeros_(module.bias)


def conv3x3(channels: int, *, factorised: bool) -> nn.Module:
    """Return a 3x3 convolution of 'same' size, or a 3x1 and a 1x3 one in a row."""
    if not factorised:
        return nn.Conv2d(channels, channels, 3, padding=1)
    return nn.Sequential(
        nn.Conv2d(channels, channels, (3, 1), padding=(1, 0)),
        nn.Conv2d(channels, channels, (1, 3), padding=(0, 1)),
    )


class BroadcastBlock(BranchedBlock):
    """The four branches of Figure 1."""

    def __init__(self, channels_in: int, growth: int = 32, *, factorised: bool = False) -> None:
        super().__init__(channels_in, 4 * growth)
        self.branch1x1 = bn_relu_conv(channels_in, growth, 1)
        self.branch1x1_relu = nn.Sequential(
            bn_relu_conv(channels_in, growth, 1), batch_norm(growth), nn.ReLU()
        )
        self.branch3x3 = nn.Sequential(
            bn_relu_conv(channels_in, growth, 1),
            batch_norm(growth),
            nn.ReLU(),
            conv3x3(growth, factorised=factorised),
        )
        self.branch_pool = nn.Sequential(
            nn.MaxPool2d(3, stride=1, padding=1), bn_relu_conv(channels_in, growth, 1)
        )


@register(
    "broadcast",
    "neural",
    source="heakl2022, II, Figure 1",
    summary="four broadcast blocks of 1x1 and 3x3 branches, LeCun normal weights",
    front_end={"name": "log_mel"},
    min_frames=8,
)
class Broadcast(nn.Module):
    """The broadcast network.

    Parameters
    ----------
    n_classes
        Number of genres.
    blocks
        Broadcast blocks; 4 in the paper.
    width
        Filters of every convolution; 32 in the paper.
    factorised
        Whether the blocks' 3x3 convolutions are a 3x1 and a 1x3 one in a row, as the paper says
        (section II-A) and its parameter count denies.
    bn_momentum
        How fast the running statistics follow, as in :class:`~genrelab.models.bbnn.BBNN`.

    Notes
    -----
    Takes ``(batch, 1, bins, frames)`` with any number of bins from 2 and frames from 8 on, and
    gives logits ``(batch, classes)``. With 10 classes: 170,282 parameters in convolutions and the
    dense layer, 178,154 trainable ones, 186,026 with the running statistics.

    Examples
    --------
    >>> import torch
    >>> Broadcast(10)(torch.zeros(2, 1, 128, 647)).shape
    torch.Size([2, 10])
    """

    def __init__(
        self,
        n_classes: int,
        blocks: int = 4,
        width: int = 32,
        factorised: bool = False,
        bn_momentum: float = BN_MOMENTUM,
    ) -> None:
        super().__init__()
        self.n_classes = n_classes
        self.shallow = nn.Sequential(
            nn.Conv2d(1, width, 3, padding=1),
            batch_norm(width),
            nn.ReLU(),
            nn.MaxPool2d((1, 4)),  # as in BBNN: the loudest of four frames
        )
        broadcast = []
        channels = width
        for _ in range(blocks):
            block = BroadcastBlock(channels, width, factorised=factorised)
            broadcast.append(block)
            channels = block.channels_out
        self.broadcast = nn.Sequential(*broadcast)
        self.transition = nn.Sequential(
            nn.Conv2d(channels, width, 1), batch_norm(width), nn.ReLU(), nn.MaxPool2d(2)
        )
        self.decision = nn.Sequential(
            batch_norm(width),
            nn.ReLU(),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(width, n_classes),
        )
        self.apply(lecun_normal_init)
        set_bn_momentum(self, bn_momentum)

    def forward(self, x: Tensor) -> Tensor:
        """``(batch, 1, bins, frames)`` to logits ``(batch, classes)``."""
        x = self.shallow(x)  # (batch, 32, bins, frames / 4)
        x = self.broadcast(x)  # (batch, 544, bins, frames / 4)
        x = self.transition(x)  # (batch, 32, bins / 2, frames / 8)
        logits: Tensor = self.decision(x)
        return logits
