import numpy as np
import pytest
import soundfile
from sklearn.metrics import adjusted_rand_score

from genrelab.datasets import synthetic
from genrelab.errors import AudioError, SegmentationError
from genrelab.segmentation import SILENT, Segmenter

RATE = 11025


@pytest.mark.parametrize(
    "options", [{}, {"n_clusters": 3}, {"lags": 0, "n_clusters": 3}, {"hop": 2.0}]
)
@pytest.mark.parametrize("seed", [0, 1])
def test_clearly_different_parts_are_found(compose, at, seed, options):
    y, truth = compose("ABACABA", 12.0, RATE, seed=seed)
    found = Segmenter(**options).segment_samples(y)
    times = np.arange(0.05, found.duration, 0.1)
    right = truth[(times * RATE).astype(int)]
    assert adjusted_rand_score(right, at(found.parts, times)) >= 0.9
    assert found.n_clusters == 3
    assert [p.letter for p in found.parts] == list("ABACABA")
    assert (found.representative.start, found.representative.end) == pytest.approx((0, 12), abs=1.5)


def test_synthetic_bands_joined_are_told_apart(tmp_path_factory, at):
    corpus = synthetic.load(tracks_per_genre=1, bands=1, seconds=15)
    tracks = {t.label: soundfile.read(t.path, dtype="float32")[0] for t in corpus.tracks}
    rate = soundfile.info(corpus.tracks[0].path).samplerate
    chosen = dict(zip("ABC", [tracks[g] for g in sorted(tracks)[:3]], strict=True))
    y = np.concatenate([chosen[letter] for letter in "ABACABA"])
    truth = np.repeat(list("ABACABA"), 15 * rate)
    found = Segmenter(sample_rate=rate, n_clusters=3).segment_samples(y)
    times = np.arange(0.05, found.duration, 0.1)
    assert adjusted_rand_score(truth[(times * rate).astype(int)], at(found.parts, times)) >= 0.9


def test_one_sound_is_one_part(compose):
    y, _ = compose("AAA", 15.0, RATE)
    (part,) = Segmenter().segment_samples(y).parts
    assert (part.start, part.end, part.letter) == (0.0, 45.0, "A")


def test_a_file_gives_what_its_samples_give_whatever_it_is(compose, tmp_path, monkeypatch):
    y, _ = compose("ABA", 10.0, RATE)
    whole = Segmenter().segment_samples(y)
    path = tmp_path / "mono.wav"
    soundfile.write(path, y, RATE, subtype="FLOAT")
    stereo = tmp_path / "stereo.flac"
    soundfile.write(stereo, np.stack([y, y], axis=1), RATE)
    found = Segmenter().segment(path)
    np.testing.assert_array_equal(found.distances, whole.distances)
    assert found.parts == whole.parts
    two = Segmenter().segment(stereo)
    assert [p.letter for p in two.parts] == ["A", "B", "A"]
    np.testing.assert_allclose(
        [p.start for p in two.parts], [p.start for p in whole.parts], atol=1.01
    )


def test_a_stretch_of_a_file(compose, tmp_path):
    y, _ = compose("ABA", 10.0, RATE)
    path = tmp_path / "x.wav"
    soundfile.write(path, y, RATE, subtype="FLOAT")
    found = Segmenter().segment(path, offset=10.0, duration=10.0)
    assert found.duration == pytest.approx(10.0)
    assert len(found.parts) == 1


@pytest.mark.parametrize("size", [1, 100, 4097, 10**7])
def test_how_samples_arrive_changes_nothing(compose, size):
    y, _ = compose("AB", 7.3, RATE)
    segmenter = Segmenter()
    blocks = (
        [y[k : k + size] for k in range(0, len(y), size)] if size > 1 else [y[:1], y[1:1], y[1:]]
    )
    found, whole = segmenter._describe(blocks, 1), segmenter._describe([y], 1)
    np.testing.assert_array_equal(found.windows.autocorrelations, whole.windows.autocorrelations)
    np.testing.assert_array_equal(found.starts, whole.starts)
    np.testing.assert_array_equal(found.blocks.products, whole.blocks.products)
    np.testing.assert_array_equal(found.blocks.before, whole.blocks.before)
    assert found.n_samples == whole.n_samples == len(y)
    # The last window ends with the track.
    assert found.starts[-1] + 2 * RATE == len(y)


def test_silence_at_the_ends_is_a_part_of_its_own(compose):
    y, _ = compose("AB", 12.0, RATE)
    quiet = np.zeros(5 * RATE, np.float32)
    found = Segmenter().segment_samples(np.concatenate([quiet, y, quiet]))
    assert [p.letter for p in found.parts] == ["silence", "A", "B", "silence"]
    np.testing.assert_allclose([p.start for p in found.parts[1:]], [5, 17, 29], atol=1.01)
    assert found.representative.letter in "AB"
    assert not found.weights[found.labels == SILENT].any()
    (part,) = Segmenter().segment_samples(quiet).parts
    assert part.letter == "silence"


@pytest.mark.parametrize("seconds", [0.01, 0.7, 1.99, 2.0, 2.3, 3.0])
def test_short_tracks_are_one_part(compose, seconds):
    y, _ = compose("A", seconds, RATE)
    found = Segmenter().segment_samples(y)
    assert [p.letter for p in found.parts] == ["A"]
    assert found.parts[0].end == pytest.approx(len(y) / RATE)
    assert len(found.starts) == len(found.labels) == len(found.distances)


def test_nothing_to_hear_is_an_error(tmp_path):
    with pytest.raises(AudioError, match="no samples"):
        Segmenter().segment_samples(np.empty(0, np.float32))
    with pytest.raises(AudioError, match="no such file"):
        Segmenter().segment(tmp_path / "none.wav")


def test_the_number_of_windows_is_bounded_by_longer_ones(compose, at):
    y, _ = compose("ABAB", 40.0, RATE)
    found = Segmenter(max_windows=50).segment_samples(y)
    assert (found.window, found.hop) == (8.0, 4.0)
    assert len(found.starts) <= 50
    assert [p.letter for p in found.parts] == list("ABAB")


def test_the_papers_own_scale_can_leave_no_edge(compose):
    y, _ = compose("ABC", 6.0, RATE)
    with pytest.raises(SegmentationError, match="no two windows are alike"):
        Segmenter(scale=1e-6).segment_samples(y)


def test_a_window_without_an_edge_goes_with_its_nearest():
    segmenter = Segmenter(scale=1.0, n_clusters=2)
    distances = np.abs(np.subtract.outer([0, 0.1, 0.2, 5, 5.1, 40], [0, 0.1, 0.2, 5, 5.1, 40]))
    weights = np.exp(-(distances**2)) - np.eye(6)
    weights[weights < 1e-12] = 0.0
    labels, _ = segmenter._cluster(weights, distances)
    assert labels.tolist() == [0, 0, 0, 1, 1, 1]


@pytest.mark.parametrize(
    "wrong",
    [
        {"window": 0.0},
        {"hop": 3.0},
        {"order": 0},
        {"lags": -1},
        {"scale": "loose"},
        {"scale": 0.0},
        {"shortest": -1.0},
        {"max_windows": 1},
        {"window": 0.001},
        {"n_clusters": -1},
        {"seed": -1},
        {"order": 2.5},
        {"scale": float("inf")},
    ],
)
def test_impossible_settings_are_one_sentence(wrong):
    with pytest.raises(SegmentationError):
        Segmenter(**wrong)
