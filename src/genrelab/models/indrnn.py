"""IndRNN, the independently recurrent network (engelkes2023, section 4, Figures 7 and 9).

``h[t] = relu(W x[t] + b + u * h[t-1])``: a unit has one recurrent weight and sees no state but its
own; units meet in the next layer. The cell is of Li et al., "Independently Recurrent Neural
Network (IndRNN): Building A Longer and Deeper RNN" (2018), sections 3 to 5; Wu et al. (2018), whom
engelkes2023 reports, used it for genres and published neither sizes nor code.

Settled here: four layers, since depth is where units meet, and four are still smaller and quicker
than two layers of LSTM; batch normalisation at the input and after each layer, over batch and
time together. ``u`` is drawn from (0, 1) and held to ``|u| <= 2 ** (1 / frames)``, so that a state
at most doubles over the whole input: each forward pass clamps it, and in training the parameter
itself is put back to the bound, where it has a gradient, instead of lying dead beyond it.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from genrelab.models.recurrent import RecurrentNetwork, check_size
from genrelab.models.registry import register

#: How much a state may grow over a whole input by its recurrent weight; Li et al., section 4.
GROWTH = 2.0


class IndependentRecurrence(torch.autograd.Function):
    """``h[t] = relu(a[t] + u * h[t-1])`` with a backward pass written by hand.

    Two operations a step and way, in place, on memory that is allocated once: autograd over the
    same loop would keep an intermediate and make a node for each of them.
    """

    @staticmethod
    def forward(ctx: Any, a: Tensor, u: Tensor) -> Tensor:
        """Take inputs ``(frames, batch, units)`` and weights ``(units,)``; return all states."""
        h = torch.empty_like(a, memory_format=torch.contiguous_format)
        states, inputs = h.unbind(0), a.unbind(0)
        torch.clamp(inputs[0], min=0, out=states[0])
        for before, now, x in zip(states[:-1], states[1:], inputs[1:], strict=True):
            torch.addcmul(x, u, before, out=now)
            now.relu_()
        ctx.save_for_backward(h, u)
        return h

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor]:
        """Go through time backwards: ``d[t] = (grad[t] + u * d[t+1])`` where ``h[t] > 0``."""
        h, u = ctx.saved_tensors
        active = (h > 0).to(h.dtype)
        d = torch.empty_like(h)
        deltas, masks, grads = d.unbind(0)[::-1], active.unbind(0)[::-1], grad.unbind(0)[::-1]
        torch.mul(grads[0], masks[0], out=deltas[0])
        for after, now, g, mask in zip(deltas[:-1], deltas[1:], grads[1:], masks[1:], strict=True):
            torch.addcmul(g, u, after, out=now)
            now.mul_(mask)
        return d, (d[1:] * h[:-1]).sum(dim=(0, 1))


class IndRNNLayer(nn.Module):
    """One layer of independently recurrent units and the batch normalisation behind it.

    Parameters
    ----------
    features
        Numbers a time step.
    units
        Units of the layer.
    """

    def __init__(self, features: int, units: int) -> None:
        super().__init__()
        self.input = nn.Linear(features, units)
        self.recurrent = nn.Parameter(torch.rand(units))
        self.norm = nn.BatchNorm1d(units)

    def forward(self, x: Tensor) -> Tensor:
        """``(frames, batch, features)`` to ``(frames, batch, units)``."""
        h = self._exportable(x) if torch.onnx.is_in_onnx_export() else self.states(x)
        normalised: Tensor = self.norm(h.flatten(0, 1)).view_as(h)
        return normalised

    def states(self, x: Tensor) -> Tensor:
        """Return the states before normalisation, ``(frames, batch, units)``."""
        bound = GROWTH ** (1 / x.shape[0])
        if self.training:
            with torch.no_grad():
                self.recurrent.clamp_(-bound, bound)
        u = self.recurrent.clamp(-bound, bound)
        # One product for all frames; what is left to the loop is elementwise. Under mixed
        # precision the product is in half, the recurrence is not: errors would add up.
        states: Tensor = IndependentRecurrence.apply(self.input(x).to(u.dtype), u)  # type: ignore[no-untyped-call]
        return states

    def _exportable(self, x: Tensor) -> Tensor:
        """Return the states by ONNX's own operator, a full matrix that is zero off the diagonal.

        ONNX Runtime computes it several times faster than a loop over elementwise operations.
        """
        # The number of frames as a tensor: as a Python number, the example's would be frozen.
        bound = torch.pow(GROWTH, 1 / torch.ones_like(x[:, 0, 0]).sum())
        u = torch.minimum(torch.maximum(self.recurrent, -bound), bound)
        units = len(self.recurrent)
        weights = [self.input.weight, u * torch.eye(units), self.input.bias, torch.zeros(units)]
        start = x.new_zeros(1, x.shape[1], units)
        return torch.rnn_relu(x, start, weights, True, 1, 0.0, False, False, False)[0]


@register(
    "indrnn",
    "neural",
    source="engelkes2023, 4, Figures 7 and 9, after Wu et al. (2018); Li et al. (2018)",
    summary="independently recurrent units with ReLU, one recurrent weight each, stacked",
    front_end={"name": "log_mel"},
)
def indrnn(
    n_classes: int,
    n_bins: int,
    units: int = 128,
    layers: int = 4,
    readout: str = "mean",
    dense: int = 0,
    dropout: float = 0.0,
) -> RecurrentNetwork:
    """Make a network of :class:`IndRNNLayer`.

    Parameters
    ----------
    n_classes, n_bins, units, readout, dense, dropout
        As in :class:`~genrelab.models.recurrent.RecurrentNetwork`; ``units`` are each layer's.
    layers
        Recurrent layers, one over the other.

    Examples
    --------
    >>> indrnn(10, 128)(torch.zeros(2, 1, 128, 647)).shape
    torch.Size([2, 10])
    """
    check_size(units, layers)
    sizes = [n_bins] + layers * [units]
    stack = [IndRNNLayer(*pair) for pair in pairwise(sizes)]
    return RecurrentNetwork(
        n_classes,
        n_bins,
        recurrence=nn.Sequential(*stack),
        units=units,
        dense=dense,
        dropout=dropout,
        readout=readout,
    )
