"""Recipes that state their differences from another: ``extends = "base/gtzan-mel"``."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from genrelab.errors import RecipeError, did_you_mean

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

EXTENDS = "extends"
#: Tables that a name picks the meaning of: options of one name are nothing to another.
NAMED = ("dataset", "protocol", "model", "front_end", "segmentation")


def read_values(path: Path, _below: tuple[Path, ...] = ()) -> dict[str, Any]:
    """Read a TOML file over the one that it extends.

    ``extends`` names a file by its place relative to the one that says it, without ``.toml``.

    Raises
    ------
    RecipeError
        A file is missing, is not TOML, or extends itself.
    """
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RecipeError(f"{path}: no such recipe.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(f"{path}: cannot be read ({error}).") from error
    except tomllib.TOMLDecodeError as error:
        raise RecipeError(f"{path}: not valid TOML: {error}.") from error
    if EXTENDS not in values:
        return values
    name = values.pop(EXTENDS)
    if not isinstance(name, str):
        raise RecipeError(f"{path}: extends must be the name of one recipe, not {name!r}.")
    base = path.parent / f"{name}.toml"
    if not base.is_file():
        known = [p.stem for p in base.parent.glob("*.toml")]
        raise RecipeError(
            f"{path} extends {name!r}, but there is no {base}.{did_you_mean(base.stem, known)}"
        )
    below = (*_below, path.resolve())
    if base.resolve() in below:
        raise RecipeError(f"{path} extends {name!r}, which extends it in turn.")
    return merge(read_values(base, below), values)


def merge(base: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a recipe's values over those of the one it extends.

    Keys of a table replace the base's keys one by one. Where a table names another data set,
    protocol, model, front end or excerpt than the base does, nothing of the base's table stays.

    Examples
    --------
    >>> base = {"model": {"name": "bbnn", "width": 8}, "training": {"crop": 64, "epochs": 30}}
    >>> merge(base, {"model": {"width": 16}, "training": {"epochs": 5}})
    {'model': {'name': 'bbnn', 'width': 16}, 'training': {'crop': 64, 'epochs': 5}}
    >>> merge(base, {"model": "mfcc_svm"})["model"]
    {'name': 'mfcc_svm'}
    """
    merged: dict[str, Any] = dict(base)
    for key, value in values.items():
        before = _table(key, base.get(key))
        value = _table(key, value)
        if isinstance(before, Mapping) and isinstance(value, Mapping):
            other = key in NAMED and value.get("name", before.get("name")) != before.get("name")
            merged[key] = dict(value) if other else {**before, **value}
        else:
            merged[key] = value
    return merged


def _table(key: str, value: Any) -> Any:
    return {"name": value} if key in NAMED and isinstance(value, str) else value
