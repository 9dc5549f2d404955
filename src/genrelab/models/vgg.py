"""VGG-16 (Simonyan and Zisserman, 2015) with dense layers of its own (asgharivaskasi, 4.3).

The convolutions are torchvision's ``vgg16`` (configuration D), names included, so that its
published ImageNet weights load; its dense layers are discarded, as in the paper, for 256-128-64
and the genres.

What the paper leaves open is settled so:

- *Between convolutions and dense layers* each of the 512 channels is averaged over the map. The
  original takes 7 x 7 positions of a picture of 224 x 224 (the paper's Figure 2), which ties it to
  one length of music; an average takes any.
- *The one channel of decibels* becomes a picture of three (:class:`Picture`), whether the weights
  come from ImageNet or are drawn.
- *Fine-tuning*: all layers learn unless the recipe's ``training.freeze`` says otherwise, such as
  ``{ features = 5 }``. The dense layers have no dropout; the paper names none for this network.
"""

from __future__ import annotations

from torch import Tensor, nn

from genrelab.models.picture import Picture
from genrelab.models.pretrained import load_pretrained
from genrelab.models.registry import register

#: Filters of the 3x3 convolutions of each stage; a 2x2 maximum ends the stage.
STAGES = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512))
#: Units of the dense layers: 'the sequence of sizes 256-128-64 gives the best results'.
DENSE = (256, 128, 64)


@register(
    "vgg16",
    "neural",
    source="asgharivaskasi, 4.3, Figures 2 and 8 to 11, Table 3",
    summary="VGG-16 on the spectrogram as a picture, from ImageNet weights or from scratch",
    front_end={"name": "log_mel"},
    min_frames=32,
)
class VGG16(nn.Module):
    """The thirteen convolutions of VGG-16, a global average and dense layers 256-128-64.

    Parameters
    ----------
    n_classes
        Number of genres.
    weights
        Where the convolutions start: ``"none"`` draws them, ``"imagenet"`` takes the file that
        ``genrelab weights vgg16`` fetches, anything else is the path of such a file.

    Notes
    -----
    Takes ``(batch, 1, bins, frames)`` with at least 32 of each and gives logits ``(batch,
    classes)``. The convolutions have 14,714,688 parameters. There is no batch normalisation, so
    that from scratch it wants a small learning rate that rises and falls: one cycle up to 2e-4
    with AdamW learns 20 tracks by heart, a constant 1e-4 stays unsteady.

    Examples
    --------
    >>> import torch
    >>> VGG16(10)(torch.zeros(1, 1, 64, 32)).shape
    torch.Size([1, 10])
    """

    def __init__(self, n_classes: int, weights: str = "none") -> None:
        super().__init__()
        self.n_classes = n_classes
        self.picture = Picture()
        layers: list[nn.Module] = []
        channels = 3
        for stage in STAGES:
            for width in stage:
                layers += [nn.Conv2d(channels, width, 3, padding=1), nn.ReLU()]
                channels = width
            layers.append(nn.MaxPool2d(2))
        self.features = nn.Sequential(*layers)
        dense: list[nn.Module] = []
        for units in DENSE:
            dense += [nn.Linear(channels, units), nn.ReLU()]
            channels = units
        self.head = nn.Sequential(*dense, nn.Linear(channels, n_classes))
        self.apply(_he_init)
        load_pretrained(self, weights, name="vgg16", own=("head.",))

    def forward(self, x: Tensor) -> Tensor:
        """``(batch, 1, bins, frames)`` to logits ``(batch, classes)``."""
        x = self.features(self.picture(x))  # (batch, 512, bins / 32, frames / 32)
        logits: Tensor = self.head(x.mean(dim=(2, 3)))
        return logits


def _he_init(module: nn.Module) -> None:
    """He-normal weights and zero biases: without normalisation, deep ReLU layers need them."""
    if isinstance(module, (nn.Conv2d, nn.Linear)):
        nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
        if module.bias is not None:
            nn.init.zeros_(module.bias)
