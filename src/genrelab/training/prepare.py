"""From a recipe to everything that training needs: data set, folds, features."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from genrelab import datasets, models, protocols
from genrelab.datasets.base import Dataset
from genrelab.errors import DatasetError, RecipeError
from genrelab.features import MFCC, FeatureCache, FeatureStore, FrontEnd, Precomputed, create
from genrelab.protocols import Fold
from genrelab.track import Track
from genrelab.training.examples import Examples
from genrelab.training.excerpts import cut_tracks
from genrelab.training.recipe import Recipe

Event = dict[str, Any]
Listener = Callable[[Event], None]
#: What was loaded, by what it was made from.
Loaded = dict[str, Any]


@dataclass(frozen=True)
class Prepared:
    """A recipe with its data in hand: everything decided, nothing trained."""

    recipe: Recipe
    dataset: Dataset
    folds: tuple[Fold, ...]
    front_end: FrontEnd
    store: FeatureStore

    @property
    def grouped(self) -> bool:
        """Whether the protocol keeps artists apart."""
        about = protocols.about(str(self.recipe.protocol["name"]))
        return about.grouped(self.recipe.protocol)

    @property
    def protocol(self) -> str:
        """The protocol as tables name it, seed left out."""
        return protocols.describe(str(self.recipe.protocol["name"]), self.recipe.protocol)

    def examples(self, ids: Sequence[str]) -> Examples:
        """Return the examples of these tracks, in this order, unreadable ones left out."""
        tracks, index = self.dataset.by_id(), {g: k for k, g in enumerate(self.dataset.labels)}
        kept = tuple(i for i in ids if i in self.store)
        y = np.array([index[tracks[i].label] for i in kept], dtype=np.int64)
        return Examples(self.store, self.front_end, kept, y)


def prepare(
    recipe: Recipe,
    data: str | Path | None = None,
    *,
    cache: str | Path | None = None,
    workers: int = 1,
    listener: Listener | None = None,
    loaded: Loaded | None = None,
) -> Prepared:
    """Load the data set, make the folds and fill the feature cache.

    Parameters
    ----------
    recipe
        What to run.
    data
        Where the data set lies; some need none.
    cache
        Folder of the feature cache.
    workers
        Threads that compute features.
    listener
        Told ``{"event": "dataset", "done": n, "total": n}`` while a data set is made, the same of
        ``"excerpts"`` as tracks are cut and of ``"features"`` as they are read, and
        ``{"event": "problem", "subject": ..., "message": ...}`` for each track that cannot be
        used.
    loaded
        Data sets and features that earlier calls with the same dictionary loaded, and this one
        will: many recipes on one data set read it once.
    """
    loaded = {} if loaded is None else loaded
    tell = listener or (lambda event: None)
    # A wrong model is found before the data are read, which may take hours.
    models.create(**{**recipe.model, "n_classes": 2})
    key = json.dumps([str(data), recipe.dataset], sort_keys=True)
    if key not in loaded:
        loaded[key] = _load(recipe, data, tell)
    dataset: Dataset = loaded[key]
    excerpt = recipe.excerpt()
    if dataset.features is not None:
        if excerpt is not None:
            raise RecipeError("segmentation needs audio, and the data set came as arrays.")
        store = FeatureStore.open(dataset.features)
        front_end = _front_end_of(store, recipe)
    else:
        front_end = _front_end(recipe)
        taken = "" if excerpt is None else json.dumps(excerpt.to_dict())
        features_key = f"{key} {front_end.frames_fingerprint} {taken}"
        if features_key not in loaded:
            tracks = dataset.tracks
            if excerpt is not None:
                tracks = tuple(
                    cut_tracks(
                        tracks,
                        excerpt,
                        cache=cache,
                        workers=workers,
                        progress=lambda done, total: tell(
                            {"event": "excerpts", "done": done, "total": total}
                        ),
                    )
                )
            loaded[features_key] = _fill(tracks, front_end, cache, workers, tell)
        store = loaded[features_key]
    if not any(t.id in store for t in dataset.tracks):
        raise DatasetError(f"no track of the data set {dataset.name!r} can be read.")
    parameters = {k: v for k, v in recipe.protocol.items() if k != "name"}
    folds = protocols.folds(dataset, str(recipe.protocol["name"]), **parameters)
    return Prepared(recipe, dataset, tuple(folds), front_end, store)


def _load(recipe: Recipe, data: str | Path | None, tell: Listener) -> Dataset:
    options = {k: v for k, v in recipe.dataset.items() if k != "name"}
    if "title" in options:  # the loaders call it a name, which is taken here
        options["name"] = options.pop("title")
    dataset = datasets.load(
        str(recipe.dataset["name"]),
        data,
        progress=lambda done, total: tell({"event": "dataset", "done": done, "total": total}),
        **options,
    )
    for problem in dataset.problems:
        tell({"event": "problem", **asdict(problem)})
    return dataset


def _fill(
    tracks: Sequence[Track],
    front_end: FrontEnd,
    cache: str | Path | None,
    workers: int,
    tell: Listener,
) -> FeatureStore:
    store = FeatureCache(cache).fill(
        tracks,
        front_end,
        workers=workers,
        progress=lambda done, total: tell({"event": "features", "done": done, "total": total}),
    )
    for subject, message in sorted(store.problems.items()):
        tell({"event": "problem", "subject": subject, "message": message})
    return store


def _front_end(recipe: Recipe) -> FrontEnd:
    wanted = dict(recipe.front_end) or models.entry(str(recipe.model["name"])).front_end
    # TOML has no word for nothing.
    options = {k: None if v == "none" else v for k, v in wanted.items() if k != "name"}
    try:
        return create(str(wanted["name"]), **options)
    except ValueError as error:
        raise RecipeError(f"front_end: {error}") from error


def _front_end_of(store: FeatureStore, recipe: Recipe) -> FrontEnd:
    """Return the front end of features that came as arrays.

    A model described with MFCC, or a recipe that names them, gets the cosine transform of the
    arrays' rows. Any other front end that the recipe names must have made the arrays.
    """
    usual = _front_end(recipe)
    if recipe.front_end and not isinstance(usual, MFCC):
        front_end = _front_end(recipe)
        if front_end.frames_fingerprint != store.frames_fingerprint:
            raise RecipeError(
                f"front_end: the data set came as arrays ({store.front_end}), which "
                f"{front_end.name!r} with these parameters did not make; leave front_end out."
            )
        return front_end
    front_end = create(**store.front_end)
    if isinstance(front_end, Precomputed) and isinstance(usual, MFCC):
        return replace(front_end, n_mfcc=usual.n_mfcc)
    return front_end
