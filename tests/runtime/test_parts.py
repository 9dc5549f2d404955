"""Parts of a track judged one by one, and bundles that judge an excerpt alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import soundfile as sf
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.special import softmax

from genrelab.audio import load_audio
from genrelab.errors import AudioError, BundleError
from genrelab.features import Windowing, create
from genrelab.runtime.abreast import abreast
from genrelab.runtime.batches import BATCH_FRAMES, Batcher
from genrelab.runtime.bundle import BundleInfo, read_info
from genrelab.runtime.card import card_text
from genrelab.runtime.classifier import Classifier
from genrelab.runtime.many import classify_many
from genrelab.runtime.readers import PartsReader, WholeReader, _Split
from genrelab.segmentation import SILENT, Part, Segmenter
from genrelab.segmentation.excerpt import create as create_excerpt

MakeBundle = Callable[..., Path]
RATE = 22050


@pytest.fixture(scope="module")
def track(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return 9 s of noise, 3 s of silence, 12 s of dull noise, 8 s of noise."""
    rng = np.random.default_rng(0)
    dull = np.convolve(rng.standard_normal(12 * RATE), np.ones(9) / 9, "same")
    pieces = [
        rng.standard_normal(9 * RATE),
        np.zeros(3 * RATE),
        dull,
        rng.standard_normal(8 * RATE),
    ]
    path = tmp_path_factory.mktemp("track") / "track.wav"
    sf.write(path, 0.1 * np.concatenate(pieces), RATE)
    return path


@pytest.mark.parametrize(
    "windowing", [Windowing(frames=32, hop=24), Windowing()], ids=["windows", "whole"]
)
def test_each_part_is_judged_as_a_track_of_its_frames(
    track: Path, make_bundle: MakeBundle, windowing: Windowing
) -> None:
    bundle = make_bundle(windowing=windowing)
    answer = Classifier(bundle).classify(track, segments=True)
    assert [p.part for p in answer.parts] == ["A", "B", "A"]
    np.testing.assert_allclose([p.start for p in answer.parts], [0, 12, 24], atol=0.2)
    np.testing.assert_allclose([p.end for p in answer.parts], [9, 24, 32], atol=0.2)
    info = read_info(bundle)
    front_end = create(**info.front_end)
    frames = front_end.frames(load_audio(track))
    session = onnxruntime.InferenceSession(bundle, providers=["CPUExecutionProvider"])
    for part in answer.parts:
        first, last = (round(t * front_end.frame_rate) for t in (part.start, part.end))
        mine = frames[:, first : last if part is not answer.parts[-1] else None]
        rows = []
        for start in windowing.starts(mine.shape[1]):
            x = front_end.finish(windowing.cut(mine, start))[None, None]
            (logits,) = session.run(None, {"features": x})
            rows.append(softmax(np.float64(logits[0]) / info.temperature))
        wanted = np.mean(rows, axis=0)
        np.testing.assert_allclose(list(part.probabilities.values()), wanted, atol=1e-6)
        assert part.label == info.labels[wanted.argmax()]
        assert part.confidence == max(part.probabilities.values())


def test_the_whole_is_the_same_to_the_last_bit(track: Path, bundle: Path) -> None:
    classifier = Classifier(bundle)
    plain = classifier.classify(track)
    both = classifier.classify(track, segments=True, timeline=True)
    assert both.probabilities == plain.probabilities
    assert both.timeline == classifier.classify(track, timeline=True).timeline
    assert both.parts == classifier.classify(track, segments=True).parts
    assert plain.parts == ()


def test_any_number_of_workers_gives_the_same(track: Path, bundle: Path) -> None:
    here = Classifier(bundle, threads=1).classify(track, segments=True)
    for workers in (1, 2):
        (there,) = classify_many([track], bundle, workers=workers, segments=True)
        assert there == here


def test_a_part_too_short_for_the_model_is_repeated(track: Path, make_bundle: MakeBundle) -> None:
    # A model of whole tracks that needs 150 frames, 14 s, judges parts of 8 s as well.
    bundle = make_bundle(windowing=Windowing(), min_frames=150)
    answer = Classifier(bundle).classify(track, segments=True)
    assert [p.part for p in answer.parts] == ["A", "B", "A"]


@given(st.lists(st.integers(0, 9), max_size=8), st.lists(st.integers(0, 40), max_size=5))
@settings(max_examples=80, deadline=None)
def test_a_stream_is_split_where_it_is_asked_to(sizes: list[int], cuts: list[int]) -> None:
    whole = np.arange(sum(sizes), dtype=np.float32)[None]
    pieces = np.split(whole, np.cumsum(sizes), axis=1)
    ends = sorted(cuts)
    split = _Split(iter(pieces))
    found = [list(split.until(end)) for end in [*ends, None]]
    wanted = np.split(whole, ends, axis=1)
    for got, want in zip(found, wanted, strict=True):
        joined = np.concatenate([np.empty((1, 0), np.float32), *got], axis=1)
        np.testing.assert_array_equal(joined, want)


# Bundles that judge an excerpt --------------------------------------------------------------------

EXCERPT = create_excerpt("representative", n_clusters=2).to_dict()


def test_a_bundle_trained_on_excerpts_judges_the_same_excerpt(
    track: Path, make_bundle: MakeBundle, tmp_path: Path
) -> None:
    bundle = make_bundle(segmentation=EXCERPT)
    answer = Classifier(bundle).classify(track)
    part = Segmenter(n_clusters=2).segment(track).representative
    assert part.duration == pytest.approx(9, abs=0.3)  # two runs of noise are the larger cluster
    y, _ = sf.read(track, dtype="float32")
    cut = tmp_path / "cut.wav"
    sf.write(cut, y[round(part.start * RATE) : round(part.end * RATE)], RATE, subtype="FLOAT")
    wanted = Classifier(make_bundle()).classify(cut)
    np.testing.assert_allclose(
        list(answer.probabilities.values()), list(wanted.probabilities.values()), atol=1e-5
    )
    assert answer.duration == pytest.approx(part.duration, abs=1e-3)
    whole = Classifier(make_bundle()).classify(track)
    assert abs(whole.confidence - answer.confidence) > 1e-4
    # Its timeline and its parts are of the whole track all the same.
    finer = Classifier(bundle).classify(track, timeline=True, segments=True)
    assert finer.probabilities == answer.probabilities
    assert finer.timeline is not None
    assert finer.timeline.stretches[-1].end == pytest.approx(32.0)
    assert [p.part for p in finer.parts] == ["A", "B", "A"]


def test_older_versions_refuse_it_and_its_card_says_so(make_bundle: MakeBundle) -> None:
    info = read_info(make_bundle(segmentation=EXCERPT))
    assert info.format == 3
    assert json.loads(info.to_json())["format"] == 3
    assert read_info(make_bundle()).format == 1
    assert "Excerpt\n  representative(" in card_text(info)


def test_an_unknown_excerpt_is_refused(make_bundle: MakeBundle) -> None:
    bundle = make_bundle(segmentation={"name": "chorus"})
    with pytest.raises(BundleError, match="an excerpt that this genrelab does not have"):
        Classifier(bundle)
    assert isinstance(read_info(bundle), BundleInfo)


def test_silence_is_refused_with_parts_too(tmp_path: Path, bundle: Path) -> None:
    path = tmp_path / "silent.wav"
    sf.write(path, np.zeros(4 * RATE), RATE)
    with pytest.raises(AudioError, match="silent"):
        Classifier(bundle).classify(path, segments=True)


def test_where_no_part_is_loud_enough_the_whole_is_the_one_part(
    tmp_path: Path, bundle: Path
) -> None:
    path = tmp_path / "quiet.wav"
    quiet = 3e-5 * np.random.default_rng(0).standard_normal(6 * RATE)
    sf.write(path, quiet.astype(np.float32), RATE, subtype="FLOAT")
    answer = Classifier(bundle).classify(path, segments=True)
    (part,) = answer.parts
    assert (part.start, part.part, part.probabilities) == (0.0, "A", answer.probabilities)
    assert part.end == pytest.approx(6.0)


def test_a_long_silence_is_not_held_for_the_other_readers(track: Path, bundle: Path) -> None:
    classifier = Classifier(bundle)
    batch = Batcher(classifier.front_end, 1)
    silent = [Part(0.0, 1e9, SILENT)]
    whole, parts = WholeReader(classifier.info, batch), PartsReader(classifier.info, batch, silent)
    made = read = most = 0

    def frames() -> Iterator[NDArray[np.float32]]:
        nonlocal made, most
        for _ in range(400):
            made += 8
            most = max(most, made - read)
            yield np.zeros((classifier.front_end.n_frame_bins, 8), np.float32)

    for reader, inputs in abreast(frames(), whole.read, parts.read):
        assert reader == 0
        read += 24 * len(inputs)
    assert made == 3200
    assert most < 2 * BATCH_FRAMES


def test_a_bundle_of_excerpts_and_whole_tracks_has_a_timeline_of_its_own(
    track: Path, make_bundle: MakeBundle, tmp_path: Path
) -> None:
    bundle = make_bundle(windowing=Windowing(), segmentation={"name": "middle", "seconds": 2.0})
    y, _ = sf.read(track, dtype="float32")
    short = tmp_path / "short.wav"
    sf.write(short, y[int(13 * RATE) : int(20 * RATE)], RATE)
    answer = Classifier(bundle).classify(short, timeline=True)
    (stretch,) = answer.timeline.stretches  # type: ignore[union-attr]
    whole = Classifier(make_bundle(windowing=Windowing(frames=None))).classify(short)
    assert stretch.probabilities != answer.probabilities
    assert stretch.label in whole.probabilities
