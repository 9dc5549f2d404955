"""Stretches of one genre: against all paths there are, by hand, and through the classifier."""

from __future__ import annotations

import csv
import itertools
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from genrelab.audio import load_audio
from genrelab.clock import clock
from genrelab.errors import AudioError
from genrelab.features import Windowing
from genrelab.runtime import batches as module
from genrelab.runtime.abreast import abreast
from genrelab.runtime.answers import Answer, Timeline
from genrelab.runtime.bundle import BundleInfo
from genrelab.runtime.classifier import Classifier
from genrelab.runtime.many import classify_many
from genrelab.runtime.timeline import (
    POOLED_SECONDS,
    best_path,
    timeline_of,
    timeline_windowing,
)
from genrelab.segmentation.parts import boundaries

Music = Callable[..., NDArray[np.float32]]
MakeBundle = Callable[..., Path]
LABELS = ["blues", "jazz", "pop", "rock", "soul"]


def worth_of(path: tuple[int, ...], worth: NDArray[np.float64], price: float) -> float:
    changes = sum(a != b for a, b in itertools.pairwise(path))
    return float(worth[np.arange(len(path)), list(path)].sum() - price * changes)


def probabilities_of(seed: int, n: int, n_classes: int) -> NDArray[np.float64]:
    return np.random.default_rng(seed).dirichlet(np.full(n_classes, 0.5), n)


def timeline(
    rows: NDArray[np.float64], *, window: float = 10.0, hop: float = 5.0, **rest: float
) -> Timeline:
    """Return the timeline of windows that end with the track."""
    starts = [hop * k for k in range(len(rows))]
    values = {"window": window, "hop": hop, "duration": starts[-1] + window, **rest}
    return timeline_of(rows, starts, labels=LABELS[: rows.shape[1]], **values)


def summary(found: Timeline) -> list[tuple[float, float, str]]:
    return [(s.start, s.end, s.label) for s in found.stretches]


# The path -------------------------------------------------------------------------------------


@given(
    seed=st.integers(0, 10**6),
    n=st.integers(1, 6),
    n_classes=st.integers(2, 4),
    price=st.floats(0, 3),
)
@settings(deadline=None, max_examples=60)
def test_no_path_is_worth_more(seed: int, n: int, n_classes: int, price: float) -> None:
    worth = probabilities_of(seed, n, n_classes)
    found = tuple(best_path(worth, price).tolist())
    best = max(
        itertools.product(range(n_classes), repeat=n), key=lambda p: worth_of(p, worth, price)
    )
    assert worth_of(found, worth, price) == pytest.approx(worth_of(best, worth, price))
    if price > 0.01:
        assert found == best


@given(seed=st.integers(0, 10**6), n=st.integers(1, 60), n_classes=st.integers(2, 5))
@settings(deadline=None, max_examples=40)
def test_a_higher_price_never_gives_more_changes(seed: int, n: int, n_classes: int) -> None:
    worth = probabilities_of(seed, n, n_classes)
    changes = [
        np.count_nonzero(np.diff(best_path(worth, price))) for price in np.linspace(0, 8, 25)
    ]
    assert changes == sorted(changes, reverse=True)
    assert np.array_equal(best_path(worth, 0), worth.argmax(axis=1))
    assert len(set(best_path(worth, float(n)))) == 1


@given(seed=st.integers(0, 10**6), order=st.permutations(range(4)))
@settings(deadline=None, max_examples=40)
def test_the_order_of_the_classes_does_not_matter(seed: int, order: list[int]) -> None:
    worth = probabilities_of(seed, 40, 4)
    found = best_path(worth[:, order], 1.2)
    assert np.array_equal(np.array(order)[found], best_path(worth, 1.2))


def test_a_change_that_is_worth_its_price_exactly_is_none() -> None:
    worth = np.array([[2.0, 0.0], [0.0, 2.0]])
    assert best_path(worth, 2.0).tolist() == [0, 0]
    assert best_path(worth, 1.99).tolist() == [0, 1]


# The stretches --------------------------------------------------------------------------------


@given(
    seed=st.integers(0, 10**6),
    n=st.integers(1, 80),
    n_classes=st.integers(2, 5),
    hop=st.floats(0.5, 10),
    cut=st.floats(0, 0.9),
)
@settings(deadline=None, max_examples=60)
def test_stretches_tile_the_track(
    seed: int, n: int, n_classes: int, hop: float, cut: float
) -> None:
    rows = probabilities_of(seed, n, n_classes)
    duration = hop * (n - 1) + 10.0 * (1 - cut)
    found = timeline(rows, hop=hop, duration=duration, shortest=20.0)
    stretches = found.stretches
    assert stretches[0].start == 0
    assert stretches[-1].end == duration
    for one, next_ in itertools.pairwise(stretches):
        assert one.end == next_.start
        assert one.label != next_.label
    assert found.changes == [s.start for s in stretches[1:]]
    for s in stretches:
        assert s.end > s.start
        assert sum(s.probabilities.values()) == pytest.approx(1)
        assert s.confidence == s.probabilities[s.label]
        assert s.confidence == pytest.approx(max(s.probabilities.values()))
        assert s.part == ""
    seconds = np.diff(boundaries(found.starts, 10.0, duration))
    mean = sum((s.end - s.start) * np.array(list(s.probabilities.values())) for s in stretches)
    np.testing.assert_allclose(mean, seconds @ rows)


def test_the_edge_lies_half_way_between_the_centres() -> None:
    """Centres at 5, 10, 15 and 21 s: the last window begins late, to end with the track."""
    edges = boundaries([0, 5, 10, 16], 10, 26)
    assert edges.tolist() == [0, 7.5, 12.5, 18, 26]


def test_a_case_worked_by_hand() -> None:
    """Windows of 10 s every 5 s. Cells: 7.5 s, then 5 s each, then 7.5 s; a change costs 10 s.

    Blues for 5 windows (27.5 s), then jazz for 5: blues alone would lose 27.5 * (0.9 - 0.1).
    """
    rows = np.repeat([[0.9, 0.1], [0.1, 0.9]], 5, axis=0)
    rows[1] = [0.5, 0.5]
    found = timeline(rows)
    assert summary(found) == [(0, 27.5, "blues"), (27.5, 55, "jazz")]
    first, second = found.stretches
    assert first.confidence == pytest.approx((22.5 * 0.9 + 5 * 0.5) / 27.5)
    assert second.probabilities == pytest.approx({"blues": 0.1, "jazz": 0.9})


@pytest.mark.parametrize(("windows", "stands"), [(4, False), (5, True)])
@pytest.mark.parametrize("n_classes", [2, 5])
def test_a_stretch_stands_from_the_shortest_length_on(
    windows: int, stands: bool, n_classes: int
) -> None:
    """Wholly sure windows every 5 s: four make 20 s, which is not longer than the shortest."""
    rows = np.eye(n_classes)[[0] * 10 + [1] * windows + [0] * 10]
    found = timeline(rows, shortest=20.0)
    assert len(found.stretches) == (3 if stands else 1)


@pytest.mark.parametrize(("windows", "stands"), [(8, False), (9, True)])
def test_a_stretch_half_as_sure_must_last_twice_as_long(windows: int, stands: bool) -> None:
    rows = np.repeat([[1.0, 0.0], [0.25, 0.75], [1.0, 0.0]], [10, windows, 10], axis=0)
    assert len(timeline(rows, shortest=20.0).stretches) == (3 if stands else 1)


@given(
    window=st.floats(0.5, 120),
    overlap=st.floats(0.1, 1.0),
    n=st.integers(2, 30),
    where=st.integers(0, 29),
    shortest=st.floats(0, 60),
)
@settings(deadline=None, max_examples=100)
def test_a_single_window_never_makes_a_change(
    window: float, overlap: float, n: int, where: int, shortest: float
) -> None:
    """However sure it is, wherever it lies, at the ends as well."""
    rows = np.eye(2)[[0] * n]
    rows[where % n] = [0.0, 1.0]
    if n == 2:
        return  # then there is no telling which of the two is the odd one
    found = timeline(rows, window=window, hop=window * overlap, shortest=shortest)
    assert len(found.stretches) == 1


@pytest.mark.parametrize("change", [60.0, 61.7, 83.0])
def test_the_hop_hardly_matters(change: float) -> None:
    """The same track cut more finely: a window has the share of each genre that lies in it."""

    def cut(hop: float, *, sure: float) -> Timeline:
        starts = np.arange(0, 160 - 10 + 1e-9, hop)
        second = np.clip((starts + 10 - change) / 10, 0, 1)[:, None]
        rows = (1 - second) * [sure, 1 - sure] + second * [1 - sure, sure]
        return timeline_of(
            rows, starts.tolist(), window=10, hop=hop, duration=160, labels=["blues", "jazz"]
        )

    for hop in (10.0, 5.0, 2.5, 1.0, 0.25):
        found = cut(hop, sure=0.7)
        assert [s.label for s in found.stretches] == ["blues", "jazz"]
        assert found.changes[0] == pytest.approx(change, abs=hop / 2 + 1e-9)
        # An advantage of 0.1 over 80 s is less than the 10 s that a change costs, at any hop.
        assert len(cut(hop, sure=0.55).stretches) == 1


def test_a_lone_window_is_one_stretch() -> None:
    found = timeline_of(
        np.array([[0.4, 0.6]]), [0.0], window=6.0, hop=3.0, duration=2.5, labels=["pop", "rock"]
    )
    assert summary(found) == [(0.0, 2.5, "rock")]
    assert found.stretches[0].probabilities == {"pop": 0.4, "rock": 0.6}


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0:00"), (9.4, "0:09"), (59.6, "1:00"), (3599.6, "1:00:00"), (36061, "10:01:01")],
)
def test_times_are_told_as_a_player_does(seconds: float, text: str) -> None:
    assert clock(seconds) == text


# Which windows --------------------------------------------------------------------------------


def info(**described: object) -> BundleInfo:
    return BundleInfo({"name": "x"}, ("pop", "rock"), {"name": "log_mel"}, **described)  # type: ignore[arg-type]


def test_windows_are_the_bundles_own_every_half() -> None:
    bundle = info(windowing=Windowing(frames=128, hop=128, pad="zero", slack=9))
    assert timeline_windowing(bundle, 20.0) == Windowing(frames=128, hop=64, pad="zero")
    assert timeline_windowing(info(windowing=Windowing(frames=1)), 20.0).hop == 1


def test_a_bundle_without_windows_gets_some() -> None:
    assert timeline_windowing(info(), 20.0).frames == POOLED_SECONDS * 20
    assert timeline_windowing(info(min_frames=500), 20.0).frames == 500


@given(sizes=st.lists(st.integers(1, 5), max_size=20), each=st.integers(1, 12))
@settings(deadline=None, max_examples=60)
def test_readers_of_one_stream_get_all_of_it_and_stay_together(sizes: list[int], each: int) -> None:
    track = np.arange(sum(sizes), dtype=np.float32)[None]
    pieces = np.split(track, np.cumsum(sizes)[:-1], axis=1) if sizes else []
    given_out = 0

    def source():  # type: ignore[no-untyped-def]
        nonlocal given_out
        for piece in pieces:
            given_out += piece.shape[1]
            yield piece

    windows = Windowing(frames=each, hop=max(1, each // 2))
    seen: dict[int, list[NDArray[np.float32]]] = {0: [], 1: []}
    for reader, window in abreast(source(), windows.stream, lambda pieces: pieces):
        seen[reader].append(window)
        behind = given_out - sum(w.shape[1] for w in seen[1])
        assert behind <= each + 2 * max(sizes)
    if sizes:
        np.testing.assert_array_equal(np.concatenate(seen[1], axis=1), track)
    for window, start in zip(seen[0], windows.starts(sum(sizes)) if sizes else [], strict=True):
        np.testing.assert_array_equal(window, windows.cut(track, start))


# Through the classifier -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def track(tmp_path_factory: pytest.TempPathFactory, music: Music) -> Path:
    """Return 40 s of music that changes in the middle."""
    path = tmp_path_factory.mktemp("track") / "music.wav"
    noise = np.random.default_rng(0).normal(scale=0.2, size=(20 * 22050, 1))
    sf.write(path, np.concatenate([music(20.0, 22050, 1).T, noise]), 22050)
    return path


@pytest.mark.parametrize(
    "described",
    [
        {"windowing": Windowing(frames=32, hop=24, pad="repeat")},
        {"windowing": Windowing(frames=32, hop=32, slack=20), "aggregate": "vote"},
        {"windowing": Windowing(frames=9, hop=9, pad="zero")},
        {"windowing": Windowing(frames=None)},
        {"windowing": Windowing(frames=None), "aggregate": "vote"},
    ],
    ids=["overlapping", "votes", "many", "own length", "own length votes"],
)
def test_the_track_as_a_whole_is_judged_as_without_a_timeline(
    track: Path, make_bundle: MakeBundle, described: dict[str, object]
) -> None:
    classifier = Classifier(make_bundle(**described), threads=1)
    plain, with_timeline = classifier.classify(track), classifier.classify(track, timeline=True)
    assert plain.timeline is None
    assert with_timeline.timeline is not None
    assert replace(with_timeline, timeline=None) == plain
    assert plain.stretches == ()
    assert with_timeline.stretches == with_timeline.timeline.stretches


@pytest.mark.parametrize("frames", [32, None])
def test_rows_are_the_answers_of_the_windows(
    track: Path, make_bundle: MakeBundle, frames: int | None
) -> None:
    classifier = Classifier(make_bundle(windowing=Windowing(frames=frames, hop=frames)), threads=1)
    found = classifier.classify(track, timeline=True).timeline
    assert found is not None
    front_end = classifier.front_end
    whole = front_end.frames(load_audio(track))
    length = frames or round(10 * front_end.frame_rate)
    starts = Windowing(frames=length, hop=length // 2).starts(whole.shape[1])
    assert found.window == pytest.approx(length * 2048 / 22050)
    assert found.hop == pytest.approx(length // 2 * 2048 / 22050)
    np.testing.assert_allclose(found.starts, np.array(starts) * 2048 / 22050)
    for row, start in zip(found.probabilities, starts, strict=True):
        x = front_end.finish(whole[:, start : start + length])[None, None]
        np.testing.assert_allclose(row, classifier.probabilities(x)[0], atol=1e-6)
    assert found.labels == classifier.info.labels
    assert found.stretches[-1].end == pytest.approx(40.0)


@pytest.mark.parametrize("frames", [100, None])
def test_a_track_shorter_than_a_window_is_one_stretch(
    tmp_path: Path, music: Music, make_bundle: MakeBundle, frames: int | None
) -> None:
    path = tmp_path / "short.wav"
    sf.write(path, music(4.0, 22050, 1).T, 22050)
    bundle = make_bundle(windowing=Windowing(frames=frames, hop=frames))
    answer = Classifier(bundle, threads=1).classify(path, timeline=True)
    (stretch,) = answer.stretches
    assert (stretch.start, stretch.end) == (0.0, answer.duration)
    assert stretch.label == answer.label
    assert stretch.probabilities == pytest.approx(answer.probabilities, abs=1e-12)


def test_faults_are_the_same_with_a_timeline(tmp_path: Path, bundle: Path) -> None:
    sf.write(tmp_path / "silence.wav", np.zeros(44100), 22050)
    with pytest.raises(AudioError, match="silent"):
        Classifier(bundle).classify(tmp_path / "silence.wav", timeline=True)
    with pytest.raises(AudioError, match="no such file"):
        Classifier(bundle).classify(tmp_path / "none.wav", timeline=True)


def test_a_timeline_comes_through_workers_to_the_last_bit(track: Path, bundle: Path) -> None:
    wanted = Classifier(bundle, threads=1).classify(track, timeline=True)
    for workers in (1, 3):
        found = list(classify_many([track] * 3, bundle, workers=workers, timeline=True))
        assert found == [wanted] * 3
    (without,) = classify_many([track], bundle)
    assert isinstance(without, Answer)
    assert without.timeline is None


@pytest.mark.parametrize("frames", [32, None])
def test_memory_grows_by_a_row_a_window_alone(
    tmp_path: Path, make_bundle: MakeBundle, monkeypatch: pytest.MonkeyPatch, frames: int | None
) -> None:
    monkeypatch.setattr(module, "WHOLE_SECONDS", 12.0)
    classifier = Classifier(make_bundle(windowing=Windowing(frames=frames, hop=frames)))

    def peak(seconds: int) -> int:
        y = np.random.default_rng(0).uniform(-0.1, 0.1, seconds * 22050)
        sf.write(tmp_path / "noise.wav", y, 22050)
        del y
        classifier.classify(tmp_path / "noise.wav", timeline=True)
        tracemalloc.start()
        answer = classifier.classify(tmp_path / "noise.wav", timeline=True)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert answer.timeline is not None
        return most - 600 * len(answer.timeline.starts)

    assert peak(240) < 1.2 * peak(30)


@pytest.mark.data
@pytest.mark.parametrize("genres", [("classical", "rock"), ("electronic", "classical")])
def test_real_music_of_two_genres(tmp_path: Path, data_root: Path, genres: tuple[str, str]) -> None:
    """Sixty seconds of either, several clips each: the right genre over the right stretch."""
    with (data_root / "emotify" / "index.csv").open(encoding="utf-8") as file:
        files = [(row["genre"], row["file"]) for row in csv.DictReader(file)]
    joined = []
    for genre in genres:
        clips = [name for g, name in files if g == genre][10:14]
        parts = [load_audio(data_root / "emotify" / name)[: 15 * 22050] for name in clips]
        joined.append(np.concatenate(parts))
    path = tmp_path / "joined.wav"
    sf.write(path, np.concatenate(joined), 22050)
    found = Classifier(threads=1).classify(path, timeline=True).timeline
    assert found is not None
    seconds = dict.fromkeys(itertools.product(genres, found.labels), 0.0)
    for s in found.stretches:
        seconds[genres[0], s.label] += max(0.0, min(s.end, 60) - s.start)
        seconds[genres[1], s.label] += max(0.0, s.end - max(s.start, 60))
    assert min(abs(change - 60) for change in found.changes) < found.hop
    for genre in genres:
        assert seconds[genre, genre] > 50
