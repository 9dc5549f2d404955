"""The one interface at which networks and classical models meet: fit, predict, export."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from genrelab import models
from genrelab.errors import ModelError
from genrelab.export.onnx import export_classical, export_module
from genrelab.features import Windowing
from genrelab.models import classical
from genrelab.runtime.bundle import BundleInfo
from genrelab.training.examples import Examples
from genrelab.training.network import (
    History,
    Job,
    Listener,
    fit_network,
    predict_logits,
    track_probabilities,
)
from genrelab.training.recipe import Training


class Estimator(ABC):
    """Something that learns from examples and gives probabilities for tracks.

    Parameters
    ----------
    model
        Name and options as in a recipe.
    n_classes, n_bins
        What it is built for.
    training
        The recipe's part.
    seed
        Of everything drawn.
    """

    def __init__(
        self,
        model: Mapping[str, Any],
        *,
        n_classes: int,
        n_bins: int,
        training: Training,
        seed: int = 0,
    ) -> None:
        self.model = {**model, "n_classes": n_classes, "n_bins": n_bins}
        self.training = training
        self.seed = seed
        #: How tracks become inputs; set by :meth:`fit`, which knows the front end's frame rate.
        self.windowing = Windowing(pad=training.pad)
        #: Divides the logits before the softmax; set by :meth:`fit` from the validation part.
        self.temperature = 1.0

    @abstractmethod
    def fit(
        self,
        train: Examples,
        valid: Examples | None,
        *,
        folder: Path,
        listener: Listener | None = None,
        test: Examples | None = None,
    ) -> History:
        """Learn from the training part; ``folder`` keeps what a stopped fit goes on from.

        ``test`` is predicted on the way where ``training.curve`` asks for it, and never learned
        from.
        """

    @abstractmethod
    def predict_logits(self, examples: Examples) -> list[NDArray[np.float32]]:
        """Return each track's logits, ``(windows, classes)``, before calibration."""

    def diagnose(self, examples: Examples) -> dict[str, list[NDArray[np.float32]]]:
        """Return, by name, which of several ways the model took in each track.

        Each is ``(windows, ways)``, the shares of a window that went each way; rows sum to 1.
        Most models have but one way and give nothing.
        """
        return {}

    @abstractmethod
    def export(self, info: BundleInfo, path: Path) -> None:
        """Write the fitted model as a bundle; windowing and temperature are filled in."""

    def predict_proba(self, examples: Examples) -> NDArray[np.float64]:
        """Return calibrated probabilities: ``(tracks, classes)``."""
        logits = self.predict_logits(examples)
        return track_probabilities(logits, self.temperature, self.training.aggregate)

    def decide_windowing(self, train: Examples) -> None:
        """Set how tracks become inputs, by the recipe and the training part."""
        self.windowing = self.training.windowing(train.front_end.frame_rate)

    def _calibrate(self, valid: Examples | None) -> None:
        wanted = self.training.calibration == "temperature"
        if self.training.aggregate == "vote":  # whose shares no temperature changes
            wanted = False
        if wanted and valid is not None and len(valid):
            self.temperature = fit_temperature(self.predict_logits(valid), valid.y)

    def _describe(self, info: BundleInfo) -> BundleInfo:
        return replace(
            info,
            windowing=self.windowing,
            temperature=self.temperature,
            aggregate=self.training.aggregate,
        )


def fit_temperature(logits: list[NDArray[np.float32]], y: NDArray[np.int64]) -> float:
    """Return the temperature that minimises the log loss of the tracks' probabilities.

    Source: Guo et al., "On Calibration of Modern Neural Networks" (2017), section 4.2; here over
    the average of the windows' probabilities, which is what a track is judged by.
    """

    def loss(log_temperature: float) -> float:
        p = track_probabilities(logits, math.exp(log_temperature))
        return float(-np.log(np.maximum(p[np.arange(len(y)), y], 1e-12)).mean())

    found = minimize_scalar(loss, bounds=(math.log(0.05), math.log(20.0)), method="bounded")
    return math.exp(float(found.x))


class NetworkEstimator(Estimator):
    """A torch module, trained by gradient descent."""

    network: torch.nn.Module

    def decide_windowing(self, train: Examples) -> None:
        """Set how tracks become inputs; one that is too short for the network raises ModelError."""
        super().decide_windowing(train)
        least = models.entry(self.model["name"]).min_frames
        if self.windowing.frames is None:
            length = train.usual_frames()
            # Tracks of one data set differ by a few frames: those do not deserve a window.
            slack = length // 16
            self.windowing = replace(self.windowing, frames=length, hop=length, slack=slack)
        if (self.windowing.frames or 0) < least:
            raise ModelError(
                f"the model {self.model['name']!r} needs inputs of at least {least} frames, "
                f"not {self.windowing.frames}."
            )

    def fit(
        self,
        train: Examples,
        valid: Examples | None,
        *,
        folder: Path,
        listener: Listener | None = None,
        test: Examples | None = None,
    ) -> History:
        """Train; see :func:`~genrelab.training.network.fit_network` for the history's columns."""
        self.decide_windowing(train)
        job = Job(self.model, self.training, self.windowing, self.seed, folder)
        self.network, history = fit_network(job, train, valid, listener, test=test)
        self._calibrate(valid)
        return history

    def predict_logits(self, examples: Examples) -> list[NDArray[np.float32]]:
        """Run the network over all windows of all tracks."""
        device = next(self.network.parameters()).device
        return predict_logits(self.network, examples, self.windowing, device)

    def diagnose(self, examples: Examples) -> dict[str, list[NDArray[np.float32]]]:
        """Ask the network's ``diagnose``, if it has one, about all windows of all tracks."""
        ask = getattr(self.network, "diagnose", None)
        if ask is None:
            return {}
        widths: dict[str, int] = {}

        def side_by_side(x: torch.Tensor) -> torch.Tensor:
            found: dict[str, torch.Tensor] = ask(x)
            widths.update({name: ways.shape[1] for name, ways in found.items()})
            return torch.cat(list(found.values()), dim=1)

        device = next(self.network.parameters()).device
        rows = predict_logits(self.network, examples, self.windowing, device, call=side_by_side)
        ends = np.cumsum(list(widths.values()))[:-1]
        split = [np.split(row, ends, axis=1) for row in rows]
        return {name: [parts[k] for parts in split] for k, name in enumerate(widths)}

    def export(self, info: BundleInfo, path: Path) -> None:
        """Write the network as a bundle."""
        export_module(
            self.network, self._describe(info), path, example_frames=self.windowing.frames or 1
        )


class ClassicalEstimator(Estimator):
    """A scikit-learn pipeline over pooled features."""

    fitted: classical.ClassicalModel

    def fit(
        self,
        train: Examples,
        valid: Examples | None,
        *,
        folder: Path,
        listener: Listener | None = None,
        test: Examples | None = None,
    ) -> History:
        """Fit the pipeline; every window of a track is an example with the track's label."""
        self.decide_windowing(train)
        self.fitted = models.create(**self.model)
        pooled = [self._pool(train, i) for i in range(len(train))]
        y = np.repeat(train.y, [len(p) for p in pooled])
        classical.fit(self.fitted, np.concatenate(pooled), y)
        self._calibrate(valid)
        return []

    def predict_logits(self, examples: Examples) -> list[NDArray[np.float32]]:
        """Return the logarithm of the pipeline's probabilities."""
        pooled = [self._pool(examples, i) for i in range(len(examples))]
        p = classical.predict_proba(self.fitted, np.concatenate(pooled))
        logits = np.log(np.maximum(p, 1e-7)).astype(np.float32)
        ends = np.cumsum([len(x) for x in pooled])
        return [logits[end - len(x) : end] for x, end in zip(pooled, ends, strict=True)]

    def export(self, info: BundleInfo, path: Path) -> None:
        """Write pooling and pipeline as a bundle."""
        export_classical(self.fitted, self._describe(info), path, n_bins=int(self.model["n_bins"]))

    def _pool(self, examples: Examples, i: int) -> NDArray[np.float32]:
        return np.stack([classical.pool(w) for w in examples.windows(i, self.windowing)])


def make_estimator(
    model: Mapping[str, Any], *, n_classes: int, n_bins: int, training: Training, seed: int = 0
) -> Estimator:
    """Return the estimator for a model of either kind."""
    kind = models.entry(str(model["name"])).kind
    cls = NetworkEstimator if kind == "neural" else ClassicalEstimator
    return cls(model, n_classes=n_classes, n_bins=n_bins, training=training, seed=seed)
