"""FMA's three subsets, with made-up artists and parts in a table like the published one."""

from collections import Counter

import pytest

from genrelab import datasets, protocols
from genrelab.datasets.catalogue import read_index
from genrelab.datasets.tree import load_tree
from genrelab.errors import DatasetError


def fma_small_rows():
    """Numbers and genres that are real, artists and parts that are not: 80/10/10 of each genre."""
    for k, row in enumerate(sorted(read_index("fma_small"), key=lambda r: r["genre"])):
        split = {8: "validation", 9: "test"}.get(k % 1000 // 100, "training")
        yield int(row["track"]), row["genre"], str(k // 7), split, "small"


def test_fma_small(plant, fma_table, tmp_path):
    rows = list(fma_small_rows())
    other = [(900001, "Rock", "7", "training", "medium"), (900002, "", "7", "training", "large")]
    root = plant(f"fma_small/{n // 1000:03}/{n:06}.mp3" for n, *_ in rows)
    table = fma_table(root / "fma_metadata" / "tracks.csv", rows + other)
    found = datasets.load("fma_small", root)
    assert found.name == "fma_small"
    assert found.problems == ()
    assert set(found.counts().values()) == {1000}
    assert found.tracks[0].id == "000002"
    assert found.tracks[0].label == "Hip-Hop"
    assert len({t.group for t in found.tracks}) == 1143
    (fold,) = protocols.folds(found, "predefined", column="official")
    assert (len(fold.train), len(fold.valid), len(fold.test)) == (6400, 800, 800)
    # The table may lie beside the music's own folder, or anywhere.
    beside = datasets.load("fma_small", root / "fma_small" / "000")
    assert beside.splits == {}
    for options in ({}, {"metadata": str(tmp_path)}, {"metadata": str(tmp_path / "tracks.csv")}):
        here = datasets.published("fma_small", root / "fma_small", **options)
        assert {e.id: e.group for e in here.entries} == {t.id: t.group for t in found.tracks}
        table.rename(tmp_path / "tracks.csv") if table.exists() else None


def test_fma_small_without_its_table(plant):
    rows = read_index("fma_small")[::100]
    found = datasets.load("fma_small", plant(f"{r['track'][:3]}/{r['track']}.mp3" for r in rows))
    assert set(found.counts().values()) == {10}
    assert found.splits == {}
    assert {t.group for t in found.tracks} == {None}
    with pytest.raises(DatasetError, match=r"tracks.csv is neither there nor beside it.*metadata="):
        datasets.load("fma_medium", found.tracks[0].path.parents[1])


def numbered(name, subset, start):
    """Rows for every track that the data set's module says there is, with made-up numbers."""
    counts = datasets.describe(name).info.counts
    genres = [genre for genre, n in counts.items() for _ in range(n)]
    return [(start + k, g, str(k // 3), "training", subset) for k, g in enumerate(genres)]


def test_fma_medium(plant, fma_table):
    small, medium = numbered("fma_small", "small", 2), numbered("fma_medium", "medium", 10_000)
    # The medium subset contains the small one: give those numbers to the small one's tracks.
    left = Counter(g for _, g, *_ in small)
    rows = []
    for n, genre, *rest, subset in medium:
        left[genre] -= 1
        rows.append((n, genre, *rest, "small" if left[genre] >= 0 else subset))
    root = plant(f"fma_medium/{n // 1000:03}/{n:06}.mp3" for n, *_ in rows)
    fma_table(root / "fma_metadata" / "tracks.csv", rows)
    found = datasets.load("fma_medium", root)
    assert found.problems == ()
    assert len(found.tracks) == 25_000
    assert len(found.labels) == 16
    # The largest and the smallest class of the published subset.
    assert (found.counts()["Rock"], found.counts()["Easy Listening"]) == (7103, 21)


def test_fma_large_leaves_out_what_has_no_top_genre(plant, fma_table):
    rows = numbered("fma_large", "large", 2)
    start = rows[-1][0] + 1
    rows += [(n, "", "x", "training", "large") for n in range(start, start + 106_574 - len(rows))]
    some = [n for n, *_ in rows[::500]]
    root = plant(f"fma_large/{n // 1000:03}/{n:06}.mp3" for n in some)
    fma_table(root / "tracks.csv", rows)
    wanted = datasets.published("fma_large", root)
    assert len(wanted.entries) == 49_598
    assert len(wanted.unlabelled) == 56_976
    found = load_tree(root, wanted)
    assert len(found.tracks) == 100
    assert all(p.subject in found.labels for p in found.problems)


def test_a_table_that_is_not_fma_s(plant):
    root = plant(["fma_medium/000/000002.mp3"])
    (root / "tracks.csv").write_text("track_id,genre\n2,Rock\n")
    with pytest.raises(DatasetError, match=r"headings lack set.split, set.subset, track.genre_top"):
        datasets.load("fma_medium", root)
    with pytest.raises(DatasetError, match="there is no such table"):
        datasets.load("fma_medium", root, metadata="nowhere.csv")
