"""The protocols by name are what their papers and their authors' tables say."""

import csv
from collections import Counter, defaultdict
from importlib.resources import files

import pytest

from genrelab import protocols
from genrelab.datasets import Dataset
from genrelab.errors import ProtocolError
from genrelab.track import Track
from genrelab.training.recipe import read_recipe
from genrelab.training.recipes import recipe_files

TEN = tuple("abcdefghij")


@pytest.fixture(scope="module")
def thousand():
    """As many tracks as GTZAN has, 100 in each of ten classes, by 25 artists each."""
    tracks = [Track(f"{g}{n:02}", g, group=f"{g} {n % 25}") for g in TEN for n in range(100)]
    return Dataset("thousand", TEN, tuple(tracks))


def sizes(folds):
    return [(len(f.train), len(f.valid), len(f.test)) for f in folds]


def test_liu2021_draws_ten_times_independently(thousand):
    folds = protocols.liu2021(thousand)
    assert sizes(folds) == [(800, 100, 100)] * 10
    by_id = thousand.by_id()
    for fold in folds:
        for part, n in ((fold.train, 80), (fold.valid, 10), (fold.test, 10)):
            assert Counter(by_id[i].label for i in part) == dict.fromkeys(TEN, n)
    # Drawn with no regard to each other: of 1,000 tracks, those never tested are 0.9^10.
    tested = Counter(i for f in folds for i in f.test)
    assert 1000 - len(tested) == pytest.approx(1000 * 0.9**10, abs=45)
    assert protocols.fingerprint(folds) != protocols.fingerprint(
        protocols.liu2021(thousand, seed=1)
    )


@pytest.mark.parametrize("make", [protocols.kfold10, protocols.heakl2022])
def test_ten_folds_test_everything_once(thousand, make):
    folds = make(thousand)
    assert sizes(folds) == [(800, 100, 100)] * 10
    assert set(Counter(i for f in folds for i in f.test).values()) == {1}
    assert folds == protocols.kfold(thousand)
    assert make(thousand, seed=2) == protocols.kfold(thousand, seed=2)


def test_the_papers_with_one_draw(thousand):
    # engelkes2023, section 5.2: 900 songs to train, 100 to test; asgharivaskasi, section 3: 70/30.
    assert sizes(protocols.engelkes2023(thousand)) == [(900, 0, 100)]
    assert sizes(protocols.asgharivaskasi(thousand)) == [(600, 100, 300)]
    assert sizes(protocols.asgharivaskasi(thousand, validation=0)) == [(700, 0, 300)]


def test_artist_kfold_never_shares_an_artist(thousand):
    by_id = thousand.by_id()
    folds = protocols.folds(thousand, "artist_kfold", seed=3)
    assert len(folds) == 5
    for fold in folds:
        parts = [{by_id[i].group for i in p} for p in (fold.train, fold.valid, fold.test)]
        assert sum(map(len, parts)) == 250
    assert protocols.kfold10(thousand, group="artist") == protocols.artist_kfold(thousand, folds=10)


@pytest.mark.parametrize("name", ["liu2021", "kfold10", "heakl2022", "engelkes2023"])
def test_segments_stay_with_their_track(name):
    tracks = [
        Track(f"{g}{n}@{k}", g, source=f"{g}{n}") for g in "ab" for n in range(20) for k in range(3)
    ]
    dataset = Dataset("pieces", ("a", "b"), tuple(tracks))
    for fold in protocols.folds(dataset, name):
        parts = [{i.split("@")[0] for i in p} for p in (fold.train, fold.valid, fold.test)]
        assert sum(map(len, parts)) == len(set().union(*parts)) == 40


@pytest.fixture(scope="module")
def gtzan():
    """GTZAN as published, without its audio; its folds also under the name that others give."""
    text = (files("genrelab.datasets") / "index" / "gtzan.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    tracks = [Track(r["track"], r["track"].split(".")[0], group=r["artist"] or None) for r in rows]
    columns = {
        "fault_filtered": "fault_filtered",
        "artist_folds": "artist_folds",
        "artist_fold": "artist_folds",
    }
    splits = {name: {r["track"]: r[column] for r in rows} for name, column in columns.items()}
    return Dataset("gtzan", tuple(sorted({t.label for t in tracks})), tuple(tracks), splits)


def test_the_fault_filtered_split(gtzan):
    assert sizes(protocols.fault_filtered(gtzan)) == [(443, 197, 290)]
    assert sizes(protocols.fault_filtered(gtzan, repeats=3)) == [(443, 197, 290)] * 3
    assert protocols.about("fault_filtered").grouped({})
    with pytest.raises(ProtocolError, match="needs the values train, valid and test"):
        protocols.fault_filtered(gtzan, column="artist_folds")
    with pytest.raises(
        ProtocolError, match=r"has no split 'fault_filter'.*Did you mean 'fault_filtered'"
    ):
        protocols.fault_filtered(gtzan, column="fault_filter")


def test_the_artist_folds_and_what_is_said_of_them(gtzan):
    folds = protocols.artist_folds(gtzan, validation=0)
    assert sizes(folds) == [(633, 0, 315), (632, 0, 316), (631, 0, 317)]
    assert protocols.artist_folds(gtzan, column="artist_fold", validation=0) == folds
    by_id, where = gtzan.by_id(), defaultdict(list)
    for fold in folds:
        for i in fold.test:
            where[by_id[i].group].append(fold.index)
    torn = [folds for artist, folds in where.items() if artist and len(set(folds)) > 1]
    said = protocols.about("artist_folds").flatters
    assert f"{len(torn)} of them, with {sum(map(len, torn))} of the 948 tracks" in said
    assert not protocols.about("artist_folds").grouped({})


def test_the_official_split_keeps_artists_apart_unless_told_otherwise():
    tracks = [Track(f"t{n}", "ab"[n % 2], group=f"g{n % 4}") for n in range(12)]
    parts = ["train", "train", "valid", "test"]
    split = {t.id: parts[n % 4] for n, t in enumerate(tracks)}
    good = Dataset("x", ("a", "b"), tuple(tracks), {"official": split})
    assert sizes(protocols.official(good)) == [(6, 3, 3)]
    shared = {t.id: parts[n // 3] for n, t in enumerate(tracks)}
    bad = Dataset("x", ("a", "b"), tuple(tracks), {"official": shared})
    with pytest.raises(ProtocolError, match='with group = "none"'):
        protocols.folds(bad, "official")
    assert protocols.folds(bad, "official", group="none")


def test_what_is_said_depends_on_whether_artists_are_kept_apart():
    for name in ("kfold", "kfold10", "holdout"):
        apart, _ = protocols.about(name).in_words({"group": "artist"})
        known, flatters = protocols.about(name).in_words({"group": "none"})
        assert "by artists it has never heard" in apart
        assert "by artists that it partly knows" in known
        assert "Artists, albums and copies" in flatters
    assert protocols.about("artist_kfold").in_words({})[1].startswith("Two names of one artist")
    for name in protocols.names():
        measures, flatters = protocols.about(name).in_words({})
        assert measures[0].islower()
        assert not measures.endswith(".")
        assert flatters.endswith(".")
        assert flatters.count(". ") == 0


def test_every_recipe_asks_for_a_protocol_that_there_is():
    for path in recipe_files():
        asked = dict(read_recipe(path).protocol)
        assert set(asked) - {"name"} <= set(protocols.about(asked["name"]).parameters), path.name
