"""Optimizers, learning-rate schedules and early stopping, each stepped once where it says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import nn
from torch.optim import Optimizer, lr_scheduler

from genrelab.training.recipe import Training


def make_optimizer(parameters: Iterable[nn.Parameter], training: Training) -> Optimizer:
    """Return the recipe's optimizer."""
    lr, decay = training.learning_rate, training.weight_decay
    if training.optimizer == "sgd":
        return torch.optim.SGD(parameters, lr=lr, momentum=training.momentum, weight_decay=decay)
    if training.optimizer == "adamw":
        return torch.optim.AdamW(parameters, lr=lr, weight_decay=decay)
    return torch.optim.Adam(parameters, lr=lr, weight_decay=decay)


#: Least learning rate of a cycle, as a share of the greatest.
CYCLE_FLOOR = 0.1


def triangle(step: int, *, period: int) -> float:
    """Return the factor of the learning rate at a step of a triangular cycle.

    Source: Smith, "Cyclical Learning Rates for Training Neural Networks" (2017), section 3.

    Examples
    --------
    >>> [round(triangle(step, period=4), 2) for step in range(5)]
    [0.1, 0.55, 1.0, 0.55, 0.1]
    """
    rise = 1 - abs(2 * (step % period) / period - 1)  # 0, up to 1 in the middle, 0
    return CYCLE_FLOOR + (1 - CYCLE_FLOOR) * rise


class Schedule:
    """The learning rate's course: call :meth:`after_step` and :meth:`after_epoch`."""

    def __init__(self, optimizer: Optimizer, training: Training, steps_an_epoch: int) -> None:
        self.by_step: Any = None
        self.by_epoch: Any = None
        if training.schedule == "one_cycle":
            self.by_step = lr_scheduler.OneCycleLR(
                optimizer, training.learning_rate, total_steps=steps_an_epoch * training.epochs
            )
        elif training.schedule == "cyclic":
            period = max(2, steps_an_epoch * training.cycle_epochs)
            self.by_step = lr_scheduler.LambdaLR(optimizer, partial(triangle, period=period))
        elif training.schedule == "plateau":
            self.by_epoch = lr_scheduler.ReduceLROnPlateau(
                optimizer,
                factor=training.plateau_factor,
                patience=training.plateau_patience,
                threshold_mode="abs",
            )

    def after_step(self) -> None:
        """Tell that the optimizer made a step."""
        if self.by_step is not None:
            self.by_step.step()

    def after_epoch(self, train_loss: float) -> None:
        """Tell that an epoch ended with this training loss."""
        if self.by_epoch is not None:
            self.by_epoch.step(train_loss)

    def state_dict(self) -> dict[str, Any]:
        """Return what :meth:`load_state_dict` needs to go on."""
        active = self.by_step or self.by_epoch
        if active is None:
            return {}
        plain = (bool, int, float, str, list, type(None))
        return {k: v for k, v in active.state_dict().items() if isinstance(v, plain)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a saved state."""
        active = self.by_step or self.by_epoch
        if active is not None:
            active.load_state_dict(state)


@dataclass
class EarlyStopping:
    """Stop when a loss has not fallen by ``min_delta`` for ``patience`` epochs."""

    patience: int
    min_delta: float
    best: float = float("inf")
    waited: int = 0

    def should_stop(self, loss: float) -> bool:
        """Tell the loss of an epoch that ended; true ends the training."""
        if loss < self.best - self.min_delta:
            self.best, self.waited = loss, 0
        else:
            self.waited += 1
        return self.waited >= self.patience
