import random
from collections import Counter
from fractions import Fraction
from itertools import combinations
from math import ceil, floor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genrelab import protocols
from genrelab.datasets import Dataset
from genrelab.errors import ProtocolError
from genrelab.protocols import Fold
from genrelab.track import Track

PARTS = ("train", "valid", "test")


def toy(labels, *, groups=None, sources=None, splits=None):
    """A data set from one label a track, in order."""
    tracks = tuple(
        Track(
            f"t{i}",
            label,
            group=groups[i] if groups else None,
            source=(sources[i] or "") if sources else "",
        )
        for i, label in enumerate(labels)
    )
    return Dataset("toy", tuple(sorted(set(labels))), tracks, splits or {})


@st.composite
def datasets(draw):
    """Random data sets: up to 4 classes, artists in one or more classes, pieces of one source."""
    n = draw(st.integers(2, 60))
    classes = draw(st.integers(1, 4))
    rows = draw(
        st.lists(
            st.tuples(
                st.integers(0, classes - 1),
                st.one_of(st.none(), st.integers(0, n // 2)),
                st.one_of(st.none(), st.integers(0, n)),
            ),
            min_size=n,
            max_size=n,
        )
    )
    return toy(
        ["abcd"[k] for k, _, _ in rows],
        groups=[None if g is None else f"g{g}" for _, g, _ in rows],
        sources=[None if s is None else f"s{s}" for _, _, s in rows],
    )


def check_invariants(dataset, folds, group):
    by_id = dataset.by_id()
    for fold in folds:
        parts = [getattr(fold, part) for part in PARTS]
        for part in parts:
            assert list(part) == sorted(set(part))
        for one, other in combinations(parts, 2):
            assert not set(one) & set(other)
            assert not {by_id[i].source for i in one} & {by_id[i].source for i in other}
            if group:
                shared = {by_id[i].group for i in one} & {by_id[i].group for i in other}
                assert shared <= {None}
        assert {by_id[i].label for i in fold.train} == set(dataset.labels)


def shuffled(dataset):
    tracks = list(dataset.tracks)
    random.Random(1).shuffle(tracks)
    return Dataset(dataset.name, dataset.labels[::-1], tuple(tracks), dataset.splits)


@settings(max_examples=150, deadline=None)
@given(
    datasets(),
    st.integers(2, 6),
    st.sampled_from([0, 0.1, 0.25]),
    st.integers(0, 3),
    st.sampled_from([None, "artist"]),
)
def test_kfold_always_holds(dataset, k, validation, seed, group):
    try:
        folds = protocols.kfold(dataset, folds=k, validation=validation, seed=seed, group=group)
    except ProtocolError:
        return
    check_invariants(dataset, folds, group)
    assert [f.index for f in folds] == list(range(k))
    assert sorted(i for f in folds for i in f.test) == sorted(t.id for t in dataset.tracks)
    assert all(f.test for f in folds)
    for fold in folds:
        assert sum(len(getattr(fold, p)) for p in PARTS) == len(dataset.tracks)
        assert bool(fold.valid) == (validation > 0)
    again = protocols.kfold(
        shuffled(dataset), folds=k, validation=validation, seed=seed, group=group
    )
    assert again == folds


@settings(max_examples=100, deadline=None)
@given(
    datasets(),
    st.sampled_from([0.1, 0.2, 0.4]),
    st.sampled_from([0, 0.1, 0.3]),
    st.integers(0, 3),
    st.sampled_from([None, "artist"]),
)
def test_holdout_always_holds(dataset, test, validation, seed, group):
    options = {"test": test, "validation": validation, "seed": seed, "group": group}
    try:
        folds = protocols.holdout(dataset, repeats=2, **options)
    except ProtocolError:
        return
    check_invariants(dataset, folds, group)
    for fold in folds:
        assert sum(len(getattr(fold, p)) for p in PARTS) == len(dataset.tracks)
        assert fold.test
        assert bool(fold.valid) == (validation > 0)
    assert protocols.holdout(shuffled(dataset), repeats=2, **options) == folds
    # The first of two draws is the draw that one repeat gives.
    assert protocols.holdout(dataset, **options) == folds[:1]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(1, 25), min_size=1, max_size=4), st.integers(2, 7), st.integers(0, 2))
def test_ungrouped_folds_are_stratified_to_the_track(sizes, k, seed):
    dataset = toy([label for label, n in zip("abcd", sizes, strict=False) for _ in range(n)])
    if sum(sizes) < k or min(sizes) < 2:
        with pytest.raises(ProtocolError):
            protocols.kfold(dataset, folds=k, validation=0, seed=seed)
        return
    by_id = dataset.by_id()
    for fold in protocols.kfold(dataset, folds=k, validation=0, seed=seed):
        assert floor(sum(sizes) / k) <= len(fold.test) <= ceil(sum(sizes) / k)
        counts = Counter(by_id[i].label for i in fold.test)
        for label, n in dataset.counts().items():
            assert floor(n / k) <= counts[label] <= ceil(n / k)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(2, 6), min_size=1, max_size=4), st.integers(2, 4), st.data())
def test_a_class_with_two_artists_can_be_trained_on_in_every_fold(artists, k, data):
    labels, groups = [], []
    for label, n in zip("abcd", artists, strict=False):
        for g in range(n):
            size = data.draw(st.integers(1, 12))
            labels += [label] * size
            groups += [f"{label}{g}"] * size
    dataset = toy(labels, groups=groups)
    if sum(artists) < k:
        return
    folds = protocols.kfold(dataset, folds=k, validation=0, group="artist")
    check_invariants(dataset, folds, "artist")


def by_artist(*artists):
    """A data set from the classes of each artist's tracks."""
    groups = [f"g{k}" for k, labels in enumerate(artists) for _ in labels]
    return toy("".join(artists), groups=groups)


def test_training_has_every_class_even_where_other_parts_would_be_more_even():
    # The evenest two parts are the first two artists and the third: class a in one part alone.
    dataset = by_artist("accccc", "abbbbbc", "bccccc")
    folds = protocols.kfold(dataset, folds=2, validation=0, group="artist")
    check_invariants(dataset, folds, "artist")
    # The evenest cut takes the only artist with class a or c out of training.
    for dataset in (by_artist("bc", "bbbbb", "a"), by_artist("aaaaab", "cc", "b")):
        folds = protocols.holdout(dataset, test=0.3, validation=0, group="artist")
        check_invariants(dataset, folds, "artist")
        assert folds[0].test


def test_a_part_that_rounds_to_nothing_has_one_track():
    (fold,) = protocols.holdout(toy("aaaa"), test=0.1, validation=0.1)
    assert (len(fold.train), len(fold.valid), len(fold.test)) == (2, 1, 1)


def test_grouped_folds_balance_classes_and_sizes():
    # 138 artists as uneven as real ones, some in two classes; 100 tracks a class.
    random_ = random.Random(0)
    labels, groups = [], []
    for label in "abcd":
        left, number = 100, 0
        while left:
            size = min(left, random_.choice([1, 1, 1, 1, 2, 2, 3, 4, 6, 10, 17]))
            labels += [label] * size
            groups += [f"{'ab' if number == 1 and label in 'ab' else label}{number}"] * size
            left -= size
            number += 1
    dataset = toy(labels, groups=groups)
    for seed in range(3):
        folds = protocols.kfold(dataset, folds=5, group="artist", seed=seed)
        by_id = dataset.by_id()
        for fold in folds:
            assert len(fold.test) == pytest.approx(80, abs=2)
            assert len(fold.valid) == pytest.approx(40, abs=3)
            for part, aim in ((fold.test, 20), (fold.valid, 10)):
                counts = Counter(by_id[i].label for i in part)
                assert all(abs(counts[label] - aim) <= 2 for label in "abcd")


def test_holdout_lets_large_artists_into_the_test_part():
    groups = ["big"] * 20 + [f"small{i}" for i in range(80)]
    dataset = toy(["a", "b"] * 50, groups=groups)
    drawn = protocols.holdout(dataset, test=0.4, validation=0, repeats=20, group="artist")
    tested = sum("t0" in fold.test for fold in drawn)
    assert 0 < tested < 20
    assert all(len(fold.test) == pytest.approx(40, abs=2) for fold in drawn)
    assert len({fold.test for fold in drawn}) == 20


def test_holdout_of_small_classes_still_has_its_share_in_all():
    dataset = toy([label for label in "abcdefghij" for _ in range(4)])
    (fold,) = protocols.holdout(dataset, test=0.1, validation=0.1)
    assert (len(fold.train), len(fold.valid), len(fold.test)) == (32, 4, 4)


def test_the_same_folds_on_every_machine():
    labels = [label for label in "abc" for _ in range(20)]
    dataset = toy(labels, groups=[f"g{i % 17}" for i in range(60)])
    pinned = {
        "kfold": "95f014cf95e2eec4",
        "kfold artist": "28b4c4c3e4a7c2b4",
        "holdout": "0f8b8f7bc40cb058",
    }
    assert pinned == {
        "kfold": protocols.fingerprint(protocols.kfold(dataset, folds=5)),
        "kfold artist": protocols.fingerprint(protocols.kfold(dataset, folds=3, group="artist")),
        "holdout": protocols.fingerprint(protocols.holdout(dataset, repeats=2)),
    }


def test_another_seed_gives_other_folds():
    dataset = toy(list("ab") * 20, groups=[f"g{i // 2}" for i in range(40)])
    for options in ({}, {"group": "artist"}):
        prints = {
            protocols.fingerprint(protocols.kfold(dataset, folds=4, seed=seed, **options))
            for seed in range(5)
        }
        assert len(prints) == 5


def test_ungrouped_tracks_are_kept_together_by_source_alone():
    dataset = toy(
        list("ab") * 6,
        groups=["g", "g", None, None] * 3,
        sources=["s1", "s2", "s3", "s4", "s5", "s6", "s3", "s4", "s7", "s8", "s9", "s10"],
    )
    folds = protocols.kfold(dataset, folds=3, validation=0, group="artist")
    assert sorted(len(f.test) for f in folds) == [3, 3, 6]
    assert any(set(f.test) == {"t0", "t1", "t4", "t5", "t8", "t9"} for f in folds)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda d: protocols.kfold(d, folds=9), "9 folds need at least 9 tracks; 'toy' has 8"),
        (
            lambda d: protocols.kfold(d, folds=3, group="artist"),
            "3 folds need at least 3 artists; 'toy' has 2.*fewer folds",
        ),
        (lambda d: protocols.kfold(d, folds=1), "folds must be a whole number of at least 2"),
        (lambda d: protocols.kfold(d, folds=2.0), "whole number"),
        (lambda d: protocols.kfold(d, folds=2, validation=0.5), "less than 0.5, not 0.5"),
        (lambda d: protocols.kfold(d, folds=2, validation="x"), "must be a number"),
        (lambda d: protocols.kfold(d, folds=2, group="artists"), "Did you mean 'artist'"),
        (
            lambda d: protocols.kfold(d, folds=2, group="artist", validation=0),
            "no track of the class '[ab]' to train on",
        ),
        (lambda d: protocols.holdout(d, test=0), "test must be more than 0"),
        (lambda d: protocols.holdout(d, test=0.8, validation=0.2), "validation must be"),
        (lambda d: protocols.holdout(d, repeats=0), "repeats must be"),
        (lambda d: protocols.predefined(d, column="offical"), "Did you mean 'official'"),
        (lambda d: protocols.folds(d, "kfolds"), r"no protocol 'kfolds'\. Did you mean 'kfold'"),
        (lambda d: protocols.folds(d, "kfold", fold=3), r"'fold'\. Did you mean 'folds'"),
        (lambda d: protocols.folds(d, "predefined"), "needs the parameter 'column'"),
    ],
)
def test_faults_say_what_to_do(call, message):
    dataset = toy(
        "aaaabbbb",
        groups=["x"] * 4 + ["y"] * 4,
        splits={"official": {f"t{i}": "train" if i % 2 else "test" for i in range(8)}},
    )
    with pytest.raises(ProtocolError, match=message):
        call(dataset)


def test_no_artists_known():
    with pytest.raises(ProtocolError, match="does not say whose"):
        protocols.kfold(toy("aabb"), folds=2, group="artist")


def test_a_class_of_one_track_is_named():
    with pytest.raises(ProtocolError, match="class 'b'"):
        protocols.kfold(toy("aaaaab"), folds=2)


def test_predefined_train_valid_test_is_taken_as_it_is():
    split = {"t0": "train", "t1": "train", "t2": "valid", "t3": "test", "t4": "", "t5": "test"}
    dataset = toy("ababab", splits={"official": split})
    (fold,) = protocols.predefined(dataset, column="official", validation=0.3)
    assert fold == Fold(0, ("t0", "t1"), ("t2",), ("t3", "t5"))


def test_predefined_train_test_has_validation_cut_out():
    split = {f"t{i}": "test" if i < 20 else "train" for i in range(100)}
    dataset = toy(list("ab") * 50, splits={"official": split})
    (fold,) = protocols.predefined(dataset, column="official", validation=0.1)
    assert set(fold.test) == {f"t{i}" for i in range(20)}
    assert len(fold.valid) == 10
    assert not set(fold.valid) & set(fold.test)
    (whole,) = protocols.predefined(dataset, column="official", validation=0)
    assert len(whole.train) == 80


@pytest.mark.parametrize("values", [("train", "test"), ("train", "valid", "test"), "123"])
def test_predefined_repeats_are_the_same_folds_under_other_numbers(values):
    split = {f"t{i}": values[i % len(values)] for i in range(30)}
    dataset = toy("aaabbb" * 5, splits={"s": split})
    once = protocols.predefined(dataset, column="s")
    thrice = protocols.predefined(dataset, column="s", repeats=3)
    assert [f.index for f in thrice] == list(range(3 * len(once)))
    for k, fold in enumerate(thrice):
        like = once[k % len(once)]
        assert (fold.train, fold.valid, fold.test) == (like.train, like.valid, like.test)
    with pytest.raises(ProtocolError, match="repeats must be a whole number"):
        protocols.predefined(dataset, column="s", repeats=0)


def test_predefined_folds_go_by_number():
    split = {f"t{i}": str(i % 11 + 1) for i in range(88)} | {"t87": ""}
    dataset = toy(list("ab") * 44, groups=[f"g{i % 22}" for i in range(88)], splits={"f": split})
    folds = protocols.predefined(dataset, column="f", group="artist")
    assert len(folds) == 11
    for k, fold in enumerate(folds):
        assert set(fold.test) == {i for i, name in split.items() if name == str(k + 1)}
        assert "t87" not in fold.train + fold.valid + fold.test
        assert fold.valid
    check_invariants(dataset, folds, "artist")


def test_predefined_split_that_tears_an_artist_apart_is_refused_if_grouped():
    split = {"t0": "1", "t1": "2", "t2": "1", "t3": "2"}
    dataset = toy("abba", groups=["x", "y", "z", "x"], splits={"f": split})
    assert len(protocols.predefined(dataset, column="f", validation=0)) == 2
    with pytest.raises(ProtocolError, match="an artist's tracks in 1 and 2: t0, t3"):
        protocols.predefined(dataset, column="f", group="artist")


def test_predefined_split_that_tears_a_source_apart_is_refused():
    split = {"t0": "train", "t1": "train", "t2": "test"}
    dataset = toy("aba", sources=["s", "r", "s"], splits={"f": split})
    with pytest.raises(ProtocolError, match="pieces of one source in test and train: t0, t2"):
        protocols.predefined(dataset, column="f")


@pytest.mark.parametrize("values", [("train", "valid"), ("train", "test", "3"), ("1", "1")])
def test_predefined_columns_that_are_no_split(values):
    split = {f"t{i}": values[i % len(values)] for i in range(6)}
    with pytest.raises(ProtocolError, match="the split 'f'"):
        protocols.predefined(toy("aaaaaa", splits={"f": split}), column="f")


def test_everything_trains_on_all():
    dataset = toy("abab")
    assert protocols.folds(dataset, "everything") == [Fold(0, ("t0", "t1", "t2", "t3"), (), ())]


def test_a_fold_refuses_a_track_in_two_parts():
    with pytest.raises(ProtocolError, match="the track 'x' in two parts"):
        Fold(3, ("x", "y"), (), ("x",))


def test_fingerprint_ignores_order_and_sees_parts():
    one = Fold(0, ("a", "b"), ("c",), ("d",))
    two = Fold(1, ("c", "d"), ("a",), ("b",))
    assert protocols.fingerprint([one, two]) == protocols.fingerprint([two, one])
    assert protocols.fingerprint([one]) == protocols.fingerprint(
        [Fold(0, ("b", "a"), ("c",), ("d",))]
    )
    others = [
        Fold(0, ("a", "b"), ("d",), ("c",)),
        Fold(0, ("a",), ("b", "c"), ("d",)),
        Fold(1, ("a", "b"), ("c",), ("d",)),
    ]
    assert len({protocols.fingerprint([f]) for f in [one, *others]}) == 4


def test_shares_are_the_decimal_numbers_that_were_written():
    dataset = toy(list("ab") * 50)
    (float_fold,) = protocols.holdout(dataset, test=0.3)
    (exact_fold,) = protocols.holdout(dataset, test=Fraction(3, 10))
    assert float_fold == exact_fold
    assert len(float_fold.test) == 30
