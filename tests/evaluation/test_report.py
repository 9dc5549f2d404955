import dataclasses
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from genrelab.errors import PredictionsError
from genrelab.evaluation.looks import Looks
from genrelab.evaluation.report import headline, write_report

ROOT = Path(__file__).parents[2]
VOID = {"meta", "br", "img", "link", "hr"}


class Page(HTMLParser):
    """Checks that tags match, and keeps text, tags and attributes."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.words, self.attributes = [], [], [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.words.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())


def report(folder, runs):
    written = write_report(folder, runs, n_resamples=500)
    assert sorted(p.name for p in folder.iterdir()) == ["report.html", "report.json"]
    page = (folder / "report.html").read_text(encoding="utf-8")
    return written, Page(page), json.loads((folder / "report.json").read_text(encoding="utf-8"))


def test_the_page_of_a_run_says_what_the_numbers_say(tmp_path, run):
    written, page, data = report(tmp_path, [run])
    (found,) = data["runs"]
    accuracy = found["scores"]["accuracy"]
    assert accuracy["value"] == round(written.runs[0].scores.accuracy.value, 6)
    percent = f"{100 * accuracy['value']:.1f} % accuracy"
    assert percent in page.text
    bounds = f"{100 * accuracy['low']:.1f} to {100 * accuracy['high']:.1f} % over 40 artists"
    assert bounds in page.text
    for expected in (
        "5 folds; 120 tracks, each tested once",
        "Always naming the commonest genre would reach 25.0 %",
        "expected calibration error",
        found["mistakes"][0]["track_id"],
        "2 CPU cores",
        "If the test artists were drawn anew",
    ):
        assert expected in page.text
    assert page.tags.count("svg") == 4
    assert data["versions"]["genrelab"] in page.text


def test_the_page_needs_nothing_but_itself(tmp_path, make_run):
    runs = [make_run("a"), make_run("b", model_seed=4, history=False)]
    for folder, chosen in [(tmp_path / "one", runs[:1]), (tmp_path / "two", runs)]:
        _, page, _ = report(folder, chosen)
        assert not {"script", "link", "img", "iframe", "object"} & set(page.tags)
        for name, value in page.attributes:
            if name in ("src", "href", "xlink:href", "action"):
                assert value.startswith("#")
            assert not name.startswith("on")
        ids = [value for name, value in page.attributes if name == "id"]
        assert len(ids) == len(set(ids))
        style = (folder / "report.html").read_text(encoding="utf-8")
        assert "@import" not in style
        assert not re.search(r"url\((?!#)", style)
        assert "prefers-color-scheme: dark" in style
        assert "@media print" in style


def test_what_comes_from_a_data_set_is_escaped(tmp_path, make_run):
    evil = "<script>alert('x')</script>"
    odd = make_run(f"run {evil}", labels=(evil, "b & c", '"d"'), dataset=evil, protocol=evil)
    odd = dataclasses.replace(odd, recipe={evil: evil}, description={"note": evil})
    _, page, data = report(tmp_path / "one", [odd])
    assert "script" not in page.tags
    assert page.text.count("alert('x')") > 5
    assert data["runs"][0]["labels"][0] == evil
    other = make_run(f"other {evil}", labels=(evil, "b & c", '"d"'), dataset=evil)
    _, page, _ = report(tmp_path / "two", [odd, other])
    assert "script" not in page.tags


def test_a_comparison_says_which_differences_stand(tmp_path, make_run):
    runs = [
        make_run("good", skill=4.0),
        make_run("same", skill=4.0, model_seed=9),
        make_run("bad", skill=0.5, history=False),
    ]
    written, page, data = report(tmp_path, runs)
    assert [c["paired"]["stands"] for c in data["comparisons"]] == [False, True, True]
    for comparison in written.comparisons:
        assert comparison.sentence in page.text
    assert "may be chance" in page.text
    assert [r["name"] for r in data["runs"]] == ["good", "same", "bad"]
    assert data["verdict"] == "Of 3 differences 2 stand: good before bad; same before bad."
    assert data["verdict"] in page.text
    (ranking,) = data["rankings"]
    assert ranking["runs"][-1] == "bad"
    assert ranking["sentence"] in page.text
    assert page.tags.count("svg") == 3


def test_the_protocol_is_said_and_the_best_fold_stands_beside_the_mean_alone(tmp_path, run):
    words = {"protocol_measures": "how well it sings", "protocol_flatters": "It knows the song."}
    told = dataclasses.replace(run, **words)
    _, page, data = report(tmp_path / "told", [told])
    assert "The protocol measures how well it sings. How it can flatter: It knows the song." in (
        page.text
    )
    assert data["runs"][0]["best_fold"] is None
    assert "best of" not in page.text
    _, page, data = report(tmp_path / "best", [dataclasses.replace(told, shows_best_fold=True)])
    best = max(data["runs"][0]["folds"], key=lambda f: f["test_accuracy"])
    assert data["runs"][0]["best_fold"] == {
        "fold": best["fold"],
        "test_accuracy": best["test_accuracy"],
        "of": 5,
    }
    percent = f"{100 * best['test_accuracy']:.1f} %"
    assert f"over 5 folds; best of 5: {percent} (fold {best['fold']}), only to compare" in page.text


def test_runs_that_cannot_be_paired_still_give_a_page(tmp_path, make_run):
    runs = [make_run("a"), make_run("b", dataset="other", labels=("x", "y"))]
    _, page, data = report(tmp_path, runs)
    assert data["comparisons"][0]["paired"] is None
    assert "cannot be paired" in page.text
    assert "F1 of each genre" not in page.text


def test_notes_and_missing_parts_are_shown(tmp_path, make_run):
    bare = make_run(history=False, parts=("test",), n_folds=1, bands_per_genre=2, songs_per_band=1)
    bare = dataclasses.replace(bare, recipe={}, description={"n": float("nan")})
    _, page, data = report(tmp_path, [bare])
    assert "Learning" not in page.text
    assert data["runs"][0]["folds"][0]["train_accuracy"] is None
    assert data["runs"][0]["description"]["n"] is None


def test_the_share_of_each_expert_is_shown(tmp_path, make_run, run):
    _, page, data = report(tmp_path / "routed", [make_run(routed=True)])
    found = data["runs"][0]["routing"]
    assert len(found) == 5 * 3
    assert "Share of each expert" in page.text
    assert page.tags.count("svg") == 5
    for one in found:
        shares = " ".join(f"{100 * share:.1f} %" for share in one["shares"])
        assert f"{one['fold']} {one['part']} {one['inputs']:.0f} {shares}" in page.text
    _, page, data = report(tmp_path / "plain", [run])
    assert data["runs"][0]["routing"] == []
    assert "Share of each" not in page.text


def test_writing_again_gives_the_same_bytes(tmp_path, run):
    write_report(tmp_path / "a", [run], n_resamples=300)
    write_report(tmp_path / "b", [run], n_resamples=300)
    for name in ("report.html", "report.json"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_runs_need_names_of_their_own(tmp_path, run):
    for runs in ([], [run, run]):
        with pytest.raises(PredictionsError, match="name of its own"):
            write_report(tmp_path, runs)


def test_headline(tmp_path, run):
    written, _, _ = report(tmp_path, [run])
    line = headline(written.runs[0])
    assert re.fullmatch(
        r"bbnn on made_up: accuracy 61\.7 % "
        r"\(95 % interval \d\d\.\d to \d\d\.\d over 40 artists\), "
        r"61\.7 ± 8\.0 over 5 folds, macro F1 0\.\d{3}, log loss \d\.\d{3}, "
        r"calibration error 0\.\d{3}",
        line,
    )


def keys_of(value):
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in ("recipe", "description"):
                yield key
            else:
                yield from (key, *keys_of(inner))
    elif isinstance(value, list):
        for inner in value:
            yield from keys_of(inner)


def test_the_document_names_every_key_and_no_other(tmp_path, make_run):
    first = make_run("a", routed=True)
    first = dataclasses.replace(first, shows_best_fold=True, looks=Looks(times=2, settings=1))
    others = [make_run("b", model_seed=4), make_run("c", model_seed=5)]
    _, _, data = report(tmp_path, [first, *others])
    text = (ROOT / "docs" / "report.md").read_text(encoding="utf-8")
    tables = "\n".join(line for line in text.splitlines() if line.startswith("|"))
    named = set(re.findall(r"`([a-z][a-z0-9_]*)`", tables))
    values = {"null", "track", "none"}
    assert set(keys_of(data)) == named - values
