"""A file's answer is what its bundle says, and memory does not grow with the file."""

from __future__ import annotations

import itertools
import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import soundfile as sf
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from onnx import TensorProto, helper
from scipy.special import softmax

from genrelab.audio import load_audio
from genrelab.errors import AudioError, BundleError
from genrelab.features import MFCC, LogCQT, LogMel, Precomputed, Waveform, Windowing, create
from genrelab.features.base import FrontEnd
from genrelab.runtime import batches as module
from genrelab.runtime.batches import whole_or_parts
from genrelab.runtime.bundle import METADATA_KEY, BundleInfo, read_info
from genrelab.runtime.classifier import Classifier

Music = Callable[..., NDArray[np.float32]]
MakeBundle = Callable[..., Path]


def write_music(path: Path, y: NDArray[np.float32], sample_rate: int = 44100) -> Path:
    sf.write(path, y.T, sample_rate)
    return path


def judged_whole(bundle: Path, path: Path) -> NDArray[np.float64]:
    """Return the probabilities, computed from the whole track at once."""
    info = read_info(bundle)
    front_end = create(**info.front_end)
    frames = front_end.frames(load_audio(path))
    session = onnxruntime.InferenceSession(bundle, providers=["CPUExecutionProvider"])
    rows = []
    for start in info.windowing.starts(frames.shape[1]):
        x = front_end.finish(info.windowing.cut(frames, start))[None, None]
        (logits,) = session.run(None, {"features": x})
        rows.append(softmax(np.float64(logits[0]) / info.temperature))
    return np.mean(rows, axis=0)


@pytest.mark.parametrize(
    "windowing",
    [
        Windowing(frames=32, hop=24, pad="repeat"),
        Windowing(frames=500, hop=None, pad="zero"),
        Windowing(frames=9, hop=9, pad="zero"),
        Windowing(frames=None),
    ],
    ids=["overlapping", "longer than the track", "many", "own length"],
)
def test_streaming_gives_what_the_whole_track_gives(
    tmp_path: Path, music: Music, make_bundle: MakeBundle, windowing: Windowing
) -> None:
    bundle = make_bundle(windowing=windowing)
    path = write_music(tmp_path / "music.wav", music(11.0))
    answer = Classifier(bundle).classify(path)
    wanted = judged_whole(bundle, path)
    assert list(answer.probabilities) == list(read_info(bundle).labels)
    np.testing.assert_allclose(list(answer.probabilities.values()), wanted, atol=1e-6)
    assert answer.label == read_info(bundle).labels[wanted.argmax()]
    assert answer.confidence == max(answer.probabilities.values())
    assert answer.duration == pytest.approx(11.0, abs=1e-3)
    assert answer.path == path
    assert answer.notes == ()


@pytest.mark.parametrize(("aggregate", "shares"), [("mean", [0.4, 0.6]), ("vote", [2 / 3, 1 / 3])])
def test_the_bundle_says_whether_windows_vote(
    tmp_path: Path,
    music: Music,
    make_bundle: MakeBundle,
    monkeypatch: pytest.MonkeyPatch,
    aggregate: str,
    shares: list[float],
) -> None:
    """Of every three windows two are for the first label, and one, very sure, for the second."""
    monkeypatch.setattr(module, "BATCH_FRAMES", 36)  # batches of four windows
    answers = itertools.cycle([[0.6, 0.4, 0, 0], [0.6, 0.4, 0, 0], [0, 1, 0, 0]])
    batches = []

    def probabilities(self: Classifier, x: NDArray[np.float32]) -> NDArray[np.float64]:
        batches.append(len(x))
        return np.array([next(answers) for _ in x])

    monkeypatch.setattr(Classifier, "probabilities", probabilities)
    bundle = make_bundle(windowing=Windowing(frames=9, hop=9), aggregate=aggregate)
    path = write_music(tmp_path / "music.wav", music(9.9))
    answer = Classifier(bundle).classify(path)
    assert batches == [4, 4, 4]  # 107 frames
    np.testing.assert_allclose(list(answer.probabilities.values()), [*shares, 0, 0], atol=3e-6)
    assert answer.label == read_info(bundle).labels[int(np.argmax(shares))]
    assert answer.confidence == max(answer.probabilities.values())


def test_each_window_is_finished_by_itself(
    tmp_path: Path, music: Music, make_bundle: MakeBundle
) -> None:
    front_end = MFCC(n_mels=32, n_mfcc=16, hop_length=2048, top_db=30.0)
    bundle = make_bundle(front_end=front_end.to_dict())
    path = write_music(tmp_path / "music.wav", music(8.0))
    answer = Classifier(bundle).classify(path)
    wanted = judged_whole(bundle, path)
    np.testing.assert_allclose(list(answer.probabilities.values()), wanted, atol=1e-6)


@pytest.mark.parametrize(
    "front_end",
    [LogCQT(n_bins=16, bins_per_octave=12, fmin=200.0, hop_length=2048), Waveform(frame_length=16)],
    ids=lambda f: f.name,
)
def test_serves_front_ends_without_a_short_time_fourier_transform(
    tmp_path: Path, music: Music, make_bundle: MakeBundle, front_end: FrontEnd
) -> None:
    bundle = make_bundle(front_end=front_end.to_dict(), windowing=Windowing(frames=32, hop=32))
    path = write_music(tmp_path / "music.wav", music(8.0))
    answer = Classifier(bundle).classify(path)
    wanted = judged_whole(bundle, path)
    np.testing.assert_allclose(list(answer.probabilities.values()), wanted, atol=1e-6)


def test_the_temperature_flattens_the_answer(
    tmp_path: Path, music: Music, make_bundle: MakeBundle
) -> None:
    path = write_music(tmp_path / "music.wav", music(3.0))
    sharp, flat = (
        Classifier(make_bundle(temperature=t)).classify(path).confidence for t in (0.2, 5.0)
    )
    assert sharp > flat + 0.1


def test_a_long_track_at_its_own_length_is_judged_in_parts(
    tmp_path: Path, music: Music, make_bundle: MakeBundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WHOLE_SECONDS", 3.0)
    path = write_music(tmp_path / "music.wav", music(8.0))
    most = round(3.0 * 22050 / 2048)
    in_parts = make_bundle(windowing=Windowing(frames=most, hop=most))
    answer = Classifier(make_bundle(windowing=Windowing(frames=None))).classify(path)
    np.testing.assert_allclose(
        list(answer.probabilities.values()), judged_whole(in_parts, path), atol=1e-6
    )


@given(
    sizes=st.lists(st.integers(0, 9), max_size=12),
    most=st.integers(1, 12),
)
@settings(deadline=None, max_examples=100)
def test_parts_are_the_windows_of_that_length(sizes: list[int], most: int) -> None:
    track = np.arange(2 * sum(sizes), dtype=np.float32).reshape(2, -1)
    pieces = np.split(track, np.cumsum(sizes)[:-1], axis=1) if sizes else []
    found = list(whole_or_parts(iter(pieces), most))
    if sum(sizes) == 0:
        assert not found
        return
    windowing = Windowing(frames=min(most, sum(sizes)))
    starts = windowing.starts(sum(sizes))
    assert len(found) == len(starts)
    for part, start in zip(found, starts, strict=True):
        np.testing.assert_array_equal(part, windowing.cut(track, start))


def test_what_is_worth_saying_comes_with_the_answer(
    tmp_path: Path, music: Music, bundle: Path
) -> None:
    path = write_music(tmp_path / "cut.flac", music(8.0))
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    answer = Classifier(bundle).classify(path)
    assert len(answer.notes) == 1
    assert answer.duration < 8.0


@pytest.mark.parametrize("level", [0.0, 1e-6])
def test_silence_is_refused(tmp_path: Path, bundle: Path, level: float) -> None:
    y = np.random.default_rng(0).uniform(-level, level, 44100).astype(np.float32)
    sf.write(tmp_path / "silence.wav", y, 22050, subtype="FLOAT")
    with pytest.raises(AudioError, match="silent"):
        Classifier(bundle).classify(tmp_path / "silence.wav")


def test_quiet_music_is_no_silence(tmp_path: Path, music: Music, bundle: Path) -> None:
    path = tmp_path / "quiet.wav"
    sf.write(path, -np.abs(music(3.0).T) * 1e-3, 44100, subtype="FLOAT")
    assert Classifier(bundle).classify(path).confidence > 0


def test_audio_shorter_than_a_frame_is_refused(
    tmp_path: Path, music: Music, make_bundle: MakeBundle
) -> None:
    front_end = LogMel(n_mels=16, hop_length=2048, center=False)
    path = write_music(tmp_path / "click.wav", music(0.05))
    with pytest.raises(AudioError, match="at least 2048"):
        Classifier(make_bundle(front_end=front_end.to_dict())).classify(path)


def test_a_model_of_arrays_cannot_hear(
    tmp_path: Path, music: Music, make_bundle: MakeBundle
) -> None:
    front_end = Precomputed(n_frame_bins=16, rate=10.0)
    classifier = Classifier(make_bundle(front_end=front_end.to_dict()))
    assert classifier.probabilities(np.zeros((2, 1, 16, 40), np.float32)).shape == (2, 4)
    with pytest.raises(BundleError, match="features that came as arrays"):
        classifier.classify(write_music(tmp_path / "music.wav", music(3.0)))


@pytest.mark.parametrize(
    ("front_end", "sentence"),
    [
        ({"name": "cochlea"}, "there is no front end 'cochlea'"),
        ({"name": "log_mel", "mels": 16}, "no parameter 'mels'"),
        ({"name": "log_mel", "n_mels": 17}, "contradicts itself: its network takes 16 bins"),
    ],
)
def test_a_front_end_that_cannot_be_is_refused(
    make_bundle: MakeBundle, front_end: dict[str, object], sentence: str
) -> None:
    with pytest.raises(BundleError, match=sentence):
        Classifier(make_bundle(front_end=front_end))


def write_constant(path: Path, value: float) -> Path:
    """Write a bundle that answers ``value`` whatever it hears."""
    info = BundleInfo({"name": "constant"}, ("pop", "rock"), LogMel(n_mels=16).to_dict())
    graph = helper.make_graph(
        [
            helper.make_node("ReduceMean", ["features"], ["mean"], axes=[1, 2, 3], keepdims=0),
            helper.make_node("Mul", ["mean", "zero"], ["nothing"]),
            helper.make_node("Unsqueeze", ["nothing", "one"], ["column"]),
            helper.make_node("Add", ["column", "value"], ["logits"]),
        ],
        "constant",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["n", 1, 16, "frames"])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", 2])],
        [
            helper.make_tensor("zero", TensorProto.FLOAT, [], [0.0]),
            helper.make_tensor("one", TensorProto.INT64, [1], [1]),
            helper.make_tensor("value", TensorProto.FLOAT, [1, 2], [0.0, value]),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, {METADATA_KEY: info.to_json()})
    onnx.save(model, path)
    return path


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_an_answer_that_is_no_number_is_refused(tmp_path: Path, music: Music, value: float) -> None:
    path = write_music(tmp_path / "music.wav", music(3.0))
    with pytest.raises(BundleError, match="no finite answer"):
        Classifier(write_constant(tmp_path / "wrong.onnx", value)).classify(path)


def test_large_logits_give_a_certain_answer(tmp_path: Path, music: Music) -> None:
    path = write_music(tmp_path / "music.wav", music(3.0))
    answer = Classifier(write_constant(tmp_path / "sure.onnx", 1e4)).classify(path)
    assert answer.probabilities == {"pop": 0.0, "rock": 1.0}


def test_an_input_that_the_network_cannot_take_is_told(bundle: Path) -> None:
    with pytest.raises(BundleError, match="1 x 1 x 15 x 40"):
        Classifier(bundle).probabilities(np.zeros((1, 1, 15, 40), np.float32))


def test_a_track_shorter_than_the_network_needs_is_refused(
    tmp_path: Path, music: Music, make_bundle: MakeBundle
) -> None:
    bundle = make_bundle(windowing=Windowing(frames=None))
    assert read_info(bundle).min_frames == 8
    path = write_music(tmp_path / "click.wav", music(0.5))  # 6 frames
    with pytest.raises(AudioError, match=r"shorter than the 0\.74 s"):
        Classifier(bundle).classify(path)
    padded = make_bundle(windowing=Windowing(frames=32, hop=32))
    assert Classifier(padded).classify(path).confidence > 0


@pytest.mark.parametrize("frames", [32, None])
def test_memory_does_not_grow_with_the_file(
    tmp_path: Path,
    make_bundle: MakeBundle,
    monkeypatch: pytest.MonkeyPatch,
    frames: int | None,
) -> None:
    monkeypatch.setattr(module, "WHOLE_SECONDS", 10.0)
    classifier = Classifier(make_bundle(windowing=Windowing(frames=frames, hop=frames)))

    def peak(seconds: int) -> int:
        y = np.random.default_rng(0).uniform(-0.1, 0.1, seconds * 22050)
        sf.write(tmp_path / "noise.wav", y, 22050)
        del y
        classifier.classify(tmp_path / "noise.wav")  # whatever is loaded at the first use
        tracemalloc.start()
        classifier.classify(tmp_path / "noise.wav")
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    assert peak(240) < 1.2 * peak(30)


def test_the_description_can_be_read_by_anyone(bundle: Path) -> None:
    (prop,) = onnx.load(bundle).metadata_props
    assert json.loads(prop.value)["front_end"]["name"] == "log_mel"
