import pytest
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
