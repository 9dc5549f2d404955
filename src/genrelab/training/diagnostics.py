"""Which way a model sent what it was given, as a table: LGNet's experts (lgnet2023, section 3.3).

A network whose inputs take different ways through it may have a method ``diagnose(x)`` that gives,
by name, ``(batch, ways)``: the share of each input that went each way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from genrelab.evaluation.result import DIAGNOSTICS_COLUMNS
from genrelab.training.estimator import Estimator
from genrelab.training.examples import Examples


def diagnostics(
    estimator: Estimator, fold: int, parts: Mapping[str, Examples], labels: Sequence[str]
) -> pd.DataFrame | None:
    """Return how many inputs of each genre went each way; ``None`` for a model with one way.

    A row has ``fold``, ``part``, ``label``, ``name`` (of what the ways are), ``way`` (from 0) and
    ``inputs``: windows, where an input that was split counts in parts.
    """
    rows = []
    for part, examples in parts.items():
        for name, found in estimator.diagnose(examples).items():
            for k, label in enumerate(labels):
                of_genre = [ways for ways, y in zip(found, examples.y, strict=True) if y == k]
                if not of_genre:
                    continue
                sums = np.concatenate(of_genre).sum(axis=0, dtype=np.float64)  # (ways,)
                for way, inputs in enumerate(sums.tolist()):
                    rows.append((fold, part, label, name, way, inputs))
    return pd.DataFrame(rows, columns=list(DIAGNOSTICS_COLUMNS)) if rows else None
