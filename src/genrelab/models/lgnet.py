"""LGNet, the locally activated gated network (lgnet2023, sections 3.2 and 3.3, Figure 3).

A ResNet-18 gives each input 512 numbers; a linear router scores the experts by them, and the best
expert alone, a multi-layer perceptron, names the genre.

What the paper leaves open is settled so:

- *How the router learns.* The choice of the best expert has no gradient. As in Shazeer et al.
  (2017) and Fedus et al. (2021), the routing probability of the chosen expert multiplies its
  output; without this the router would stay as it was drawn.
- *The experts.* One hidden layer of 512 units with ReLU; the paper says 'multi-layer perceptron'
  and 'a few simple linear layers'.
- *When the router stops learning.* 'After training for several epochs' (section 3.3): a matter of
  the recipe, ``training.freeze = { router = 20 }``.
- *Scores as they are* ('Linear' in Table 2) multiply the output too, negative ones included.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from genrelab.errors import ModelError, did_you_mean
from genrelab.models.registry import register
from genrelab.models.resnet import FEATURES, ResNet18

ROUTINGS = ("softmax", "sigmoid", "linear")


class Experts(nn.Module):
    """Perceptrons with one hidden layer, of which one is evaluated for each input.

    Their weights lie side by side, so that each input fetches those of its own expert: no other
    is computed, and the graph is the same whatever is chosen.
    """

    def __init__(self, experts: int, n_in: int, hidden: int, n_out: int) -> None:
        super().__init__()
        self.weight1 = nn.Parameter(torch.empty(experts, n_in, hidden))
        self.bias1 = nn.Parameter(torch.empty(experts, hidden))
        self.weight2 = nn.Parameter(torch.empty(experts, hidden, n_out))
        self.bias2 = nn.Parameter(torch.empty(experts, n_out))
        for weight, bias in ((self.weight1, self.bias1), (self.weight2, self.bias2)):
            bound = 1 / math.sqrt(weight.shape[1])  # as torch.nn.Linear draws them
            nn.init.uniform_(weight, -bound, bound)
            nn.init.uniform_(bias, -bound, bound)

    def forward(self, x: Tensor, chosen: Tensor) -> Tensor:
        """From inputs ``(batch, n_in)`` and their experts ``(batch,)`` to ``(batch, n_out)``."""
        x = torch.bmm(x[:, None], self.weight1[chosen]).squeeze(1) + self.bias1[chosen]
        x = torch.relu(x)  # (batch, hidden)
        return torch.bmm(x[:, None], self.weight2[chosen]).squeeze(1) + self.bias2[chosen]


@register(
    "lgnet",
    "neural",
    source="lgnet2023, 3.3, Figure 3, Tables 1 to 3",
    summary="ResNet-18 whose output a router sends to one of several expert perceptrons",
    front_end={"name": "log_mel"},
)
class LGNet(nn.Module):
    """ResNet-18, a router and experts, of which the best alone is evaluated.

    Parameters
    ----------
    n_classes
        Number of genres.
    experts
        Perceptrons to choose from: 2, 4, 8 or 16 in the paper, 4 by default.
    routing
        From scores to routing probabilities: ``"softmax"``, ``"sigmoid"`` or ``"linear"`` (the
        scores as they are).
    hidden
        Units of an expert's hidden layer.

    Examples
    --------
    >>> LGNet(10, experts=2)(torch.zeros(2, 1, 128, 64)).shape
    torch.Size([2, 10])
    """

    def __init__(
        self,
        n_classes: int,
        experts: int = 4,
        routing: str = "softmax",
        hidden: int = FEATURES,
    ) -> None:
        super().__init__()
        if experts < 2:
            raise ModelError(f"lgnet needs at least 2 experts to choose from, not {experts}.")
        if routing not in ROUTINGS:
            raise ModelError(
                f"routing must be one of {', '.join(ROUTINGS)}, not {routing!r}."
                f"{did_you_mean(routing, ROUTINGS)}"
            )
        self.n_classes = n_classes
        self.routing = routing
        self.backbone = ResNet18(0)
        self.router = nn.Linear(FEATURES, experts)
        self.experts = Experts(experts, FEATURES, hidden, n_classes)

    def route(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """From ``(batch, 512)`` to the best expert's routing probability and its index."""
        scores = self.router(features)  # (batch, experts)
        if self.routing == "softmax":
            scores = scores.softmax(dim=1)
        elif self.routing == "sigmoid":
            scores = scores.sigmoid()
        best, chosen = scores.max(dim=1)
        return best, chosen

    def forward(self, x: Tensor) -> Tensor:
        """``(batch, 1, bins, frames)`` to logits ``(batch, classes)``."""
        features = self.backbone(x)  # (batch, 512)
        best, chosen = self.route(features)
        logits: Tensor = best[:, None] * self.experts(features, chosen)
        return logits

    def diagnose(self, x: Tensor) -> dict[str, Tensor]:
        """Return how much of each input each expert judges: ``{"expert": (batch, experts)}``."""
        _, chosen = self.route(self.backbone(x))
        return {"expert": nn.functional.one_hot(chosen, self.router.out_features)}
