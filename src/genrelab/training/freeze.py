"""Parts of a network that stop learning after a number of epochs, or never begin.

Two papers need it: layers with ImageNet weights that are left as they are (asgharivaskasi, section
4.3), and LGNet's router, fixed 'after training for several epochs' (lgnet2023, section 3.3).
"""

from __future__ import annotations

from collections.abc import Mapping

from torch import nn

from genrelab.errors import ModelError, did_you_mean


class Frozen:
    """Knows which parts of a network still learn.

    Parameters
    ----------
    network
        The network; parts that never learn lose their gradient at once.
    freeze
        From the start of parameters' names to the epochs that they learn.

    Raises
    ------
    ModelError
        A part that the network does not have, or nothing that would learn.
    """

    def __init__(self, network: nn.Module, freeze: Mapping[str, int]) -> None:
        self._parts: list[tuple[int, list[nn.Module], list[nn.Parameter]]] = []
        for prefix, epochs in freeze.items():
            parameters = [p for name, p in network.named_parameters() if _within(name, prefix)]
            if not parameters:
                known = list(dict(network.named_children()))
                raise ModelError(
                    f"training.freeze: the network has no part {prefix!r}."
                    f"{did_you_mean(prefix, known)} It has: {', '.join(known)}."
                )
            inside = [m for name, m in network.named_modules() if _within(name, prefix)]
            norms: list[nn.Module] = [
                m for m in inside if isinstance(m, nn.modules.batchnorm._BatchNorm)
            ]
            self._parts.append((epochs, norms, parameters))
            if epochs == 0:
                for parameter in parameters:
                    parameter.requires_grad = False
        if not any(p.requires_grad for p in network.parameters()):
            raise ModelError("training.freeze leaves nothing of the network to learn.")

    def begin(self, epoch: int) -> None:
        """Put the batch normalisation of frozen parts into evaluation mode; epochs count from 1."""
        for epochs, norms, _ in self._parts:
            if epoch > epochs:
                for norm in norms:
                    norm.eval()

    def drop_gradients(self, epoch: int) -> None:
        """Take the gradients from the parts that no longer learn, so that no step moves them.

        The gradients are taken from the parameters, not switched off, because data-parallel
        training waits for all that it began with.
        """
        for epochs, _, parameters in self._parts:
            if epoch > epochs:
                for parameter in parameters:
                    parameter.grad = None


def _within(name: str, prefix: str) -> bool:
    return name == prefix or name.startswith(f"{prefix}.")
