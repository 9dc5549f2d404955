"""BBNN, the Bottom-up Broadcast Neural Network (liu2021, sections 2.1 and 2.2, Figure 2, Table 1).

Four parts: shallow layers (SL), the Broadcast Module (BM) of Inception blocks under dense
connectivity, transition layers (TL) and decision layers (DL).

Where the paper and its authors' code differ, this is the code: pooling in the Inception blocks
has stride 1 and the transition pools by averaging. Table 1 writes inputs as ``frames x bins``;
here they are ``(bins, frames)``.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from genrelab.models.registry import register

#: Keras' defaults, which the authors left alone; 0.99 there is 0.01 in torch's sense.
BN_EPS = 1e-3
BN_MOMENTUM = 0.01


def batch_norm(channels: int) -> nn.BatchNorm2d:
    """Return a batch normalisation as Keras makes it."""
    return nn.BatchNorm2d(channels, eps=BN_EPS, momentum=BN_MOMENTUM)


def set_bn_momentum(network: nn.Module, momentum: float) -> None:
    """Let the running statistics of a whole network follow faster or slower."""
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = momentum


def bn_relu_conv(channels_in: int, channels_out: int, kernel: int) -> nn.Sequential:
    """Return the sequence that Table 1 calls a convolution layer: BN-ReLU-Conv, 'same' size."""
    return nn.Sequential(
        batch_norm(channels_in),
        nn.ReLU(),
        nn.Conv2d(channels_in, channels_out, kernel, padding=kernel // 2),
    )


def glorot_init(module: nn.Module) -> None:
    """Glorot-uniform weights and zero biases, Keras' defaults, for one layer."""
    if isinstance(module, (nn.Conv2d, nn.Linear)):
        nn.init.xavier_uniform_(module.weight)
        if module.bias is not None:
            nn.init.zeros_(module.bias)


class BranchedBlock(nn.Module):
    """Branches over the same input; gives the input with their outputs behind it.

    Every child is a branch, in the order in which a subclass names them.

    Parameters
    ----------
    channels_in
        Of the input.
    channels_new
        Of all branches together.
    """

    def __init__(self, channels_in: int, channels_new: int) -> None:
        super().__init__()
        self.channels_out = channels_in + channels_new

    def forward(self, x: Tensor) -> Tensor:
        """``(batch, channels_in, bins, frames)`` to ``(batch, channels_out, bins, frames)``."""
        return torch.cat([x, *(branch(x) for branch in self.children())], dim=1)


class InceptionBlock(BranchedBlock):
    """The four branches of Figure 2."""

    def __init__(self, channels_in: int, growth: int = 32) -> None:
        super().__init__(channels_in, 4 * growth)
        self.branch1x1 = bn_relu_conv(channels_in, growth, 1)
        self.branch3x3 = nn.Sequential(
            bn_relu_conv(channels_in, growth, 1), bn_relu_conv(growth, growth, 3)
        )
        self.branch5x5 = nn.Sequential(
            bn_relu_conv(channels_in, growth, 1), bn_relu_conv(growth, growth, 5)
        )
        self.branch_pool = nn.Sequential(
            nn.MaxPool2d(3, stride=1, padding=1), bn_relu_conv(channels_in, growth, 1)
        )


@register(
    "bbnn",
    "neural",
    source="liu2021, 2.1-2.2, Figure 2, Table 1",
    summary="Inception blocks under dense connectivity, global average pooling",
    front_end={"name": "log_mel"},
    min_frames=8,
)
class BBNN(nn.Module):
    """The Bottom-up Broadcast Neural Network.

    Parameters
    ----------
    n_classes
        Number of genres.
    blocks
        Inception blocks in the Broadcast Module; 3 in the paper.
    width
        Filters of every convolution; 32 in the paper.
    bn_momentum
        How fast the running statistics follow. The authors' 0.01 needs thousands of steps before
        they are of use; with a few hundred, take 0.1.

    Notes
    -----
    Takes ``(batch, 1, bins, frames)`` with any number of bins from 2 and frames from 8 on, and
    gives logits ``(batch, classes)``. With 10 classes: 180,458 parameters in convolutions and the
    dense layer, 185,642 trainable ones, 190,826 with the running statistics.

    Examples
    --------
    >>> BBNN(10)(torch.zeros(2, 1, 128, 647)).shape
    torch.Size([2, 10])
    """

    #: What the Broadcast Module is made of; called with the channels that enter and ``width``.
    Block: Callable[[int, int], BranchedBlock] = InceptionBlock

    def __init__(
        self,
        n_classes: int,
        blocks: int = 3,
        width: int = 32,
        bn_momentum: float = BN_MOMENTUM,
    ) -> None:
        super().__init__()
        self.n_classes = n_classes
        self.shallow = nn.Sequential(
            nn.Conv2d(1, width, 3, padding=1),
            batch_norm(width),
            nn.ReLU(),
            nn.MaxPool2d((1, 4)),  # the loudest of four frames, each bin by itself
        )
        broadcast = []
        channels = width
        for _ in range(blocks):
            block = self.Block(channels, width)
            broadcast.append(block)
            channels = block.channels_out
        self.broadcast = nn.Sequential(*broadcast)
        self.transition = nn.Sequential(bn_relu_conv(channels, width, 1), nn.AvgPool2d(2))
        self.decision = nn.Sequential(
            batch_norm(width),
            nn.ReLU(),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(width, n_classes),
        )
        self.apply(glorot_init)
        set_bn_momentum(self, bn_momentum)

    def forward(self, x: Tensor) -> Tensor:
        """``(batch, 1, bins, frames)`` to logits ``(batch, classes)``."""
        x = self.shallow(x)  # (batch, 32, bins, frames / 4)
        x = self.broadcast(x)  # (batch, 416, bins, frames / 4)
        x = self.transition(x)  # (batch, 32, bins / 2, frames / 8)
        logits: Tensor = self.decision(x)
        return logits
