"""Variants of BBNN, each named by its difference (heakl2022, section III-E, Table III).

Here are the variants that keep BBNN's Inception blocks or change them a little; those with blocks
of another scheme are in :mod:`genrelab.models.bbnn_schemes`. Label smoothing (III-E.8) is training:
a recipe. All else is BBNN's, initialisation included. The authors published code for two of the
variants (squeeze and excitation, Xception); what the text leaves open elsewhere is settled beside
the variant.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from genrelab.errors import ModelError
from genrelab.models.bbnn import (
    BBNN,
    BN_EPS,
    BN_MOMENTUM,
    InceptionBlock,
    batch_norm,
    bn_relu_conv,
    glorot_init,
)
from genrelab.models.registry import register

#: Channels that group normalisation takes together (III-E.7).
GROUP = 16


def variant(
    name: str, section: int, summary: str, *, min_frames: int = 8
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a variant of BBNN; ``section`` counts within III-E."""
    return register(
        name,
        "neural",
        source=f"heakl2022, III-E.{section}, Table III",
        summary=f"BBNN with {summary}",
        front_end={"name": "log_mel"},
        min_frames=min_frames,
    )


def replace_all(network: nn.Module, old: type[nn.Module], new: Callable[[Any], nn.Module]) -> None:
    """Put ``new(layer)`` in the place of every layer of the class ``old``."""
    for name, layer in network.named_children():
        if isinstance(layer, old):
            setattr(network, name, new(layer))
        else:
            replace_all(layer, old, new)


# 1, 2: the filters of the Inception block ---------------------------------------------------------


class No3x3Block(InceptionBlock):
    """The Inception block whose 3x3 branch ends before its 3x3 convolution.

    The 1x1 convolution in front of it stays, and so do the channels that leave the block: so the
    paper's count says. The three 3x3 convolutions have 27,744 parameters, which is what it gives;
    without the whole branches the network would lose 55,488.
    """

    def __init__(self, channels_in: int, growth: int = 32) -> None:
        super().__init__(channels_in, growth)
        self.branch3x3 = nn.Sequential(
            bn_relu_conv(channels_in, growth, 1), batch_norm(growth), nn.ReLU()
        )


@variant("bbnn_no_3x3", 1, "no 3x3 convolutions in its blocks")
class BBNNNo3x3(BBNN):
    """BBNN without the 3x3 convolutions of its blocks."""

    Block = No3x3Block


class Two3x3Block(InceptionBlock):
    """The Inception block with a 3x3 convolution in place of the 5x5."""

    def __init__(self, channels_in: int, growth: int = 32) -> None:
        super().__init__(channels_in, growth)
        self.branch5x5 = nn.Sequential(
            bn_relu_conv(channels_in, growth, 1), bn_relu_conv(growth, growth, 3)
        )


@variant("bbnn_3x3_for_5x5", 2, "3x3 in place of 5x5 convolutions")
class BBNN3x3For5x5(BBNN):
    """BBNN with 3x3 convolutions in place of 5x5."""

    Block = Two3x3Block


# 3, 4: the decision layers ------------------------------------------------------------------------


@variant("bbnn_max_pool", 3, "global max pooling in place of global average pooling")
def bbnn_max_pool(
    n_classes: int, *, blocks: int = 3, width: int = 32, bn_momentum: float = BN_MOMENTUM
) -> BBNN:
    """Return BBNN whose decision layers see the maximum of each feature map."""
    network = BBNN(n_classes, blocks, width, bn_momentum)
    network.decision[2] = nn.AdaptiveMaxPool2d(1)
    return network


@variant("bbnn_dropout", 4, "dropout before the dense layer")
def bbnn_dropout(
    n_classes: int,
    *,
    blocks: int = 3,
    width: int = 32,
    bn_momentum: float = BN_MOMENTUM,
    keep: float = 0.6,
) -> BBNN:
    """Return BBNN that drops features before its dense layer; ``keep`` is the share that stays."""
    if not 0 < keep <= 1:
        raise ModelError(f"keep must be above 0 and at most 1, not {keep}.")
    network = BBNN(n_classes, blocks, width, bn_momentum)
    network.decision.insert(4, nn.Dropout(1 - keep))
    return network


# 5: the number of blocks --------------------------------------------------------------------------


@variant("bbnn_1_block", 5, "one Inception block")
def bbnn_1_block(n_classes: int, *, width: int = 32, bn_momentum: float = BN_MOMENTUM) -> BBNN:
    """Return BBNN of one block."""
    return BBNN(n_classes, 1, width, bn_momentum)


@variant("bbnn_2_blocks", 5, "two Inception blocks")
def bbnn_2_blocks(n_classes: int, *, width: int = 32, bn_momentum: float = BN_MOMENTUM) -> BBNN:
    """Return BBNN of two blocks."""
    return BBNN(n_classes, 2, width, bn_momentum)


@variant("bbnn_5_blocks", 5, "five Inception blocks")
def bbnn_5_blocks(n_classes: int, *, width: int = 32, bn_momentum: float = BN_MOMENTUM) -> BBNN:
    """Return BBNN of five blocks."""
    return BBNN(n_classes, 5, width, bn_momentum)


# 6, 7: activation and normalisation ---------------------------------------------------------------


@variant("bbnn_selu", 6, "SELU in place of ReLU")
def bbnn_selu(
    n_classes: int, *, blocks: int = 3, width: int = 32, bn_momentum: float = BN_MOMENTUM
) -> BBNN:
    """Return BBNN with SELU wherever it has ReLU.

    Batch normalisation and Glorot's weights stay, since the text changes the activation alone.
    """
    network = BBNN(n_classes, blocks, width, bn_momentum)
    replace_all(network, nn.ReLU, lambda _: nn.SELU())
    return network


@variant("bbnn_group_norm", 7, "group in place of batch normalisation, 16 channels a group")
def bbnn_group_norm(n_classes: int, *, blocks: int = 3, width: int = 32) -> BBNN:
    """Return BBNN with group normalisation wherever it has batch normalisation.

    ``width`` must be a multiple of 16, so that all layers divide into groups. ``eps`` stays.
    """
    if width % GROUP:
        raise ModelError(f"width must be a multiple of the {GROUP} channels a group, not {width}.")
    network = BBNN(n_classes, blocks, width)
    replace_all(
        network,
        nn.BatchNorm2d,
        lambda norm: nn.GroupNorm(norm.num_features // GROUP, norm.num_features, eps=BN_EPS),
    )
    return network


# 9: squeeze and excitation ------------------------------------------------------------------------


class ExcitedBlock(nn.Module):
    """A block whose new channels are each scaled by a gate (Figure 4a).

    Hu, Shen and Sun (2018), section 3: all maps squeezed to one number each, two dense layers with
    a bottleneck between them, a sigmoid. What the block only hands on, its input, is not scaled:
    so the authors' code, where the gate comes before the concatenation.
    """

    def __init__(self, block: InceptionBlock, channels_in: int, *, ratio: int, pooling: str):
        super().__init__()
        channels = block.channels_out - channels_in
        squeeze: dict[str, type[nn.Module]] = {
            "average": nn.AdaptiveAvgPool2d,
            "max": nn.AdaptiveMaxPool2d,
        }
        if pooling not in squeeze:
            raise ModelError(f"pooling must be average or max, not {pooling!r}.")
        if not 1 <= ratio <= channels:
            raise ModelError(f"ratio must be from 1 to {channels}, not {ratio}.")
        self.block = block
        self.gate = nn.Sequential(
            squeeze[pooling](1),
            nn.Flatten(),
            nn.Linear(channels, channels // ratio),
            nn.ReLU(),
            nn.Linear(channels // ratio, channels),
            nn.Sigmoid(),
        ).apply(glorot_init)

    def forward(self, x: Tensor) -> Tensor:
        """``(batch, channels_in, bins, frames)`` to ``(batch, channels_out, bins, frames)``."""
        new = self.block(x)[:, x.shape[1] :]  # (batch, 128, bins, frames)
        gate = self.gate(new)[:, :, None, None]  # (batch, 128, 1, 1)
        return torch.cat([x, new * gate], dim=1)


@variant("bbnn_se", 9, "squeeze and excitation after every block")
def bbnn_se(
    n_classes: int,
    *,
    blocks: int = 3,
    width: int = 32,
    bn_momentum: float = BN_MOMENTUM,
    ratio: int = 4,
    pooling: str = "average",
) -> BBNN:
    """Return BBNN with squeeze and excitation after every block.

    ``ratio`` divides the channels of the bottleneck; ``pooling``, ``"average"`` or ``"max"``, is
    how a map is squeezed. The defaults are the paper's 4 and the average of the article it cites;
    the authors' code has 8 and ``"max"``.
    """
    network = BBNN(n_classes, blocks, width, bn_momentum)
    channels = width
    for i, block in enumerate(network.broadcast):
        assert isinstance(block, InceptionBlock)
        network.broadcast[i] = ExcitedBlock(block, channels, ratio=ratio, pooling=pooling)
        channels = block.channels_out
    return network


# 10: an LSTM in the block -------------------------------------------------------------------------


class LSTMOverFrames(nn.Module):
    """An LSTM along the frames of every bin by itself, the same for all bins."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.lstm = nn.LSTM(channels, channels, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        """``(batch, channels, bins, frames)`` to the same shape."""
        batch, channels, bins, frames = x.shape
        sequences = x.permute(0, 2, 3, 1).reshape(batch * bins, frames, channels)
        states, _ = self.lstm(sequences)  # (batch * bins, frames, channels)
        maps: Tensor = states.reshape(batch, bins, frames, channels).permute(0, 3, 1, 2)
        return maps


class LSTMBlock(InceptionBlock):
    """The Inception block with a fifth branch: a 1x1 convolution, then an LSTM (Figure 4b)."""

    def __init__(self, channels_in: int, growth: int = 32) -> None:
        super().__init__(channels_in, growth)
        self.branch_lstm = nn.Sequential(
            bn_relu_conv(channels_in, growth, 1), LSTMOverFrames(growth)
        )
        self.channels_out += growth


@variant("bbnn_lstm", 10, "an LSTM along time as fifth branch of every block")
class BBNNLSTM(BBNN):
    """BBNN with an LSTM in every block as extractor of temporal features.

    The text says that the LSTM is embedded into the module and that it adds filters: a branch of
    its own, with as many filters as the others and a 1x1 convolution in front as they have. It runs
    along the frames of each bin with weights shared by all bins, so that any number of bins will
    do, and forwards only. The LSTM's weights are drawn as torch draws them, with two bias vectors
    where Keras has one.
    """

    Block = LSTMBlock
