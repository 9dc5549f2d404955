"""The pages cannot go stale: what they show is run, and what is generated is compared."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from genrelab.training.recipe import recipe_from

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])


def blocks(page, language):
    text = (ROOT / page).read_text(encoding="utf-8")
    found = re.findall(rf"^( *)```{language}\n(.*?)^\1```", text, re.DOTALL | re.MULTILINE)
    return [re.sub(rf"^{indent}", "", body, flags=re.MULTILINE) for indent, body in found]


def test_the_code_of_adding_a_model_runs():
    program = "\n".join(blocks("docs/adding-a-model.md", "python"))
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_recipe_of_adding_a_model_is_valid():
    (text,) = blocks("docs/adding-a-model.md", "toml")
    assert recipe_from(tomllib.loads(text)).model == {"name": "tiny_cnn", "width": 64}


@pytest.mark.parametrize("path", sorted((ROOT / "recipes").glob("*.toml")), ids=lambda p: p.stem)
def test_every_recipe_is_valid_and_its_model_can_be_made(path):
    from genrelab import models
    from genrelab.features import create
    from genrelab.training.recipe import read_recipe

    recipe = read_recipe(path)
    assert recipe.title
    # Published weights are not at hand everywhere; that they fit is tested with the models.
    weights = {"weights": "none"} if "weights" in recipe.model else {}
    models.create(**{**recipe.model, **weights}, n_classes=4)
    if recipe.front_end:
        create(**{k: None if v == "none" else v for k, v in recipe.front_end.items()})


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_links_between_pages_lead_somewhere(page):
    for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", page.read_text("utf-8")):
        assert (page.parent / target).exists(), target


def test_generated_pages_are_up_to_date():
    done = subprocess.run(
        [sys.executable, ROOT / "docs" / "generate.py", "--check"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout
