"""The pages about data sets and protocols say what the code does."""

import inspect
import json
import re
from pathlib import Path

import pytest

from genrelab import datasets, protocols
from genrelab.datasets.checking import KINDS
from genrelab.errors import DatasetError

DOCS = Path(__file__).parents[2] / "docs"


def first_table(page):
    """Cells of the rows of a page's first table, without its head."""
    lines = (DOCS / page).read_text(encoding="utf-8").splitlines()
    start = next(k for k, line in enumerate(lines) if line.startswith("| name |"))
    rows = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            return rows
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


def code(page, language):
    text = (DOCS / page).read_text(encoding="utf-8")
    found = re.findall(rf"^( *)```{language}\n(.*?)^\1```", text, re.DOTALL | re.MULTILINE)
    return [re.sub(rf"^{indent}", "", body, flags=re.MULTILINE) for indent, body in found]


def test_the_table_of_data_sets():
    rows = first_table("datasets.md")
    assert [row[0] for row in rows] == [f"`{name}`" for name in datasets.names()]
    for row in rows:
        assert row[2] == ("yes" if datasets.describe(row[0].strip("`")).needs_root else "no")


def test_the_sections_name_every_option():
    text = (DOCS / "datasets.md").read_text(encoding="utf-8")
    for name in datasets.names():
        title = "fma" if name.startswith("fma_") else name
        section = text.split(f"\n## {title}\n")[1].split("\n## ")[0]
        inherited = text.split("\n## manifest\n")[1].split("\n## ")[0] if name == "arrays" else ""
        for option in datasets.describe(name).options:
            if option not in ("name", "manifest", "cache"):
                assert option in section + inherited, (name, option)


def test_the_table_of_protocols():
    rows = first_table("protocols.md")
    assert [row[0] for row in rows] == [f"`{name}`" for name in protocols.names()]
    for name, _, parameters in rows:
        signature = inspect.signature(getattr(protocols, name.strip("`")))
        assert re.findall(r"`(\w+)`", parameters) == list(signature.parameters)[1:]


def test_the_page_says_of_each_protocol_what_it_measures_and_how_it_can_flatter():
    text = (DOCS / "protocols.md").read_text(encoding="utf-8")
    section = text.split("\n## What each measures, and how it can flatter\n")[1].split("\n## ")[0]
    said = {
        name: " ".join(words.replace("`", "").split())
        for name, words in re.findall(r"^\*\*`(\w+)`\*\* (.*?)(?=\n\n|\Z)", section, re.M | re.S)
    }
    assert sorted(said) == protocols.names()
    for name, words in said.items():
        measures, flatters = protocols.about(name).in_words({})
        assert words.startswith(f"measures {measures}. {flatters}")


def test_the_example_of_adding_a_data_set(tmp_path, monkeypatch):
    module, registry = code("adding-a-dataset.md", "python")
    package = tmp_path / "code"
    package.mkdir()
    (package / "songbook.py").write_text(module, encoding="utf-8")
    monkeypatch.syspath_prepend(str(package))
    line = {}
    exec(registry, line)
    monkeypatch.setitem(datasets._MODULES, *next(iter(line["REGISTRY_LINE"].items())))
    monkeypatch.setitem(datasets._MODULES, "songbook", "songbook")

    root = tmp_path / "data"
    (root / "audio").mkdir(parents=True)
    with pytest.raises(DatasetError, match="is this the songbook"):
        datasets.load("songbook", root)
    songs = [
        {"number": n, "genre": genre, "singer": singer, "part": part}
        for n, genre, singer, part in (
            ("1", "ballad", "Ann", "train"),
            ("2", "dance", "Bob", "test"),
            ("3", "lullaby", None, "train"),
            ("4", "dance", "Cid", "train"),
        )
    ]
    (root / "songs.json").write_text(json.dumps(songs))
    for n in "123":
        (root / "audio" / f"{n}.ogg").write_bytes(b"")
    found = datasets.load("songbook", root)
    assert [t.id for t in found.tracks] == ["1", "2", "3"]
    assert [p.subject for p in found.problems] == ["4"]
    assert len(datasets.load("songbook", root, singers_only=True).tracks) == 2
    assert datasets.describe("songbook").options == {"singers_only": False}
    with pytest.raises(DatasetError, match="Did you mean 'singers_only'"):
        datasets.load("songbook", root, singer_only=True)


def test_every_data_set_describes_itself():
    for name in datasets.names():
        found = datasets.describe(name)
        assert found.info.title
        assert found.size
        # What was published is told whole, or not at all.
        assert bool(found.info.counts) == bool(found.info.citation)
        assert found.info.licence or not found.info.counts
        assert "root" not in found.options
        assert "progress" not in found.options


def test_the_sections_say_what_was_published():
    text = (DOCS / "datasets.md").read_text(encoding="utf-8")
    for name in datasets.names():
        info = datasets.describe(name).info
        title = "fma" if name.startswith("fma_") else name
        section = text.split(f"\n## {title}\n")[1].split("\n## ")[0]
        for split in info.splits:
            assert f"`{split}`" in section, (name, split)
        if info.counts:
            assert f"{sum(info.counts.values()):,}" in section, name


def test_the_kinds_of_faults():
    text = (DOCS / "datasets.md").read_text(encoding="utf-8")
    section = text.split("\n## Is it the set that was published?\n")[1].split("\n## ")[0]
    assert re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE) == list(KINDS)
