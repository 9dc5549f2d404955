import warnings

import librosa
import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from genrelab.features import LogCQT, TooShortError

RATE = 22050
#: Frames that see no end of the track: librosa treats the ends otherwise.
INNER_SECONDS = 2.0


def compose(seconds):
    """Notes that are struck and fade, with overtones, over soft noise."""
    rng = np.random.default_rng(5)
    n = int(seconds * RATE)
    t = np.arange(n) / RATE
    y = 1e-3 * rng.normal(size=n)
    for start in np.arange(0, seconds, 0.21):
        pitch = 440 * 2 ** (rng.integers(-36, 30) / 12)
        since = np.maximum(0, t - start)
        for k in range(1, 7):
            if k * pitch < 9000:
                tone = np.sin(2 * np.pi * k * pitch * since) * np.exp(-3 * k * since)
                y += np.where(t > start, 0.2 / k * tone, 0)
    return y.astype(np.float32)


MUSIC = compose(6.0)
NOISE = (0.1 * np.random.default_rng(6).normal(size=6 * RATE)).astype(np.float32)


def by_librosa(y, front_end):
    p = {k: v for k, v in front_end.to_dict().items() if k not in ("name", "ref", "amin", "top_db")}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # n_fft is too large for a short signal
        return np.abs(librosa.cqt(y, sr=p.pop("sample_rate"), tuning=0.0, **p))


def magnitudes(front_end, y):
    return 10 ** (front_end.frames(y) / 20)


def check(front_end, y, *, rel=1e-5, decibels=0.01, depth=60):
    """Compare what lies away from the ends: ``rel`` of the peak, ``decibels`` where it is loud."""
    theirs, ours = by_librosa(y, front_end), magnitudes(front_end, y)
    assert ours.dtype == np.float32
    assert ours.shape == theirs.shape == front_end.output_shape(len(y))
    margin = int(INNER_SECONDS * front_end.frame_rate)
    peak = theirs.max()
    inner, ours = theirs[:, margin:-margin], ours[:, margin:-margin]
    assert inner.shape[1] > 20
    assert np.abs(ours - inner).max() <= rel * peak
    loud = inner > peak * 10 ** (-depth / 20)
    assert loud.any()
    assert np.abs(20 * np.log10(ours[loud] / inner[loud])).max() <= decibels


@pytest.mark.parametrize("y", [MUSIC, NOISE], ids=["music", "noise"])
def test_equals_librosa_by_default(y):
    check(LogCQT(amin=1e-10), y)


@pytest.mark.parametrize(
    "parameters",
    [
        {"n_bins": 288, "hop_length": 256},
        {"n_bins": 84, "bins_per_octave": 12, "hop_length": 512},
        {"n_bins": 100},
        {"n_bins": 40, "fmin": 200.0},
        {"n_bins": 1, "fmin": 200.0},
        {"n_bins": 90, "fmin": 300.0, "hop_length": 36},
        {"n_bins": 200, "sample_rate": 16000},
        {"sparsity": 0.0},
        {"sparsity": 0.05},
        {"filter_scale": 0.5},
        {"norm": 2},
        {"norm": None},
        {"window": "hamming"},
        {"window": "blackmanharris"},
    ],
    ids=str,
)
def test_equals_librosa_for_each_parameter(parameters):
    check(LogCQT(**{"amin": 1e-10, **parameters}), MUSIC)


@pytest.mark.parametrize("parameters", [{"hop_length": 331}, {"n_bins": 288}], ids=str)
def test_is_near_librosa_where_that_rounds_its_filters_otherwise(parameters):
    # A whole sample of a filter of 280 or 140 samples is half a percent; what is left out differs.
    check(LogCQT(**parameters), MUSIC, rel=6e-3, decibels=0.5, depth=20)


def test_decibels_are_those_of_librosa():
    y = MUSIC[: 3 * RATE]
    front_end = LogCQT(
        n_bins=60, bins_per_octave=12, fmin=200.0, hop_length=512, ref=0.3, top_db=40
    )
    theirs = librosa.amplitude_to_db(by_librosa(y, front_end), ref=0.3, top_db=40)
    inner = slice(10, -10)
    assert np.abs(front_end(y) - theirs)[:, inner].max() < 0.01


def exact(y, frequency, quality, centres, window="hann"):
    """Evaluate one bin by its definition, at the full rate: the inner product with its filter."""
    length = quality * RATE / frequency
    times = np.arange(np.floor(-length / 2), np.floor(length / 2))
    wave = librosa.filters.get_window(window, len(times)) * np.exp(
        2j * np.pi * frequency * times / RATE
    )
    wave *= np.sqrt(length) / np.abs(wave).sum()
    padded = np.pad(y.astype(np.float64), len(times))
    begin = len(times) + int(times[0])
    return np.array([abs(np.vdot(wave, padded[begin + c :][: len(times)])) for c in centres])


def test_equals_the_definition_where_nothing_is_left_out():
    front_end = LogCQT(fmin=1500.0, n_bins=48, bins_per_octave=24, sparsity=0.0, hop_length=256)
    ours = magnitudes(front_end, MUSIC[: 2 * RATE])
    ratio = 2 ** (2 / 24)
    quality = (ratio + 1) / (ratio - 1)
    frames = np.arange(0, ours.shape[1], 7)
    worst = 0.0
    # The upper octave is not resampled: its filters are those of the definition.
    for k in range(24, 48, 5):
        expected = exact(
            MUSIC[: 2 * RATE], 1500 * 2 ** (k / 24), quality, frames * front_end.hop_length
        )
        worst = max(worst, np.abs(ours[k, frames] - expected).max() / ours.max())
    # What is below 0 Hz is left out all the same.
    assert worst < 2e-4


@pytest.mark.parametrize("y", [MUSIC, NOISE], ids=["music", "noise"])
def test_is_as_near_the_definition_as_librosa_even_at_the_ends(y):
    y = y[: 3 * RATE]
    front_end = LogCQT(amin=1e-10)
    theirs, ours = by_librosa(y, front_end), magnitudes(front_end, y)
    ratio = 2 ** (2 / 36)
    quality = (ratio + 1) / (ratio - 1)
    frames = np.array([0, 1, 2, 3, 5, 8, 100, 198, 201, 203, 204, 205, 206])
    wrong = {"ours": [], "theirs": []}
    for k in range(0, 252, 9):
        expected = exact(y, librosa.note_to_hz("C1") * 2 ** (k / 36), quality, frames * 320)
        wrong["ours"].append(ours[k, frames] - expected)
        wrong["theirs"].append(theirs[k, frames] - expected)
    rms = {k: np.sqrt(np.mean(np.square(v))) for k, v in wrong.items()}
    assert rms["ours"] <= rms["theirs"]
    # A hundredth of the peak: filters rounded to whole samples, and what `sparsity` leaves out.
    assert np.abs(wrong["ours"]).max() < 0.01 * theirs.max()


@pytest.mark.data
@pytest.mark.parametrize("clip", ["classical/classical.00002.flac", "pop/pop.00000.flac"])
def test_equals_librosa_on_real_music(data_root, clip):
    y, rate = soundfile.read(data_root / "gtzan_mini" / clip, stop=15 * RATE, dtype="float32")
    assert rate == RATE
    check(LogCQT(amin=1e-10), y, rel=3e-6, decibels=0.003)


@pytest.mark.parametrize("k", [0, 1, 35, 36, 100, 180, 251])
def test_a_sine_peaks_at_its_bin_as_loud_as_the_formula_says(k):
    front_end = LogCQT(top_db=None)
    frequency = 32.70319566257483 * 2 ** (k / 36)
    y = (0.5 * np.sin(2 * np.pi * frequency * np.arange(4 * RATE) / RATE)).astype(np.float32)
    middle = front_end(y)[:, 2 * RATE // 320]
    assert middle.argmax() == k
    ratio = 2 ** (2 / 36)
    length = (ratio + 1) / (ratio - 1) * RATE / frequency
    # The filters sum to 1 and are scaled by the root of their length; half of a sine lies at +f.
    assert middle[k] == pytest.approx(20 * np.log10(0.25 * np.sqrt(length)), abs=0.05)


# Filters so short that there are many blocks in a second.
SHORT = {"fmin": 400.0, "n_bins": 40, "bins_per_octave": 12}
QUICK = [LogCQT(**SHORT, hop_length=h) for h in (64, 96, 101, 4000)]


@settings(deadline=None, max_examples=60)
@given(
    n=st.integers(1, len(NOISE)),
    ends=st.lists(st.integers(0, len(NOISE)), max_size=12),
    front_end=st.sampled_from(QUICK),
)
def test_a_stream_gives_the_frames_of_the_whole_to_the_last_bit(n, ends, front_end):
    y = NOISE[:n]
    whole = front_end.frames(y)
    pieces = np.split(y, sorted(min(e, n) for e in ends))
    streamed = list(front_end.stream(pieces))
    assert whole.shape == (40, front_end.n_frames(n))
    assert np.concatenate(streamed, axis=1).tobytes() == whole.tobytes()


def test_pieces_of_any_size_give_the_same_bits():
    front_end = LogCQT()
    y = np.tile(NOISE, 4)
    whole = front_end.frames(y)
    for size in (4096, 100_000):
        pieces = [y[i : i + size] for i in range(0, len(y), size)]
        streamed = list(front_end.stream(pieces))
        assert len(streamed) > 1
        assert np.concatenate(streamed, axis=1).tobytes() == whole.tobytes()


def test_a_stream_gives_frames_before_it_ends():
    given_so_far = 0

    def pieces():
        nonlocal given_so_far
        while True:
            given_so_far += 1
            yield NOISE[:RATE]

    stream = LogCQT().stream(pieces())
    assert next(stream).shape[0] == 252
    assert given_so_far <= 12


def test_what_a_stream_gave_does_not_change_later():
    stream = QUICK[0].stream([NOISE, NOISE])
    first = next(stream)
    kept = first.copy()
    list(stream)
    np.testing.assert_array_equal(first, kept)


def test_frames_are_local():
    front_end = LogCQT(top_db=None)
    other = NOISE.copy()
    other[3 * RATE :] = 0
    same = RATE // 320
    np.testing.assert_allclose(
        front_end.frames(other)[:, :same], front_end.frames(NOISE)[:, :same], rtol=0, atol=1e-4
    )


def test_what_begins_later_is_the_same_later():
    front_end = QUICK[0]
    late = np.concatenate([np.zeros(1000 * 64, np.float32), NOISE[:30_000]])
    moved = front_end.frames(late)[:, 1000:]
    np.testing.assert_allclose(moved, front_end.frames(NOISE[:30_000]), rtol=0, atol=1e-3)


def test_beyond_the_end_lie_zeros():
    front_end = QUICK[0]
    y = NOISE[: 3 * RATE]
    longer = np.concatenate([y, np.zeros(RATE, np.float32)])
    frames = front_end.frames(y)
    expected = front_end.frames(longer)[:, : frames.shape[1]]
    np.testing.assert_allclose(frames, expected, rtol=0, atol=1e-3)


@pytest.mark.parametrize("n", [1, 2, 319, 320, 321, 5000])
def test_short_sounds_give_frames(n):
    front_end = LogCQT()
    features = front_end(NOISE[:n])
    assert features.shape == (252, 1 + n // 320) == front_end.output_shape(n)
    assert np.isfinite(features).all()
    # Many bins of a click are as loud: its magnitude times the filter's height, 2 / length.
    click = LogCQT(top_db=None)(np.ones(1, np.float32))[200, 0]
    length = 1 / (2 ** (1 / 36) - 1) * RATE / (32.7032 * 2 ** (200 / 36))
    assert click == pytest.approx(20 * np.log10(2 / np.sqrt(length)), abs=0.3)


def test_silence_is_as_quiet_as_amin():
    features = LogCQT(amin=1e-4)(np.zeros(RATE, np.float32))
    np.testing.assert_allclose(features, -80, rtol=1e-6)


def test_silence_behind_loud_sound_is_silence():
    y = np.concatenate([NOISE[: 2 * RATE], np.zeros(3 * RATE, np.float32)])
    frames = LogCQT(amin=1e-9).frames(y)
    np.testing.assert_allclose(frames[:, -RATE // 320 :], -180, rtol=1e-6)


def test_no_samples_are_too_short():
    for pieces in ([], [NOISE[:0]]):
        with pytest.raises(TooShortError, match="has 0 samples and the front end needs at least 1"):
            list(LogCQT().stream(pieces))
    assert LogCQT().n_frames(0) == 0


def test_samples_must_be_mono():
    with pytest.raises(ValueError, match="one dimension, not 2"):
        LogCQT().frames(np.zeros((2, 4000), np.float32))


def test_top_db_belongs_to_each_input_and_not_to_the_frames():
    front_end = QUICK[0]
    y = NOISE[:RATE].copy()
    y[: RATE // 2] *= 1e-3
    frames = front_end.frames(y)
    finished = LogCQT(**SHORT, hop_length=64, top_db=20).finish(frames)
    assert finished.min() == finished.max() - np.float32(20)
    assert frames.min() < finished.min()
    assert LogCQT().frames_fingerprint == LogCQT(top_db=None).frames_fingerprint
    assert LogCQT().fingerprint != LogCQT(top_db=None).fingerprint


@pytest.mark.parametrize(
    "change",
    [
        {"sample_rate": 44100},
        {"hop_length": 256},
        {"fmin": 40.0},
        {"n_bins": 251},
        {"bins_per_octave": 48},
        {"filter_scale": 0.5},
        {"norm": None},
        {"sparsity": 0.0},
        {"window": "hamming"},
        {"ref": 2.0},
        {"amin": 1e-6},
    ],
    ids=str,
)
def test_the_fingerprint_tells_apart_what_changes_frames(change):
    assert LogCQT(**change).frames_fingerprint != LogCQT().frames_fingerprint


def test_by_default_from_c1_over_seven_octaves_about_every_15_ms():
    front_end = LogCQT()
    assert front_end.fmin == pytest.approx(librosa.note_to_hz("C1"), rel=1e-12)
    assert front_end.n_bins == front_end.n_frame_bins == 7 * 36
    assert front_end.frame_rate == pytest.approx(1 / 0.0145, rel=1e-3)


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"hop_length": 0}, "hop_length must be a whole number of at least 1, not 0."),
        ({"n_bins": 0}, "n_bins must be a whole number of at least 1, not 0."),
        ({"bins_per_octave": 1.5}, "bins_per_octave must be a whole number of at least 1"),
        ({"fmin": 0}, "fmin must be a number above 0, not 0."),
        ({"filter_scale": 0}, "filter_scale must be a number above 0, not 0."),
        ({"norm": 3}, "norm must be one of 1.0, 2.0, None, not 3."),
        ({"sparsity": -0.1}, "sparsity must be a number of at least 0, not -0.1."),
        ({"sparsity": 1}, "sparsity must be a number below 1, not 1.0."),
        ({"window": "han"}, "not 'han'. Did you mean 'hann'"),
        ({"ref": -1}, "ref must be a number of at least 0, not -1."),
        ({"amin": 1e-19}, "amin must be a number of at least 3.16228e-19"),
        ({"top_db": -3}, "top_db must be a number of at least 0, not -3."),
        ({"n_bins": 304}, "the highest of 304 bins reaches up to 11"),
        ({"sample_rate": 8000}, "above half the sample rate (4000 Hz); ask for fewer bins."),
    ],
)
def test_impossible_parameters_are_refused_in_one_sentence(parameters, sentence):
    with pytest.raises(ValueError) as caught:
        LogCQT(**parameters)
    assert sentence in str(caught.value)


@pytest.mark.filterwarnings("ignore:n_fft=:UserWarning")
def test_refuses_the_bins_that_librosa_refuses():
    for n_bins in (301, 302, 303):
        try:
            librosa.cqt(NOISE[:5000], n_bins=n_bins, bins_per_octave=36, hop_length=256)
        except librosa.ParameterError:
            with pytest.raises(ValueError, match="above half the sample rate"):
                LogCQT(n_bins=n_bins)
        else:
            LogCQT(n_bins=n_bins)
