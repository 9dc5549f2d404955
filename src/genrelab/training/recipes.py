"""The recipes that come with genrelab, by name."""

from __future__ import annotations

from pathlib import Path

import genrelab
from genrelab.errors import RecipeError, did_you_mean

#: In an installed package the recipes lie inside it; in a checkout at its root.
_PLACES = (
    Path(genrelab.__file__).parent / "recipes",
    Path(genrelab.__file__).parents[2] / "recipes",
)


def recipes_folder() -> Path | None:
    """Return the folder of the recipes that come with genrelab, or ``None`` without them."""
    return next((p for p in _PLACES if p.is_dir()), None)


def recipe_files() -> list[Path]:
    """Return the files of all recipes that come with genrelab, sorted by name.

    What they extend lies in the folder ``base`` beside them and is no recipe by itself.
    """
    folder = recipes_folder()
    return sorted(folder.glob("*.toml")) if folder else []


def find_recipe(name: str) -> Path:
    """Return the file of a recipe given by path or by name.

    Raises
    ------
    RecipeError
        Neither a file nor a known name; suggests near ones.
    """
    if name.endswith(".toml") or Path(name).is_file():
        return Path(name)
    known = {p.stem: p for p in recipe_files()}
    if name not in known:
        raise RecipeError(
            f"there is no recipe {name!r}.{did_you_mean(name, list(known))} "
            "See `genrelab recipes`, or give a .toml file."
        )
    return known[name]
