import json
import os
import shutil

import numpy as np
import pytest
import soundfile as sf
import typer
from typer.testing import CliRunner

from genrelab import datasets
from genrelab.cli.datasets import register
from genrelab.errors import DatasetError


@pytest.fixture
def app():
    app = typer.Typer()
    app.callback()(lambda: None)
    register(app)
    return app


def call(app, *arguments):
    result = CliRunner().invoke(app, ["datasets", *map(str, arguments)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.fixture
def music(tmp_path):
    for name in ("rock/Anna/1.mp3", "rock/Anna/2.mp3", "rock/3.mp3", "jazz/Carl/4.mp3"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    return tmp_path


def test_lists_every_data_set(app):
    lines = call(app).stdout.splitlines()
    assert [line.split(":")[0] for line in lines if not line.startswith(" ")] == datasets.names()
    assert any("bands=5" in line for line in lines)


def test_counts_tracks_and_artists(app, music):
    result = call(app, "show", "folder", "--data", music, "--set", "group=folder")
    assert result.exit_code == 0
    rows = [line.split() for line in result.stdout.splitlines()]
    assert ["jazz", "1", "1"] in rows
    assert ["rock", "3", "1"] in rows
    assert ["all", "4", "2"] in rows
    assert "tracks without an artist: 1" in result.stdout


def test_problems_go_to_standard_error_and_set_the_exit_code(app, music):
    (music / "stray.mp3").write_bytes(b"")
    result = call(app, "show", "folder", "--data", music)
    assert result.exit_code == 1
    assert result.stderr == "stray.mp3: lies in no genre's folder.\n"
    assert "all" in result.stdout


def test_shows_splits(app, music):
    (music / "index.csv").write_text(
        "path,genre,official,fold\n"
        "rock/3.mp3,rock,test,10\n"
        "rock/Anna/1.mp3,rock,train,9\n"
        "jazz/Carl/4.mp3,jazz,,9\n"
    )
    out = call(app, "show", "manifest", "--data", music).stdout
    assert "split official: train 1, test 1, left out 1" in out
    assert "split fold: 10 1, 9 2" in out
    out = call(app, "show", "manifest", "--data", music, "--set", 'split_columns=["fold"]').stdout
    assert "official" not in out


def test_options_are_numbers_where_they_look_like_it(app, tmp_path):
    options = ["--set", "tracks_per_genre=1", "--set", "bands=1", "--set", "seconds=1"]
    out = call(app, "show", "synthetic", "--data", tmp_path, *options).stdout
    assert "viennese waltz" in out
    assert len(list(tmp_path.rglob("*.wav"))) == 8


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["foldr"], "Did you mean 'folder'"),
        (["folder"], "with --data"),
        (["folder", "--set", "group"], "--set takes KEY=VALUE"),
        (["synthetic", "--set", "band=3"], "Did you mean 'bands'"),
    ],
)
def test_wrong_use(app, arguments, message):
    with pytest.raises(DatasetError, match=message):
        call(app, "show", *arguments)


@pytest.fixture(scope="module")
def gtzan(tmp_path_factory):
    """A miniature of GTZAN: every name, every file a few samples."""
    root = tmp_path_factory.mktemp("gtzan")
    sf.write(root / "seed.wav", np.zeros(8), 22050)
    genres = [
        "blues",
        "classical",
        "country",
        "disco",
        "hiphop",
        "jazz",
        "metal",
        "pop",
        "reggae",
        "rock",
    ]
    for genre in genres:
        (root / "genres" / genre).mkdir(parents=True)
        for n in range(100):
            (root / "genres" / genre / f"{genre}.{n:05}.wav").hardlink_to(root / "seed.wav")
    (root / "seed.wav").unlink()
    return root


def test_check_says_that_all_is_as_published(app, gtzan):
    result = call(app, "check", "gtzan", "--data", gtzan, "--fast")
    assert result.exit_code == 0
    rows = [line.split() for line in result.stdout.splitlines()]
    assert ["all", "1000", "1000"] in rows
    assert result.stdout.endswith("This is the data set that was published.\n")
    assert result.stderr == ""


def test_check_gives_a_table_of_the_faults_of_a_damaged_tree(app, gtzan, tmp_path):
    root = tmp_path / "copy"
    shutil.copytree(gtzan, root, copy_function=os.link)
    (root / "genres/jazz/jazz.00054.wav").unlink()
    (root / "genres/rock/rock.00003.wav").rename(root / "genres/pop/rock.00003.wav")
    (root / "genres/pop/song.mp3").write_bytes(b"")
    (root / "genres/blues/blues.00000.wav").unlink()
    (root / "genres/blues/blues.00000.wav").write_bytes(b"")
    result = call(app, "check", "gtzan", "--data", root)
    assert result.exit_code == 1
    rows = [line.split(maxsplit=2) for line in result.stdout.splitlines()]
    for row in (
        ["missing", "jazz.00054", "there is no file of this track."],
        ["extra", "genres/pop/song.mp3", "is no track of this data set."],
        ["damaged", "blues.00000", "the file is empty (0 bytes)."],
        ["mislabelled", "rock.00003", "lies in the folder of pop."],
        ["short", "blues.00001", "has 0.0 of 30 s."],
        ["short", "and", "978 more; --all prints them."],
    ):
        assert row in rows
    last = "not the data set that was published: 1 missing, 1 extra, 1 damaged, 998 short, 1 misl"
    assert last in result.stdout

    result = call(app, "check", "gtzan", "--data", root, "--fast", "--json")
    assert result.exit_code == 1
    found = json.loads(result.stdout)
    assert (found["dataset"], found["as_published"], found["read"]) == ("gtzan", False, False)
    assert found["present"]["jazz"] == 99
    assert [f["kind"] for f in found["faults"]] == ["missing", "extra", "mislabelled"]
    assert found["faults"][0]["subject"] == "jazz.00054"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["gtzann"], "Did you mean 'gtzan'"),
        (["folder"], "nothing published"),
        (["gtzan"], "holds no track of GTZAN"),
        (["gtzan", "--set", "seed=1"], "no option 'seed'"),
    ],
)
def test_check_used_wrongly(app, tmp_path, arguments, message):
    with pytest.raises(DatasetError, match=message):
        call(app, "check", *arguments, "--data", tmp_path)
    assert call(app, "check", "gtzan").exit_code == 2


def test_the_list_says_what_was_published(app):
    text = call(app).stdout
    gtzan = text.split("\ngtzan:")[1].split("\nhomburg:")[0]
    for part in ("1,000 tracks of 30 s", "licence: none stated", "splits: fault_filtered", "MD5"):
        assert part in gtzan
