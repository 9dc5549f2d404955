import numpy as np
import pytest
import soundfile

from genrelab.errors import AudioError, SegmentationError
from genrelab.segmentation.excerpt import create

RATE = 11025


@pytest.fixture(scope="module")
def track(compose, tmp_path_factory):
    """43 seconds: A to 8, B to 20, A to 27, B to 35, C to 43."""
    pieces = [("A", 8), ("B", 12), ("A", 7), ("B", 8), ("C", 8)]
    y = np.concatenate(
        [compose(letter, s, RATE, seed=k)[0] for k, (letter, s) in enumerate(pieces)]
    )
    path = tmp_path_factory.mktemp("track") / "track.wav"
    soundfile.write(path, y, RATE)
    return path


def test_the_longest_run_of_the_largest_cluster(track):
    found = create("representative").choose(track)
    assert (found.offset, found.duration) == pytest.approx((8, 12), abs=0.3)


@pytest.mark.parametrize(
    ("seconds", "start"), [(4, 12), (12, 8), (20, 4), (42, 0), (43, 0), (90, 0)]
)
def test_so_many_seconds_about_its_middle_within_the_track(track, seconds, start):
    found = create("representative", seconds=seconds).choose(track)
    assert found.duration == pytest.approx(min(seconds, 43))
    assert found.offset == pytest.approx(start, abs=0.3)


def test_a_track_inside_a_file_keeps_to_itself(track):
    found = create("representative", shortest=3).choose(track, offset=20.0, duration=18.0)
    assert (found.offset, found.duration) == pytest.approx((27, 8), abs=0.3)
    assert create("middle", seconds=6).choose(track, offset=20.0, duration=20.0).offset == 27.0


def test_tracks_of_one_length_get_other_random_stretches(tmp_path):
    rule = create("random", seconds=1)
    offsets = set()
    for k in range(6):
        y = np.random.default_rng(k).standard_normal(8 * RATE)
        soundfile.write(tmp_path / f"{k}.wav", 0.1 * y, RATE)
        offsets.add(rule.choose(tmp_path / f"{k}.wav").offset)
    assert len(offsets) == 6


def test_the_middle_and_a_random_stretch(track):
    middle = create("middle", seconds=10).choose(track)
    assert (middle.offset, middle.duration) == (16.5, 10.0)
    drawn = [create("random", seconds=10, seed=k).choose(track) for k in range(12)]
    assert drawn == [create("random", seconds=10, seed=k).choose(track) for k in range(12)]
    offsets = [d.offset for d in drawn]
    assert min(offsets) >= 0
    assert max(offsets) <= 33
    assert len(set(offsets)) == 12
    assert create("random", seconds=60).choose(track).duration == pytest.approx(43)


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"name": "represenative"}, "Did you mean 'representative'"),
        ({"name": "middle"}, "needs its length"),
        ({"name": "middle", "seconds": 5, "window": 2.0}, "no parameter 'window'"),
        ({"name": "representative", "windw": 2.0}, "Did you mean 'window'"),
        ({"name": "representative", "window": "long"}, "must be a number"),
        ({"name": "random", "seconds": -1}, "negative"),
        ({"name": "random", "seconds": 1, "seed": -1}, "whole number"),
        ({"name": "random", "seconds": [10]}, "must be a number"),
        ({"name": "representative", "order": 16.5}, "order must be a whole number"),
        ({"name": "representative", "shortest": float("inf")}, "shortest"),
    ],
)
def test_what_cannot_be_is_one_sentence(parameters, words):
    with pytest.raises(SegmentationError, match=words):
        create(**parameters)


def test_parameters_come_back():
    for made in (
        create("representative", seconds=3, window=1.0, scale=5.0),
        create("random", seconds=2, seed=4),
    ):
        assert create(**made.to_dict()) == made


def test_a_file_that_cannot_be_read_raises(tmp_path):
    for name in ("representative", "middle"):
        with pytest.raises(AudioError):
            create(name, seconds=3).choose(tmp_path / "none.wav")
