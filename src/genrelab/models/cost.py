"""What a model costs: parameters and multiply-adds, counted on the model itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode


@dataclass(frozen=True)
class Parameters:
    """Parameter counts of a torch module.

    Parameters
    ----------
    weights
        In convolution, dense and recurrent layers, biases included: what papers count.
    trainable
        With the scale and shift of normalisation layers.
    total
        With running statistics too: what a weights file holds.
    """

    weights: int
    trainable: int
    total: int


def count_parameters(module: nn.Module) -> Parameters:
    """Count a module's parameters; batch counters of normalisation layers are left out."""
    trainable = sum(p.numel() for p in module.parameters() if p.requires_grad)
    frozen = sum(p.numel() for p in module.parameters() if not p.requires_grad)
    norms = sum(
        p.numel()
        for m in module.modules()
        if isinstance(m, (nn.modules.batchnorm._BatchNorm, nn.GroupNorm, nn.LayerNorm))
        for p in m.parameters(recurse=False)
    )
    statistics = sum(b.numel() for b in module.buffers() if b.is_floating_point())
    return Parameters(trainable + frozen - norms, trainable, trainable + frozen + statistics)


def count_multiply_adds(module: Any, n_bins: int, n_frames: int) -> int:
    """Count the multiply-adds of one input ``(1, 1, bins, frames)`` in evaluation mode."""
    was_training = module.training
    module.eval()
    counter = FlopCounterMode(
        display=False, custom_mapping={torch.ops.aten.mkldnn_rnn_layer: _lstm_flops}
    )
    with counter, torch.no_grad():
        module(torch.zeros(1, 1, n_bins, n_frames))
    module.train(was_training)
    return int(counter.get_total_flops()) // 2


def _lstm_flops(
    x: torch.Size, to_input: torch.Size, to_state: torch.Size, *_: Any, **__: Any
) -> int:
    """Count an LSTM layer in one direction, which torch runs as one operation on the CPU.

    Each frame of each input goes through both weight matrices, ``(4 * units, features)`` and
    ``(4 * units, units)``; a multiply-add is two operations.
    """
    return 2 * x[0] * x[1] * (to_input.numel() + to_state.numel())
