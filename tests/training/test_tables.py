"""The papers' tables: valid, true to the papers where they can be checked, and ready to run."""

import csv
import io
import os
from dataclasses import replace

import numpy as np
import pytest
import soundfile as sf

from genrelab import datasets
from genrelab.datasets.artists1517 import INFO as ARTISTS_1517
from genrelab.datasets.catalogue import read_index
from genrelab.datasets.fma_small import LABELS as FMA_LABELS
from genrelab.errors import RecipeError
from genrelab.training.outlook import look_ahead
from genrelab.training.prepare import prepare
from genrelab.training.recipe import read_recipe
from genrelab.training.recipes import find_recipe, recipe_files
from genrelab.training.reproduce import Data, plan, read_base
from genrelab.training.tables import find_table, read_table, table_files

TABLES = [read_table(path) for path in table_files()]
CLASSES = {
    "gtzan": 10,
    "ballroom": 8,
    "extended_ballroom": 13,
    "homburg": 9,
    "fma_small": 8,
    "artists1517": 19,
}


def some(rows, label, artist, n=4):
    """The first ``n`` rows of each label, each by another artist."""
    kept = {}
    for row in rows:
        kept.setdefault(label(row), {}).setdefault(artist(row), row)
    return [row for of in kept.values() for row in list(of.values())[:n]]


def paths_of(name):
    """A few files of a data set as its copies name them: several artists and parts a class."""
    rows = read_index(name) if name in ("gtzan", "ballroom", "extended_ballroom", "homburg") else []
    if name == "gtzan":
        rows = [r | {"genre": r["track"].split(".")[0]} for r in rows if r["fault_filtered"]]
        chosen = some(rows, lambda r: (r["genre"], r["fault_filtered"]), lambda r: r["artist"], 2)
        return [f"genres/{r['genre']}/{r['track']}.wav" for r in chosen]
    if name == "ballroom":
        chosen = some(rows, lambda r: r["folder"].split("-")[0], lambda r: r["track"][:-3])
        return [f"BallroomData/{r['folder']}/{r['track']}.wav" for r in chosen]
    if name == "extended_ballroom":
        # Various artists are no artist, and all that Wcswing has.
        rows = [r | {"by": r["artist"].replace("Various", r["track"])} for r in rows]
        chosen = some(rows, lambda r: r["genre"], lambda r: r["by"])
        return [f"{r['genre']}/{r['track']}.mp3" for r in chosen]
    if name == "homburg":
        chosen = some(rows, lambda r: r["genre"], lambda r: r["track"].split("-")[0])
        return [f"{r['genre']}/{r['track']}.mp3" for r in chosen]
    if name == "fma_small":
        return [f"fma_small/000/{n:06}.mp3" for n in range(1, 6 * len(FMA_LABELS) + 1)]
    return [f"1517-Artists/{g}/{k}.mp3" for g in ARTISTS_1517.counts for k in range(4)]


def fma_table():
    """``tracks.csv`` with what is read of it: four tracks a genre to train on, two for the rest."""
    out = io.StringIO(newline="")
    table = csv.writer(out)
    table.writerow(["", "set", "set", "track", "artist"])
    table.writerow(["", "split", "subset", "genre_top", "id"])
    table.writerow(["track_id", "", "", "", ""])
    for k in range(6 * len(FMA_LABELS)):
        part = ("training", "training", "training", "training", "validation", "test")[k % 6]
        table.writerow([k + 1, part, "small", FMA_LABELS[k // 6], 1000 + k])
    return out.getvalue()


@pytest.fixture(scope="module")
def trees(tmp_path_factory, encode):
    """Every data set in miniature: the real names, each file the same 1.5 s of noise."""
    root = tmp_path_factory.mktemp("trees")
    y = 0.1 * np.random.default_rng(0).standard_normal(33075).astype(np.float32)
    sf.write(root / "seed.wav", y, 22050)
    encode(
        root / "seed.mp3", y[None], 22050, container="mp3", codec="libmp3lame", id3v2_version="0"
    )
    for name in CLASSES:
        for path in paths_of(name):
            file = root / name / path
            file.parent.mkdir(parents=True, exist_ok=True)
            if name == "artists1517":  # an ID3v1 tag, which names the artist
                tag = b"TAG" + b"".join(w.encode().ljust(30, b"\0") for w in ("", path[13:], ""))
                file.write_bytes((root / "seed.mp3").read_bytes() + tag.ljust(128, b"\0"))
            else:
                os.link(root / f"seed{file.suffix}", file)
    (root / "fma_small" / "tracks.csv").write_text(fma_table(), encoding="utf-8")
    return {name: root / name for name in CLASSES}


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """What one test leaves the next: features, data sets, and the runs that were looked at."""
    return tmp_path_factory.mktemp("cache"), {}, set()


@pytest.mark.parametrize("table", TABLES, ids=[t.name for t in TABLES])
def test_every_recipe_passes_a_dry_run_on_a_miniature_tree(table, trees, shared):
    cache, loaded, seen = shared
    data = Data({name: trees[name] for name in table.datasets})
    rows = plan(table, data, overrides=["training.batch_size=2"])
    for row in rows:
        for run in (row.ours, row.honest):
            if run is None or run.recipe is None or run.name in seen:
                continue
            seen.add(run.name)
            # ImageNet's weights are not at hand everywhere; that they fit is tested elsewhere.
            model = {k: v for k, v in run.recipe.model.items() if k != "weights"}
            recipe = replace(run.recipe, model=model)
            prepared = prepare(recipe, run.root, cache=cache, loaded=loaded)
            outlook = look_ahead(prepared)
            assert outlook.dataset == row.row.dataset
            assert outlook.n_classes == CLASSES[row.row.dataset]
            assert outlook.tracks[0] > 0
            assert outlook.tracks[2] > 0
            if run is row.honest:
                assert prepared.grouped
                artists = {t.id: t.group for t in prepared.dataset.tracks}
                for fold in prepared.folds:
                    parts = [{artists[i] for i in p} for p in (fold.train, fold.valid, fold.test)]
                    assert not (parts[0] & parts[2]) - {None}
                    assert not (parts[1] & parts[2]) - {None}


def test_what_a_recipe_says_of_the_paper_s_number_is_in_its_table():
    """The recipes' sources were written from the papers by themselves."""
    checked = 0
    for table in TABLES:
        for row in table.rows:
            source = read_recipe(find_recipe(row.recipe)).source if row.recipe else ""
            quoted = source.rpartition(": ")[2]
            if table.name.startswith("lgnet2023") or table.name == "asgharivaskasi-table2":
                assert quoted.removesuffix(" on GTZAN") in (
                    f"{row.numbers['test']:{f}} %" for f in ("g", ".2f")
                )
                checked += 1
            elif table.name == "asgharivaskasi-table3":
                assert f"{row.numbers['test']:g} % on" in source
                checked += 1
    assert checked == 27 + 9 + 12 + 10 + 5


def test_every_recipe_of_a_paper_is_in_a_table():
    papers = ("asgharivaskasi", "engelkes2023", "heakl2022", "lgnet2023", "liu2021")
    used = {row.recipe for table in TABLES for row in table.rows}
    # The same network as Figure 15's, without the curve.
    extra = {"asgharivaskasi-gru-mfcc"}
    assert {p.stem for p in recipe_files() if p.stem.startswith(papers)} - extra <= used


def test_genres_of_rows_are_classes_of_their_data_sets():
    for table in TABLES:
        for row in table.rows:
            if row.genre:
                assert row.genre in datasets.describe(row.dataset).info.counts
    for name in ("liu2021-table4", "liu2021-table6", "liu2021-table8"):
        table = find_table(name)
        assert {r.genre for r in table.rows} - {""} == set(
            datasets.describe(table.datasets[0]).info.counts
        )


@pytest.mark.parametrize("name", ["liu2021-table4", "liu2021-table6", "liu2021-table8"])
def test_the_papers_scores_agree_with_each_other(name):
    """F is the harmonic mean of precision and recall, and the last row the mean of those above."""
    *genres, average = find_table(name).rows
    for row in genres:
        p, r = row.numbers["precision"], row.numbers["recall"]
        assert row.numbers["f1"] == pytest.approx(2 * p * r / (p + r), abs=0.11)
    for key in ("precision", "recall", "f1"):
        mean = np.mean([row.numbers[key] for row in genres])
        assert average.numbers[key] == pytest.approx(mean, abs=0.11)


def test_data_that_stand_in_are_laid_over_the_row_s_recipe():
    table = find_table("asgharivaskasi-table2")
    base = read_base("gtzan-mel-crops")
    data = Data({"gtzan": "somewhere"}, {"gtzan": base})
    whole, segments, *_ = plan(table, data, overrides=["protocol.seed=5"])
    recipe = whole.ours.recipe
    assert recipe.dataset["title"] == "gtzan_mel (from spectrogram pictures)"
    assert recipe.protocol["name"] == "asgharivaskasi"
    assert recipe.protocol["seed"] == 5
    assert recipe.front_end == {"name": "mfcc"}
    assert whole.honest.recipe.protocol == base["protocol"]
    assert recipe.training.crop == base["training"]["crop"]
    # Segments of 3 s stay segments of 3 s.
    training = segments.ours.recipe.training
    assert (training.crop, training.crop_seconds) == (0, 3)


def test_arrays_of_mel_bands_are_no_other_front_end():
    data = Data({"gtzan": "somewhere"}, {"gtzan": read_base("gtzan-mel")})
    stft, mel, cqt, *_ = plan(find_table("lgnet2023-table2"), data)
    assert mel.ours.recipe.front_end == {}
    assert stft.ours.why_not == "not run: arrays of mel bands are no log_stft"
    assert cqt.ours.recipe is None
    assert mel.honest is None  # the paper's own protocol keeps artists apart


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('rows = [{ lable = "x", test = 1 }]', "needs a label"),
        ('rows = [{ label = "x", tset = 1 }]', "unknown key 'tset'. Did you mean .*'test'"),
        ('rows = [{ label = "x" }]', "needs a measure"),
        ('rows = [{ label = "x", recipe = "liu2020", test = 1 }]', "Did you mean 'liu2021'"),
        ('notse = ["x"]\nrows = [{ label = "x", test = 1 }]', "Did you mean 'notes'"),
        ("rows = []", "needs rows"),
    ],
)
def test_a_table_with_a_fault_is_refused_in_one_sentence(tmp_path, text, sentence):
    head = 'title = "a"\nsource = "b"\nprotocol = "c"\nstatistic = "d"\ndataset = "gtzan"\n'
    (tmp_path / "t.toml").write_text(head + text)
    with pytest.raises(RecipeError, match=sentence):
        find_table(str(tmp_path / "t.toml"))


def test_wrong_names_are_said():
    with pytest.raises(RecipeError, match="Did you mean 'liu2021-table3'"):
        find_table("liu2021-table33")
    with pytest.raises(RecipeError, match=r"no data set 'gtzen'\. Did you mean 'gtzan'"):
        plan(find_table("liu2021-table3"), Data({"gtzen": "x"}))
    with pytest.raises(RecipeError, match="Did you mean 'gtzan-mel'"):
        read_base("gtzan-mell")
