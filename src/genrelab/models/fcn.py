"""A fully convolutional network, and one with an LSTM behind it (lgnet2023, 4.2 and Table 1).

The paper gives both as baselines, 'FCN' and 'FCN-LSTM', without layers; it says of the former that
it 'consists entirely of convolutional layers', of the latter that it is a hybrid of FCN and LSTM.
They are settled here after the networks of these kinds that music is known for:

- ``fcn`` after FCN-4 of Choi, Fazekas and Sandler (2016, "Automatic tagging using deep
  convolutional neural networks", section 3, Table 1): four 3x3 convolutions, each with batch
  normalisation, ReLU and max pooling, and no dense layer. Their pooling (24 times in frequency,
  hundreds of times in time) fits one input size; here each pooling is 2 x 2, and the average over
  the remaining map of a last 1x1 convolution, one filter a genre, gives the logits. Their widths
  (128 to 2048) were for a hundred thousand tracks; here 64, 128, 256 and 512, those of the
  ResNet-18 that the paper compares with.
- ``fcn_lstm`` after CRNN of Choi, Fazekas, Sandler and Cho (2017, "Convolutional recurrent neural
  networks for music classification", section 2.4): the same convolutions, then a recurrent layer
  over the frames that are left, whose last state names the genre. As in ``fcn`` what is left of
  the bins is averaged, so that any number of bins serves; theirs are two GRU layers of 32 units.

Decibels enter through a batch normalisation of one channel, which brings them to zero mean and
unit variance over the training music.
"""

from __future__ import annotations

from torch import Tensor, nn

from genrelab.models.registry import register

#: Filters of the four convolutions.
WIDTHS = (64, 128, 256, 512)


def convolutions() -> nn.Sequential:
    """Return the body: ``(batch, 1, bins, frames)`` to ``(batch, 512, bins / 16, frames / 16)``."""
    layers: list[nn.Module] = [nn.BatchNorm2d(1)]
    channels = 1
    for width in WIDTHS:
        # Without a bias: the normalisation behind it has one.
        convolution = nn.Conv2d(channels, width, 3, padding=1, bias=False)
        nn.init.kaiming_normal_(convolution.weight, nonlinearity="relu")
        layers += [convolution, nn.BatchNorm2d(width), nn.ReLU(), nn.MaxPool2d(2)]
        channels = width
    return nn.Sequential(*layers)


@register(
    "fcn",
    "neural",
    source="lgnet2023, 4.2, Table 1; layers after Choi et al. (2016), Table 1",
    summary="four convolutions with pooling, a 1x1 convolution and global average pooling",
    front_end={"name": "log_mel"},
    min_frames=16,
)
class FCN(nn.Module):
    """Convolutions only: four with pooling, and one filter a genre averaged over the map.

    Parameters
    ----------
    n_classes
        Number of genres.

    Notes
    -----
    Takes ``(batch, 1, bins, frames)`` with at least 16 of each and gives logits ``(batch,
    classes)``.

    Examples
    --------
    >>> import torch
    >>> FCN(10)(torch.zeros(2, 1, 128, 64)).shape
    torch.Size([2, 10])
    """

    def __init__(self, n_classes: int) -> None:
        super().__init__()
        self.n_classes = n_classes
        self.body = convolutions()
        self.classifier = nn.Conv2d(WIDTHS[-1], n_classes, 1)

    def forward(self, x: Tensor) -> Tensor:
        """``(batch, 1, bins, frames)`` to logits ``(batch, classes)``."""
        x = self.body(x)  # (batch, 512, bins / 16, frames / 16)
        logits: Tensor = self.classifier(x).mean(dim=(2, 3))
        return logits


@register(
    "fcn_lstm",
    "neural",
    source="lgnet2023, 4.2, Table 1; layers after Choi et al. (2017), 2.4",
    summary="four convolutions with pooling, then an LSTM over the frames that are left",
    front_end={"name": "log_mel"},
    min_frames=16,
)
class FCNLSTM(nn.Module):
    """The convolutions of :class:`FCN`, and an LSTM over what they leave of time.

    Parameters
    ----------
    n_classes
        Number of genres.
    hidden
        Units of the LSTM.

    Notes
    -----
    Takes ``(batch, 1, bins, frames)`` with at least 16 of each and gives logits ``(batch,
    classes)``.

    Examples
    --------
    >>> import torch
    >>> FCNLSTM(10)(torch.zeros(2, 1, 128, 64)).shape
    torch.Size([2, 10])
    """

    def __init__(self, n_classes: int, hidden: int = 128) -> None:
        super().__init__()
        self.n_classes = n_classes
        self.body = convolutions()
        self.lstm = nn.LSTM(WIDTHS[-1], hidden, batch_first=True)
        self.classifier = nn.Linear(hidden, n_classes)

    def forward(self, x: Tensor) -> Tensor:
        """``(batch, 1, bins, frames)`` to logits ``(batch, classes)``."""
        x = self.body(x).mean(dim=2)  # (batch, 512, frames / 16)
        states, _ = self.lstm(x.transpose(1, 2))  # (batch, frames / 16, hidden)
        logits: Tensor = self.classifier(states[:, -1])
        return logits
