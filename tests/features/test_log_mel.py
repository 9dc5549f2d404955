import librosa
import numpy as np
import pytest

from genrelab.features import MFCC, LogMel

MOST_DB = 0.001


def by_librosa(y, front_end):
    p = {k: v for k, v in front_end.to_dict().items() if k != "name"}
    level = {k: p.pop(k) for k in ("ref", "amin", "top_db")}
    return librosa.power_to_db(
        librosa.feature.melspectrogram(y=y, sr=p.pop("sample_rate"), **p), **level
    )


def check(front_end, y):
    ours, theirs = front_end(y), by_librosa(y, front_end)
    assert ours.dtype == np.float32
    assert ours.shape == theirs.shape == front_end.output_shape(len(y))
    assert np.abs(ours - theirs).max() <= MOST_DB


def test_equals_librosa_by_default(sound):
    check(LogMel(), sound)


def test_equals_librosa_at_any_depth(sound):
    check(LogMel(top_db=None), sound)


@pytest.mark.parametrize(
    "parameters",
    [
        {"sample_rate": 44100},
        {"sample_rate": 16000, "fmax": 7600.0, "fmin": 20},
        {"n_fft": 512, "hop_length": 160, "n_mels": 40},
        {"n_fft": 1999, "hop_length": 700},
        {"n_fft": 1024, "hop_length": 1500, "n_mels": 64},
        {"n_fft": 8192, "hop_length": 100},
        {"n_fft": 2, "hop_length": 7, "n_mels": 1},
        {"win_length": 1200},
        {"n_fft": 1024, "win_length": 662, "hop_length": 331},
        {"win_length": 1201, "window": "hamming"},
        {"win_length": 1, "n_mels": 10},
        {"window": "blackman"},
        {"window": "blackmanharris"},
        {"window": "boxcar"},
        {"center": False},
        {"center": False, "n_fft": 1001, "hop_length": 2000},
        {"n_mels": 20},
        {"n_mels": 300},
        {"fmin": 300.0, "fmax": 900.0},
        {"fmin": 2000.0},
        {"htk": True},
        {"norm": None},
        {"htk": True, "norm": None, "fmin": 1.0},
        {"power": 1},
        {"power": 0.6},
        {"power": 3.0},
        {"ref": 0.01},
        {"ref": 0.0},
        {"ref": 1000},
        {"amin": 1e-3},
        {"amin": 1e-30},
        {"top_db": 20},
        {"top_db": 0.0},
    ],
    ids=str,
)
@pytest.mark.filterwarnings("ignore:Empty filters:UserWarning")
def test_equals_librosa_for_each_parameter(parameters, noise):
    check(LogMel(**{"top_db": None, **parameters}), noise)


@pytest.mark.parametrize("pad_mode", ["constant", "edge", "reflect", "symmetric"])
@pytest.mark.parametrize(
    "sizes", [{}, {"hop_length": 100}, {"n_fft": 701, "hop_length": 333}, {"hop_length": 3000}]
)
@pytest.mark.parametrize(
    "n", [1, 2, 3, 700, 1023, 1024, 1025, 2047, 2048, 2049, 3000, 3071, 4500, 5120, 9000]
)
@pytest.mark.filterwarnings("ignore:n_fft=:UserWarning")
def test_equals_librosa_at_both_ends_of_short_sounds(pad_mode, sizes, n):
    t = np.arange(n, dtype=np.float32)
    y = np.float32(0.5) + np.sin(t / 9) + t / 5000
    # A window that does not fade shows every padded sample.
    check(LogMel(pad_mode=pad_mode, window="boxcar", **sizes), y)


@pytest.mark.parametrize("center", [True, False])
@pytest.mark.parametrize(
    "sizes",
    [
        {"n_fft": 8192, "hop_length": 9000},
        {"n_fft": 8192, "hop_length": 8192},
        {"n_fft": 8192, "hop_length": 1000},
        {"n_fft": 2048, "hop_length": 2500},
    ],
)
def test_equals_librosa_over_many_blocks(center, sizes):
    y = np.random.default_rng(3).normal(size=400_000).astype(np.float32)
    check(LogMel(center=center, top_db=None, **sizes), y)


def test_top_db_belongs_to_each_input_and_not_to_the_frames(noise):
    y = noise.copy()
    y[: len(y) // 2] *= 1e-6
    front_end = LogMel(top_db=40.0)
    frames = front_end.frames(y)
    quiet = front_end.finish(frames[:, :20])
    assert quiet.max() - frames.max() < -100
    np.testing.assert_array_equal(quiet, frames[:, :20])
    whole = front_end.finish(frames)
    assert whole.min() == whole.max() - np.float32(40)


def test_finish_leaves_the_frames_as_they_are(noise):
    front_end = LogMel(top_db=10.0)
    frames = front_end.frames(noise)
    frames.setflags(write=False)
    assert front_end.finish(frames).min() > frames.min()


def test_frames_do_not_depend_on_what_only_finish_uses():
    assert LogMel().frames_fingerprint == LogMel(top_db=None).frames_fingerprint
    assert LogMel().fingerprint != LogMel(top_db=None).fingerprint


def test_shares_frames_with_mfcc_of_the_same_mel_spectrum(noise):
    mel = LogMel(n_mels=64, fmin=30, norm=None)
    cepstrum = MFCC(n_mels=64, fmin=30, mel_norm=None, n_mfcc=13, lifter=22, top_db=60)
    assert mel.frames_fingerprint == cepstrum.frames_fingerprint
    assert mel.fingerprint != cepstrum.fingerprint
    np.testing.assert_array_equal(mel.frames(noise), cepstrum.frames(noise))
    assert MFCC(n_mels=64, fmin=30).frames_fingerprint != mel.frames_fingerprint


@pytest.mark.parametrize(
    "change",
    [
        {"sample_rate": 44100, "fmax": 11025.0},
        {"n_fft": 1024},
        {"hop_length": 512},
        {"win_length": 1024},
        {"window": "hamming"},
        {"center": False},
        {"pad_mode": "reflect"},
        {"n_mels": 96},
        {"fmin": 20.0},
        {"fmax": 8000.0},
        {"htk": True},
        {"norm": None},
        {"power": 1.0},
        {"ref": 2.0},
        {"amin": 1e-8},
    ],
    ids=str,
)
def test_the_fingerprint_tells_apart_what_changes_frames(change):
    assert LogMel(**change).frames_fingerprint != LogMel().frames_fingerprint


def test_values_that_mean_the_same_have_one_fingerprint():
    assert LogMel(power=2, fmin=0, top_db=80).fingerprint == LogMel().fingerprint
    assert LogMel(sample_rate=np.int64(22050)).fingerprint == LogMel().fingerprint
    same = LogMel(win_length=2048, fmax=11025.0)
    assert same.frames_fingerprint == LogMel().frames_fingerprint
    assert (
        LogMel(center=False, pad_mode="edge").frames_fingerprint
        == LogMel(center=False).frames_fingerprint
    )


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"n_mels": 0}, "n_mels must be a whole number of at least 1, not 0."),
        ({"n_mels": 12.5}, "n_mels must be a whole number of at least 1, not 12.5."),
        ({"n_mels": True}, "n_mels must be a whole number of at least 1, not True."),
        ({"fmin": -1}, "fmin must be a number of at least 0, not -1."),
        ({"fmin": 11025}, "fmax must lie above fmin (11025 Hz) and not above half"),
        ({"fmax": 12000}, "(11025 Hz), but is 12000 Hz."),
        ({"htk": 1}, "htk must be true or false, not 1."),
        ({"norm": "slany"}, "norm must be one of 'slaney', None, not 'slany'. Did you mean"),
        ({"power": 0}, "power must be a number above 0, not 0."),
        ({"ref": float("nan")}, "ref must be a number of at least 0, not nan."),
        ({"ref": True}, "ref must be a number of at least 0, not True."),
        ({"amin": 0}, "amin must be a number of at least 1e-37, not 0."),
        ({"top_db": -1}, "top_db must be a number of at least 0, not -1."),
        ({"top_db": "80"}, "top_db must be a number of at least 0, not '80'."),
    ],
)
def test_impossible_parameters_are_refused_in_one_sentence(parameters, sentence):
    with pytest.raises(ValueError) as caught:
        LogMel(**parameters)
    assert sentence in str(caught.value)


def test_an_input_without_frames_is_refused():
    with pytest.raises(ValueError, match="there is no frame"):
        LogMel().finish(np.empty((128, 0), np.float32))
