"""Skip-RNN: a GRU whose hidden state also reaches k steps ahead (asgharivaskasi, 4.3 and 6).

The paper adds "skip connections for the hidden state of the RNN layer which is propagated during
each time step" and leaves open how the two states meet. Settled here: the cell at step ``t`` gets,
wherever a GRU uses ``h[t-1]``, the mean of ``h[t-1]`` and ``h[t-k]``; a sum would let states grow
without bound, as the update gate passes them on unchanged. There is no ``h[t-k]`` in the first
``k`` steps, which are those of a plain GRU; so is all of it for ``k = 1``, and for ``k`` from the
number of frames on.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from genrelab.errors import ModelError
from genrelab.models.recurrent import RecurrentNetwork, check_size
from genrelab.models.registry import register


def skip_gru_steps(x: Tensor, weight: Tensor, bias: Tensor, skip: int) -> Tensor:
    """Run the recurrence as its formulas say; what ONNX gets, and what :class:`SkipGRU` equals.

    Parameters
    ----------
    x
        Products with the input, its bias included, gates in torch's order (reset, update, new):
        ``(frames, batch, 3 * units)``.
    weight, bias
        Of the product with the state, ``(3 * units, units)`` and ``(3 * units,)``.
    skip
        ``k``, in steps.
    """
    h = torch.zeros_like(x[0, :, : weight.size(1)])
    states: list[Tensor] = []
    for t in range(x.size(0)):
        s = h
        if t >= skip:
            s = 0.5 * (h + states[t - skip])
        x_r, x_z, x_n = x[t].chunk(3, 1)
        s_r, s_z, s_n = torch.addmm(bias, s, weight.t()).chunk(3, 1)
        z = torch.sigmoid(x_z + s_z)
        n = torch.tanh(x_n + torch.sigmoid(x_r + s_r) * s_n)
        h = n + z * (s - n)
        states.append(h)
    return torch.stack(states)


class SkipGRU(torch.autograd.Function):
    """:func:`skip_gru_steps` with a backward pass written by hand, several times faster.

    The weights' gradients are one product over all steps at the end, and whatever does not depend
    on the step before is computed for all steps at once.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor, skip: int) -> Tensor:
        """Return the states ``(frames, batch, units)``; parameters as in the formulas."""
        frames, batch, units = x.shape[0], x.shape[1], weight.shape[1]
        states = x.new_zeros(frames + 1, batch, units)  # the first is before the first step
        h = states.unbind(0)
        s = x.new_empty(frames, batch, units)  # what each step gets as its state
        gates = x.clone(memory_format=torch.contiguous_format)
        s_n = x.new_empty(frames, batch, units)
        product = x.new_empty(batch, 3 * units)
        reset_update, new = gates[..., : 2 * units], gates[..., 2 * units :]
        transposed = weight.t().contiguous()
        steps = zip(
            reset_update.unbind(0),
            reset_update[..., :units].unbind(0),
            reset_update[..., units:].unbind(0),
            new.unbind(0),
            s.unbind(0),
            s_n.unbind(0),
            strict=True,
        )
        for t, (rz, r, z, n, state, s_n_now) in enumerate(steps):
            if t >= skip:
                torch.lerp(h[t], h[t - skip + 1], 0.5, out=state)
            else:
                state.copy_(h[t])
            torch.addmm(bias, state, transposed, out=product)
            rz.add_(product[:, : 2 * units]).sigmoid_()
            s_n_now.copy_(product[:, 2 * units :])
            n.addcmul_(r, s_n_now).tanh_()
            torch.lerp(n, state, z, out=h[t + 1])
        ctx.save_for_backward(gates, s_n, s, weight)
        ctx.skip = skip
        return states[1:]

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
        """Go through time backwards; each step hands on to ``t - 1`` and, from k on, ``t - k``."""
        gates, s_n, s, weight = ctx.saved_tensors
        r, z, n = gates.chunk(3, dim=2)
        # What a step's gradient is multiplied with on its way to the gates, before the sigmoids
        # and the tanh.
        to_n = (1 - z) * (1 - n * n)
        to_z = (s - n) * z * (1 - z)
        n_to_r = s_n * r * (1 - r)
        to_state = torch.empty_like(gates)  # gradients of weight @ state + bias
        to_new = torch.empty_like(s_n)  # and of the new gate's part of x, which r does not scale
        d_r, d_z, d_n = (part.unbind(0) for part in to_state.chunk(3, dim=2))
        arrived = grad.clone(memory_format=torch.contiguous_format).unbind(0)
        per_step = (v.unbind(0) for v in (to_n, to_z, n_to_r, r, z, to_state, to_new))
        to_n, to_z, n_to_r, r, z, step, new = per_step
        handed_on = torch.empty_like(arrived[0])
        for t in reversed(range(len(arrived))):
            g = arrived[t]
            torch.mul(g, to_n[t], out=new[t])
            torch.mul(g, to_z[t], out=d_z[t])
            torch.mul(new[t], n_to_r[t], out=d_r[t])
            torch.mul(new[t], r[t], out=d_n[t])
            if t == 0:
                break
            torch.mul(g, z[t], out=handed_on)
            handed_on.addmm_(step[t], weight)
            if t >= ctx.skip:
                arrived[t - 1].add_(handed_on, alpha=0.5)
                arrived[t - ctx.skip].add_(handed_on, alpha=0.5)
            else:
                arrived[t - 1].add_(handed_on)
        flat = to_state.flatten(0, 1)
        units = s.shape[2]
        to_x = torch.cat([to_state[..., : 2 * units], to_new], dim=2)
        return to_x, flat.t() @ s.flatten(0, 1), flat.sum(dim=0), None


class SkipGRULayer(nn.Module):
    """One layer of the skip-RNN; its parameters are those of torch's ``GRUCell``.

    Parameters
    ----------
    features
        Numbers a time step.
    units
        Units of the layer.
    skip
        ``k``: how many steps ahead a state reaches besides one.
    """

    def __init__(self, features: int, units: int, skip: int) -> None:
        super().__init__()
        if skip < 1:
            raise ModelError("skip must be at least 1 step.")
        self.cell = nn.GRUCell(features, units)
        self.skip = skip

    def forward(self, x: Tensor) -> Tensor:
        """``(frames, batch, features)`` to ``(frames, batch, units)``."""
        cell = self.cell
        # The input's products for all steps in one.
        products = nn.functional.linear(x, cell.weight_ih, cell.bias_ih)
        if torch.onnx.is_in_onnx_export():  # a scripted loop becomes ONNX's, of any length
            scripted: Any = torch.jit.script(skip_gru_steps)
            exported: Tensor = scripted(products, cell.weight_hh, cell.bias_hh, self.skip)
            return exported
        # Mixed precision ends before the recurrence: over hundreds of steps errors would add up.
        with torch.autocast(x.device.type, enabled=False):
            states: Tensor = SkipGRU.apply(  # type: ignore[no-untyped-call]
                products.to(cell.weight_hh.dtype), cell.weight_hh, cell.bias_hh, self.skip
            )
        return states


@register(
    "skip_gru",
    "neural",
    source="asgharivaskasi, 4.3 and 6, Figures 14 to 17",
    summary="GRU whose hidden state also reaches k steps ahead, two dense layers",
    front_end={"name": "mfcc"},
)
def skip_gru(
    n_classes: int,
    n_bins: int,
    skip: int = 10,
    units: int = 128,
    layers: int = 1,
    readout: str = "mean",
    dense: int = 64,
    dropout: float = 0.0,
) -> RecurrentNetwork:
    """Make the skip-RNN, apart from its cell the network of :func:`~genrelab.models.recurrent.gru`.

    Parameters
    ----------
    n_classes, n_bins, units, readout, dense, dropout
        As in :class:`~genrelab.models.recurrent.RecurrentNetwork`; ``units`` are each layer's.
    skip
        ``k``, a hyperparameter that the paper gives no value for; 10 frames of the usual MFCC are
        half a second, about a beat.
    layers
        Recurrent layers, one over the other.

    Examples
    --------
    >>> skip_gru(10, 20)(torch.zeros(2, 1, 20, 647)).shape
    torch.Size([2, 10])
    """
    check_size(units, layers)
    sizes = [n_bins] + layers * [units]
    stack = [SkipGRULayer(*pair, skip) for pair in pairwise(sizes)]
    return RecurrentNetwork(
        n_classes,
        n_bins,
        recurrence=nn.Sequential(*stack),
        units=units,
        dense=dense,
        dropout=dropout,
        readout=readout,
    )
