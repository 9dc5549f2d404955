import json
from dataclasses import FrozenInstanceError, dataclass
from typing import ClassVar

import pytest

from genrelab.features import MFCC, LogCQT, LogMel, LogSTFT, Precomputed, Waveform, create, names
from genrelab.features.base import registered

FRONT_ENDS = [
    LogCQT(n_bins=84),
    LogMel(n_mels=40),
    LogSTFT(power=1),
    MFCC(lifter=3),
    Precomputed(n_mfcc=5),
    Waveform(frame_length=11025),
]


def test_names_lists_all_front_ends():
    assert names() == ["log_cqt", "log_mel", "log_stft", "mfcc", "precomputed", "waveform"]


@pytest.mark.parametrize("front_end", FRONT_ENDS, ids=lambda f: f.name)
def test_what_a_front_end_says_of_itself_makes_it_again(front_end):
    described = json.loads(json.dumps(front_end.to_dict()))
    again = create(**described)
    assert again == front_end
    assert again.fingerprint == front_end.fingerprint
    assert again.frames_fingerprint == front_end.frames_fingerprint
    assert type(again) is registered(front_end.name)


@pytest.mark.parametrize("front_end", FRONT_ENDS, ids=lambda f: f.name)
def test_fingerprints_are_sixteen_hex_digits(front_end):
    for digits in (front_end.fingerprint, front_end.frames_fingerprint):
        assert len(digits) == 16
        int(digits, 16)


def test_fingerprints_stay_the_same_over_versions():
    # A change here throws away every cache: make it only when frames change.
    assert LogMel().frames_fingerprint == LogMel().frames_fingerprint
    assert len({f.frames_fingerprint for f in FRONT_ENDS}) == len(FRONT_ENDS)


def test_front_ends_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        LogMel().n_mels = 3


def test_unknown_names_and_parameters_suggest_near_ones():
    with pytest.raises(ValueError, match="Did you mean 'log_mel'"):
        create("logmel")
    with pytest.raises(ValueError, match=r"no parameter 'n_mel'\. Did you mean 'n_mels'"):
        create("log_mel", n_mel=3)


def test_two_front_ends_cannot_have_one_name():
    with pytest.raises(ValueError, match="two front ends are named 'log_mel'"):

        @dataclass(frozen=True)
        class Other(LogMel):
            name: ClassVar[str] = "log_mel"
