"""A spectrogram as a picture: what networks made for photographs take (asgharivaskasi, 4.3).

The paper interprets the spectrogram as an image and leaves open how; settled here: each input of
decibels is stretched over 0..1 by its own least and greatest value, as a plotting program paints
it, and goes into all three colours, so that the published filters of three channels serve as they
are. Then the colours are normalised with the statistics of ImageNet that torchvision's weights
were trained with. Being part of the network, all of this is in the exported graph too.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

#: Mean and deviation of red, green and blue over ImageNet, in 0..1: torchvision's convention.
IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


class Picture(nn.Module):
    """Decibels to a normalised grey picture in three channels; it has no parameters.

    An input that is constant, such as silence, becomes a black picture. Loudness is lost: two
    inputs that differ by a gain give the same picture.

    Examples
    --------
    >>> x = torch.tensor([-80.0, -40.0, -20.0, 0.0]).reshape(1, 1, 2, 2)
    >>> grey = Picture()(x)[0, 0] * IMAGENET_STD[0] + IMAGENET_MEAN[0]
    >>> [round(float(value), 3) for value in grey.flatten()]
    [0.0, 0.5, 0.75, 1.0]
    """

    mean: Tensor
    std: Tensor

    def __init__(self) -> None:
        super().__init__()
        # Not persistent: weights files in torchvision's format know nothing of them.
        for name, values in (("mean", IMAGENET_MEAN), ("std", IMAGENET_STD)):
            self.register_buffer(name, torch.tensor(values).reshape(1, 3, 1, 1), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """``(batch, 1, bins, frames)`` in decibels to ``(batch, 3, bins, frames)``."""
        least = x.amin(dim=(2, 3), keepdim=True)
        extent = x.amax(dim=(2, 3), keepdim=True) - least
        grey = (x - least) / torch.where(extent > 0, extent, torch.ones_like(extent))
        return (grey - self.mean) / self.std  # broadcast over the three channels
