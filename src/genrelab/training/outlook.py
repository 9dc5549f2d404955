"""What a run would be, found out on one batch: folds, inputs, weights, seconds an epoch."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from genrelab.evaluation.wording import plural, span
from genrelab.models import classical
from genrelab.models.cost import count_parameters
from genrelab.training.estimator import NetworkEstimator, make_estimator
from genrelab.training.examples import Examples
from genrelab.training.network import make_network
from genrelab.training.parallel import one_thread
from genrelab.training.prepare import Prepared


@dataclass(frozen=True)
class Outlook:
    """A run before it is run.

    Parameters
    ----------
    dataset, protocol
        As tables name them.
    n_folds
        Folds.
    tracks
        Tracks to train on, to validate on and to test, of the first fold.
    inputs
        Shape of a batch, or of a pooled input of a classical model.
    n_classes
        Numbers that come out of the model for each input.
    parameters
        Weights of a network; ``None`` of a classical model, as are the next two.
    epochs
        Passes over the training part at most.
    epoch_seconds
        How long an epoch takes on one thread of this processor, by one step.
    """

    dataset: str
    protocol: str
    n_folds: int
    tracks: tuple[int, int, int]
    inputs: tuple[int, ...]
    n_classes: int
    parameters: int | None = None
    epochs: int | None = None
    epoch_seconds: float | None = None

    def __str__(self) -> str:
        train, valid, test = self.tracks
        words = (
            f"{self.dataset}, {self.protocol}: {plural(self.n_folds, 'fold')} of {train} tracks to "
            f"train, {valid} to validate, {test} to test; inputs "
            f"{' x '.join(map(str, self.inputs))}"
        )
        if self.parameters is None or self.epochs is None or self.epoch_seconds is None:
            return f"{words}; fitted at once"
        return (
            f"{words}; {self.parameters:,} weights; about {span(self.epoch_seconds)} an epoch on "
            f"one thread of this processor, {self.epochs} epochs at most"
        )


def look_ahead(prepared: Prepared) -> Outlook:
    """Make the model of a run and send one batch of its first fold through it, there and back.

    Raises what running it would raise at its start: inputs too short for the model, weights that
    are not there, a part without tracks.
    """
    fold = prepared.folds[0]
    train, valid, test = (prepared.examples(part) for part in (fold.train, fold.valid, fold.test))
    estimator = make_estimator(
        prepared.recipe.model,
        n_classes=len(prepared.dataset.labels),
        n_bins=prepared.front_end.n_bins,
        training=prepared.recipe.training,
    )
    estimator.decide_windowing(train)
    outlook = Outlook(
        dataset=prepared.dataset.name,
        protocol=prepared.protocol,
        n_folds=len(prepared.folds),
        tracks=(len(train), len(valid), len(test)),
        inputs=(),
        n_classes=len(prepared.dataset.labels),
    )
    if isinstance(estimator, NetworkEstimator):
        return _through_network(outlook, estimator, train)
    pooled = classical.pool(train.windows(0, estimator.windowing)[0])
    return replace(outlook, inputs=pooled.shape)


def _through_network(outlook: Outlook, estimator: NetworkEstimator, train: Examples) -> Outlook:
    settings = estimator.training
    with one_thread():
        network = make_network(estimator.model, estimator.seed).train()
        began = time.perf_counter()
        chosen = range(min(settings.batch_size, len(train)))
        x = torch.from_numpy(train.crops(chosen, estimator.windowing, np.random.default_rng(0)))
        x = x.contiguous(memory_format=torch.channels_last)  # (batch, 1, bins, frames)
        logits = network(x)  # (batch, classes)
        loss = cross_entropy(logits, torch.from_numpy(train.y[list(chosen)]))
        loss.backward()  # type: ignore[no-untyped-call]
        step = time.perf_counter() - began
    return replace(
        outlook,
        inputs=tuple(x.shape),
        n_classes=logits.shape[1],
        parameters=count_parameters(network).weights,
        epochs=settings.epochs,
        epoch_seconds=step * math.ceil(len(train) / settings.batch_size),
    )
