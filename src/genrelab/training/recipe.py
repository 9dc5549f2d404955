"""Recipes: what an experiment is, as TOML read into frozen dataclasses.

Every key has a default, so that a recipe states differences only. An unknown key or a value of
the wrong type is an error that names the key and suggests the right one.
"""

from __future__ import annotations

import hashlib
import json
import math
import sys
import types
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any, Union, get_args, get_origin, get_type_hints

from genrelab.errors import RecipeError, SegmentationError, did_you_mean
from genrelab.features.windows import Windowing
from genrelab.runtime.aggregate import AGGREGATES
from genrelab.segmentation import excerpt
from genrelab.training.extends import NAMED, read_values

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

CHOICES = {
    "optimizer": ("adam", "adamw", "sgd"),
    "schedule": ("plateau", "one_cycle", "cyclic", "constant"),
    "early_stopping": ("train_loss", "valid_loss", "none"),
    "keep": ("best_valid_accuracy", "last"),
    "precision": ("32-true", "bf16-mixed", "16-mixed", "64-true"),
    "calibration": ("temperature", "none"),
    "pad": ("repeat", "zero"),
    "aggregate": AGGREGATES,
}

#: The name of no excerpt at all.
WHOLE = "whole"
#: Marks keys that are newer than recipes with results: at its default such a key is left out of
#: the fingerprint, so that those keep theirs.
LATER = {"later": True}


@dataclass(frozen=True)
class Training:
    """How a network is trained; the defaults are liu2021's, section 3.3.

    Parameters
    ----------
    optimizer, learning_rate, weight_decay, momentum
        ``adam``, ``adamw`` or ``sgd`` (which alone uses ``momentum``).
    batch_size, epochs
        Inputs a step; passes over the training part at most.
    schedule
        ``plateau`` multiplies the learning rate by ``plateau_factor`` when the training loss has
        not fallen for ``plateau_patience`` epochs; ``one_cycle`` rises to ``learning_rate`` and
        falls to nothing over all steps (Smith, 2018); ``cyclic`` rises and falls between a tenth of
        it and ``learning_rate`` in triangles of ``cycle_epochs`` epochs (Smith, 2017);
        ``constant`` leaves it.
    early_stopping, early_stopping_patience, early_stopping_min_delta
        Stop when the watched loss has not fallen by ``min_delta`` for ``patience`` epochs.
    keep
        Which weights stand at the end: of the best validation accuracy (the first such epoch),
        or the last.
    validate_every
        Epochs from one look at the validation part to the next; the last epoch is always looked
        at. Above 1 it saves time, and ``keep`` chooses among the epochs looked at.
    crop
        Frames of the random crop that stands for a track in each epoch; 0 trains on whole tracks,
        cut or padded to the most common length of the training part.
    hop
        At test, frames between the windows (as long as the crop) that a track is judged by; 0 is
        no overlap.
    crop_seconds, hop_seconds
        The same in seconds, to the nearest frame of whatever front end; instead of the others.
    aggregate
        How a track is judged by its windows: ``mean`` of their probabilities, or majority
        ``vote``, see :class:`~genrelab.runtime.aggregate.Aggregate`.
    pad
        What fills a track shorter than the input.
    label_smoothing, gradient_clip
        As usual; 0 is none.
    freeze
        Parts of the network that stop learning: the start of their parameters' names, and the
        number of epochs after which they do; 0 never lets them learn. Their batch normalisation
        then keeps its running statistics. ``{ router = 20, "backbone.conv1" = 0 }``.
    curve
        After every so many epochs the test part is predicted too, for accuracy against epochs from
        one run (``curve.csv``); 0 never. Nothing is chosen by it.
    calibration
        ``temperature`` divides the logits by the one number that minimises the log loss on the
        validation part. A vote's shares do not depend on it: with ``vote`` it stays 1.
    precision, accelerator, devices
        As Lightning names them; several devices train data-parallel.
    """

    optimizer: str = "adam"
    learning_rate: float = 0.01
    weight_decay: float = 0.0
    momentum: float = 0.9
    batch_size: int = 8
    epochs: int = 100
    schedule: str = "plateau"
    plateau_factor: float = 0.5
    plateau_patience: int = 3
    early_stopping: str = "train_loss"
    early_stopping_patience: int = 10
    early_stopping_min_delta: float = 0.01
    keep: str = "best_valid_accuracy"
    crop: int = 0
    hop: int = 0
    pad: str = "repeat"
    label_smoothing: float = 0.0
    gradient_clip: float = 0.0
    calibration: str = "temperature"
    precision: str = "32-true"
    accelerator: str = "auto"
    devices: int = 1
    validate_every: int = field(default=1, metadata=LATER)
    cycle_epochs: int = field(default=8, metadata=LATER)
    freeze: Mapping[str, int] = field(default_factory=dict, metadata=LATER)
    curve: int = field(default=0, metadata=LATER)
    crop_seconds: float = field(default=0.0, metadata=LATER)
    hop_seconds: float = field(default=0.0, metadata=LATER)
    aggregate: str = field(default="mean", metadata=LATER)

    def __post_init__(self) -> None:
        counts = ("batch_size", "epochs", "devices", "validate_every")
        leasts = {**dict.fromkeys(counts, 1), "crop": 0, "curve": 0}
        for name, least in leasts.items():
            if getattr(self, name) < least:
                raise RecipeError(f"training.{name} must be at least {least}.")
        if not self.learning_rate > 0:
            raise RecipeError("training.learning_rate must be above 0.")
        if self.validate_every > 1 and self.early_stopping == "valid_loss":
            raise RecipeError("early stopping by valid_loss needs training.validate_every = 1.")
        if self.cycle_epochs < 2:
            raise RecipeError("training.cycle_epochs must be at least 2: up, and down again.")
        for part, epochs in self.freeze.items():
            if isinstance(epochs, bool) or not isinstance(epochs, int) or epochs < 0:
                raise RecipeError(f"training.freeze.{part} must be a number of epochs, or 0.")
        if self.hop < 0 or (self.hop and not self.crop):
            raise RecipeError("training.hop needs training.crop, and cannot be negative.")
        if self.crop and self.crop_seconds:
            raise RecipeError("training.crop and training.crop_seconds exclude each other.")
        if not 0 <= self.crop_seconds < math.inf:
            raise RecipeError("training.crop_seconds cannot be negative.")
        if not 0 <= self.hop_seconds < math.inf or (self.hop_seconds and not self.crop_seconds):
            raise RecipeError(
                "training.hop_seconds needs training.crop_seconds, and cannot be negative."
            )

    def windowing(self, frame_rate: float) -> Windowing:
        """Return how tracks become inputs, on a front end with so many frames a second.

        Raises
        ------
        RecipeError
            A length in seconds that is no whole frame.

        Examples
        --------
        >>> Training(crop_seconds=3).windowing(22050 / 1024)
        Windowing(frames=65, hop=65, pad='repeat', slack=0)
        """
        crop, hop = self.crop, self.hop
        if self.crop_seconds:
            crop = round(self.crop_seconds * frame_rate)
            hop = round(self.hop_seconds * frame_rate)
            if crop < 1 or (self.hop_seconds and hop < 1):
                key = "crop_seconds" if crop < 1 else "hop_seconds"
                raise RecipeError(
                    f"training.{key} = {getattr(self, key):g} is less than a frame of the front "
                    f"end, which has {frame_rate:.4g} a second."
                )
        return Windowing(frames=crop or None, hop=(hop or crop) or None, pad=self.pad)


@dataclass(frozen=True)
class Recipe:
    """One experiment: a model on a data set under a protocol.

    Parameters
    ----------
    title, source
        What it is and which table or figure of a paper it follows.
    dataset, protocol, model, front_end
        A name, and the options that go with it. Without a front end, the model's own. The data
        set's ``title`` is what tables call it.
    training
        How networks are trained; classical models use its ``crop``, ``hop`` (also in seconds),
        ``pad``, ``aggregate`` and ``calibration`` alone.
    seed
        Of weights, shuffling and crops. The protocol has a seed of its own.
    segmentation
        Which stretch of every track training and testing see, a rule of
        :mod:`genrelab.segmentation.excerpt` with its parameters: ``representative``, ``middle`` or
        ``random``. Without it, or as ``whole``, all of it.
    """

    title: str = ""
    source: str = ""
    dataset: Mapping[str, Any] = field(default_factory=lambda: {"name": "synthetic"})
    protocol: Mapping[str, Any] = field(default_factory=lambda: {"name": "kfold"})
    model: Mapping[str, Any] = field(default_factory=lambda: {"name": "bbnn"})
    front_end: Mapping[str, Any] = field(default_factory=dict)
    training: Training = field(default_factory=Training)
    seed: int = 0
    segmentation: Mapping[str, Any] = field(default_factory=dict, metadata=LATER)

    def __post_init__(self) -> None:
        if self.segmentation.get("name") == WHOLE:
            if len(self.segmentation) > 1:
                raise RecipeError(f"segmentation = {WHOLE!r} takes all of a track and no options.")
            object.__setattr__(self, "segmentation", {})
        found = self.excerpt()
        if found is not None:  # with all its parameters, which decide what is seen
            object.__setattr__(self, "segmentation", found.to_dict())
        for key in ("dataset", "protocol", "model"):
            if not isinstance(getattr(self, key).get("name"), str):
                raise RecipeError(f"{key} needs a name: {key} = {{ name = ... }}.")

    def excerpt(self) -> excerpt.Excerpt | None:
        """Return the rule that takes a stretch of every track; ``None`` takes all of it."""
        if not self.segmentation:
            return None
        if not isinstance(self.segmentation.get("name"), str):
            raise RecipeError("segmentation needs a name: segmentation = { name = ... }.")
        try:
            return excerpt.create(**self.segmentation)
        except SegmentationError as error:
            raise RecipeError(f"segmentation: {error}") from error

    def to_dict(self) -> dict[str, Any]:
        """Return all keys with their values: the resolved recipe."""
        values = asdict(self)
        return {k: dict(v) if isinstance(v, Mapping) else v for k, v in values.items()}

    @property
    def fingerprint(self) -> str:
        """Sixteen hex digits of everything that decides the result, titles left out."""
        values = {k: v for k, v in self.to_dict().items() if k not in ("title", "source")}
        usual = asdict(Training())
        if not values["segmentation"]:
            del values["segmentation"]
        for key in (f.name for f in fields(Training) if f.metadata == LATER):
            if values["training"][key] == usual[key]:
                del values["training"][key]
        return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:16]


def read_recipe(path: str | Path, overrides: Sequence[str] = ()) -> Recipe:
    """Read a TOML file; ``overrides`` are ``key=value`` with dots, values as TOML or plain words.

    A file that says ``extends`` is read over the one it names, see
    :func:`~genrelab.training.extends.read_values`; the recipe holds the result alone.

    Raises
    ------
    RecipeError
        Names the key, and suggests the right one.
    """
    return recipe_from(read_values(Path(path)), overrides)


def recipe_from(values: Mapping[str, Any], overrides: Sequence[str] = ()) -> Recipe:
    """Make a recipe from the values of a TOML file.

    Examples
    --------
    >>> recipe_from({"dataset": "gtzan"}, ["training.learning_rate=0.001"]).training.learning_rate
    0.001
    >>> recipe_from({"trainig": {}})
    Traceback (most recent call last):
    ...
    genrelab.errors.RecipeError: unknown key 'trainig'. Did you mean 'training'?
    """
    merged = {k: dict(v) if isinstance(v, Mapping) else v for k, v in values.items()}
    for key in NAMED:
        if isinstance(merged.get(key), str):
            merged[key] = {"name": merged[key]}
    for override in overrides:
        _set(merged, override)
    recipe: Recipe = _build(Recipe, merged, "")
    return recipe


def _set(values: dict[str, Any], override: str) -> None:
    key, equals, text = override.partition("=")
    path = [part.strip() for part in key.split(".")]
    if not equals or not all(path):
        raise RecipeError(f"{override!r} is not KEY=VALUE, such as training.epochs=20.")
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text.strip()
    table = values
    for part in path[:-1]:
        table = table.setdefault(part, {})
        if not isinstance(table, dict):
            raise RecipeError(f"{key!r}: {part!r} holds no keys.")
    # A name alone for a table that had options starts it afresh: the options were another's.
    if len(path) == 1 and path[0] in NAMED:
        value = {"name": value} if isinstance(value, str) else value
    table[path[-1]] = value


def _build(cls: Any, values: Mapping[str, Any], prefix: str) -> Any:
    hints = get_type_hints(cls)
    known = [f.name for f in fields(cls)]
    arguments = {}
    for key, value in values.items():
        if key not in known:
            raise RecipeError(f"unknown key '{prefix}{key}'.{did_you_mean(key, known)}")
        arguments[key] = _convert(value, hints[key], f"{prefix}{key}")
    return cls(**arguments)


def _convert(value: Any, wanted: Any, key: str) -> Any:
    if is_dataclass(wanted):
        if not isinstance(value, Mapping):
            raise RecipeError(f"{key} must be a table, not {value!r}.")
        return _build(wanted, value, f"{key}.")
    if get_origin(wanted) in (Union, types.UnionType):
        wanted = next(t for t in get_args(wanted) if t is not type(None))
    if get_origin(wanted) is not None:
        wanted = get_origin(wanted)
    if wanted is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if not isinstance(value, wanted) or (isinstance(value, bool) and wanted is not bool):
        kind = {"int": "a whole number", "float": "a number", "str": "a word"}
        name = kind.get(getattr(wanted, "__name__", ""), "a table")
        raise RecipeError(f"{key} must be {name}, not {value!r}.")
    choices = CHOICES.get(key.rpartition(".")[2]) if key.startswith("training.") else None
    if choices and value not in choices:
        raise RecipeError(
            f"{key} must be one of {', '.join(choices)}, not {value!r}."
            f"{did_you_mean(value, choices)}"
        )
    return value


def write_recipe(recipe: Recipe, path: Path) -> None:
    """Write the resolved recipe as TOML; reading it gives the same recipe."""
    import tomli_w

    path.write_text(tomli_w.dumps(recipe.to_dict()), encoding="utf-8")
