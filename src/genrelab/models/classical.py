"""Classical models: statistics over the frames of a track, then a scikit-learn pipeline.

Tzanetakis and Cook (2002) brought the recipe into the field: the texture of a track is told by the
means and deviations of its short-time features.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.calibration import CalibratedClassifierCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from genrelab.errors import ModelError
from genrelab.models.registry import register

#: Inner folds of the training part that sigmoid calibration is fitted on (Platt, 1999).
CALIBRATION_FOLDS = 5


@dataclass
class ClassicalModel:
    """A scikit-learn pipeline over pooled features.

    Parameters
    ----------
    pipeline
        Any classifier with ``fit`` and ``predict_proba`` over :func:`pool`'s statistics.
    n_classes
        Number of genres; the pipeline is fitted on class indices ``0 .. n_classes - 1``.
    double
        Whether the pipeline, and its graph in a bundle, compute in double precision: for models
        that sum over all statistics before they compare.
    """

    pipeline: Pipeline
    n_classes: int
    double: bool = False


def pool(features: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the statistics of one input: ``(bins, frames)`` to ``(6 * bins,)``.

    In this order, each a value a bin: mean, standard deviation, minimum and maximum over the
    frames, then mean and standard deviation of the differences between neighbouring frames.

    Examples
    --------
    >>> [round(float(x), 2) for x in pool(np.array([[1, 2, 6]], dtype=np.float32))]
    [3.0, 2.16, 1.0, 6.0, 2.5, 1.5]
    """
    steps = np.diff(features, axis=1) if features.shape[1] > 1 else np.zeros_like(features)
    statistics = [
        features.mean(axis=1),
        features.std(axis=1),
        features.min(axis=1),
        features.max(axis=1),
        steps.mean(axis=1),
        steps.std(axis=1),
    ]
    return np.concatenate(statistics).astype(np.float32)


@register(
    "mfcc_svm",
    "classical",
    source="asgharivaskasi, classical models; lgnet2023, Table 1",
    summary="RBF support vector machine on MFCC statistics, sigmoid calibration",
    front_end={"name": "mfcc"},
)
def mfcc_svm(n_classes: int, c: float = 10.0, gamma: str | float = "scale") -> ClassicalModel:
    """Support vector machine with an RBF kernel on standardised statistics of MFCC.

    Parameters
    ----------
    n_classes
        Number of genres.
    c
        Penalty of the SVM.
    gamma
        Width of the kernel, or scikit-learn's ``"scale"``.
    """
    machine = CalibratedClassifierCV(SVC(C=c, gamma=gamma), ensemble=False, cv=CALIBRATION_FOLDS)
    return ClassicalModel(make_pipeline(StandardScaler(), machine), n_classes)


def fit(model: ClassicalModel, X: NDArray[np.float32], y: NDArray[np.int64]) -> None:
    """Fit the pipeline on statistics ``(inputs, values)`` and class indices.

    A calibration by inner folds takes fewer folds where a class has fewer examples; a class with
    a single one raises :class:`ModelError`.
    """
    last = model.pipeline[-1]
    if isinstance(last, CalibratedClassifierCV):
        counts = np.bincount(y)
        fewest = int(counts[counts > 0].min())
        if fewest < 2:
            raise ModelError("a class has a single training example; calibration needs two.")
        last.set_params(cv=min(CALIBRATION_FOLDS, fewest))
    model.pipeline.fit(_in_precision(model, X), y)


def predict_proba(model: ClassicalModel, X: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return ``(inputs, n_classes)``; a class never seen in training has probability 0."""
    found: Any = model.pipeline.classes_
    probabilities = np.zeros((len(X), model.n_classes))
    probabilities[:, found] = model.pipeline.predict_proba(_in_precision(model, X))
    return probabilities


def _in_precision(model: ClassicalModel, X: NDArray[np.float32]) -> NDArray[Any]:
    return X.astype(np.float64) if model.double else X
