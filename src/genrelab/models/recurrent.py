"""Recurrent networks over the frames of a track, one frame a time step.

Plain, long short-term memory (Hochreiter and Schmidhuber, 1997) and gated recurrent (Cho et al.,
2014) layers: the networks that engelkes2023 (2.3, 5.2) sets beside IndRNN, two baselines of
lgnet2023 (4.2, Table 1), and the GRU of asgharivaskasi (4.4, 6).

None of the papers says how large its network is, how its input is scaled or what of the states is
classified. Settled here, for all of them alike: batch normalisation of each bin at the input,
since decibels lie far from zero; 128 units a layer, two layers (asgharivaskasi: one); the mean of
the last layer's states over time is classified, so that gradients reach every frame directly. The
state after the last frame is an option.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from genrelab.errors import ModelError, did_you_mean
from genrelab.models.registry import register

READOUTS = ("mean", "last")


class RecurrentNetwork(nn.Module):
    """Normalisation, recurrent layers, a read-out over time and dense layers.

    Parameters
    ----------
    n_classes
        Number of genres.
    n_bins
        Rows of the features: numbers a time step.
    recurrence
        From ``(frames, batch, n_bins)`` to states ``(frames, batch, units)``.
    units
        Columns of the states; of both directions together.
    dense
        Units of a dense layer with ReLU before the last one; 0 is none.
    dropout
        Share of what enters the last dense layer that is dropped in training.
    readout
        ``"mean"`` of the states over time, or the ``"last"`` one.
    backward_units
        How many of the units, the hindmost, read the track from its end: the last state of theirs
        is at the first frame.
    """

    def __init__(
        self,
        n_classes: int,
        n_bins: int,
        *,
        recurrence: nn.Module,
        units: int,
        dense: int = 0,
        dropout: float = 0.0,
        readout: str = "mean",
        backward_units: int = 0,
    ) -> None:
        super().__init__()
        if readout not in READOUTS:
            raise ModelError(
                f"readout must be one of {', '.join(READOUTS)}, not {readout!r}."
                f"{did_you_mean(readout, READOUTS)}"
            )
        if dense < 0 or not 0 <= dropout < 1:
            raise ModelError("dense cannot be negative, and dropout must be from 0 to below 1.")
        self.n_classes = n_classes
        self.readout = readout
        self.forward_units = units - backward_units
        self.norm = nn.BatchNorm1d(n_bins)
        self.recurrence = recurrence
        hidden = [nn.Linear(units, dense), nn.ReLU()] if dense else []
        self.head = nn.Sequential(
            *hidden, nn.Dropout(dropout), nn.Linear(dense or units, n_classes)
        )

    def forward(self, x: Tensor) -> Tensor:
        """``(batch, 1, bins, frames)`` to logits ``(batch, classes)``."""
        x = self.norm(x.squeeze(1))  # (batch, bins, frames)
        states = self.recurrence(x.permute(2, 0, 1))  # (frames, batch, units)
        if self.readout == "mean":
            read = states.mean(dim=0)
        else:
            ends = [states[-1, :, : self.forward_units], states[0, :, self.forward_units :]]
            read = torch.cat(ends, dim=1)
        logits: Tensor = self.head(read)
        return logits


class Recurrence(nn.Module):
    """One of torch's recurrent modules, of which the states alone are given."""

    def __init__(self, layers: nn.RNNBase) -> None:
        super().__init__()
        self.layers = layers

    def forward(self, x: Tensor) -> Tensor:
        """``(frames, batch, features)`` to ``(frames, batch, units)``."""
        states: Tensor = self.layers(x)[0]
        return states


def check_size(units: int, layers: int) -> None:
    """Raise :class:`ModelError` unless there is at least one unit and one layer."""
    if units < 1 or layers < 1:
        raise ModelError("a recurrent network needs at least 1 unit and 1 layer.")


@register(
    "rnn",
    "neural",
    source="engelkes2023, 2.3 and 5.2, Figure 3, after Wu et al. (2018)",
    summary="plain recurrent layers (tanh) over spectrogram frames",
    front_end={"name": "log_mel"},
)
def rnn(
    n_classes: int,
    n_bins: int,
    units: int = 128,
    layers: int = 2,
    readout: str = "mean",
    dense: int = 0,
    dropout: float = 0.0,
) -> RecurrentNetwork:
    """Make a plain recurrent network, ``h[t] = tanh(W x[t] + b + U h[t-1] + c)``.

    Parameters
    ----------
    n_classes, n_bins, units, readout, dense, dropout
        As in :class:`RecurrentNetwork`; ``units`` are each layer's.
    layers
        Recurrent layers, one over the other.

    Examples
    --------
    >>> rnn(10, 128)(torch.zeros(2, 1, 128, 647)).shape
    torch.Size([2, 10])
    """
    check_size(units, layers)
    return RecurrentNetwork(
        n_classes,
        n_bins,
        recurrence=Recurrence(nn.RNN(n_bins, units, layers)),
        units=units,
        dense=dense,
        dropout=dropout,
        readout=readout,
    )


@register(
    "lstm",
    "neural",
    source="engelkes2023, 5.2, after Wu et al. (2018); lgnet2023, 4.2, Table 1",
    summary="long short-term memory layers over spectrogram frames",
    front_end={"name": "log_mel"},
)
def lstm(
    n_classes: int,
    n_bins: int,
    units: int = 128,
    layers: int = 2,
    readout: str = "mean",
    dense: int = 0,
    dropout: float = 0.0,
) -> RecurrentNetwork:
    """Make a network of LSTM layers; parameters as in :func:`rnn`.

    Examples
    --------
    >>> lstm(10, 128)(torch.zeros(2, 1, 128, 647)).shape
    torch.Size([2, 10])
    """
    check_size(units, layers)
    return RecurrentNetwork(
        n_classes,
        n_bins,
        recurrence=Recurrence(nn.LSTM(n_bins, units, layers)),
        units=units,
        dense=dense,
        dropout=dropout,
        readout=readout,
    )


@register(
    "bilstm",
    "neural",
    source="lgnet2023, 4.2, Table 1",
    summary="LSTM layers that read the frames in both directions",
    front_end={"name": "log_mel"},
)
def bilstm(
    n_classes: int,
    n_bins: int,
    units: int = 128,
    layers: int = 2,
    readout: str = "mean",
    dense: int = 0,
    dropout: float = 0.0,
) -> RecurrentNetwork:
    """Make a network of LSTM layers in both directions; each has ``units`` units.

    The other parameters are as in :func:`rnn`. With ``readout="last"`` each direction gives its
    state after the frame it read last.

    Examples
    --------
    >>> bilstm(10, 128)(torch.zeros(2, 1, 128, 647)).shape
    torch.Size([2, 10])
    """
    check_size(units, layers)
    return RecurrentNetwork(
        n_classes,
        n_bins,
        recurrence=Recurrence(nn.LSTM(n_bins, units, layers, bidirectional=True)),
        units=2 * units,
        dense=dense,
        dropout=dropout,
        readout=readout,
        backward_units=units,
    )


@register(
    "gru",
    "neural",
    source="asgharivaskasi, 4.4 and 6, Figures 14 to 17",
    summary="gated recurrent units over MFCC frames or seconds of raw audio, two dense layers",
    front_end={"name": "mfcc"},
)
def gru(
    n_classes: int,
    n_bins: int,
    units: int = 128,
    layers: int = 1,
    readout: str = "mean",
    dense: int = 64,
    dropout: float = 0.0,
) -> RecurrentNetwork:
    """Make the GRU with "two fully connected layers on top" (asgharivaskasi, 4.4).

    Parameters as in :func:`rnn`; ``dropout`` is what section 6 tried.

    Notes
    -----
    The paper feeds it MFCC frames, or raw audio, the samples of a second a step. Those are just
    22,050 bins: with the defaults 8.5 million of the 8.6 million parameters are then weights from
    samples to units, and each position in the second is normalised by itself.

    Examples
    --------
    >>> gru(10, 20)(torch.zeros(2, 1, 20, 647)).shape
    torch.Size([2, 10])
    """
    check_size(units, layers)
    return RecurrentNetwork(
        n_classes,
        n_bins,
        recurrence=Recurrence(nn.GRU(n_bins, units, layers)),
        units=units,
        dense=dense,
        dropout=dropout,
        readout=readout,
    )
