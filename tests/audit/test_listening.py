import numpy as np
import pytest
import soundfile as sf

from genrelab.audit.faults import find_faults
from genrelab.audit.listening import Heard, Meter, listen
from genrelab.track import Track

RATE = 22050


def hear(path, y, rate=RATE, **options):
    sf.write(path, y, rate, **options)
    return listen(Track(path.name, "x", path))


def test_the_same_samples_in_other_containers(tmp_path, music):
    y = np.rint(music(3, 3) * 32767).astype(np.int16)
    found = [
        hear(tmp_path / "a.wav", y, subtype="PCM_16"),
        hear(tmp_path / "a.flac", y, subtype="PCM_16"),
        hear(tmp_path / "a.aiff", y, subtype="PCM_16"),
        hear(tmp_path / "a24.flac", y.astype(np.int32) << 16, subtype="PCM_24"),
    ]
    assert len({h.digest for h in found}) == 1
    changed = y.copy()
    changed[1000] += 1
    assert hear(tmp_path / "b.wav", changed, subtype="PCM_16").digest != found[0].digest
    assert hear(tmp_path / "c.wav", y, 44100, subtype="PCM_16").digest != found[0].digest


def test_what_was_measured_of_a_track(tmp_path, music):
    y = music(4, 2)
    y = y / np.abs(y).max() / 2
    y = np.concatenate([y, np.zeros(2 * RATE, np.float32)])
    found = hear(tmp_path / "a.wav", y)
    assert found.seconds == pytest.approx(4)
    assert found.peak == pytest.approx(0.5, abs=1e-4)
    assert found.quiet == pytest.approx(0.5, abs=0.03)
    assert found.clipped == 0


def test_clipped_samples_are_counted():
    t = np.arange(RATE) / RATE
    sine = np.sin(2 * np.pi * 50 * t)
    meter = Meter()
    meter(sine.astype(np.float32), RATE)
    assert meter.clipped == 0
    # Three times too loud: above a third for 1 - 2 asin(1/3) / pi of the time.
    loud = np.clip(3 * sine, -1, 1).astype(np.float32)
    share = 1 - 2 * np.arcsin(1 / 3) / np.pi
    for size in (RATE, 777, 3, 1):
        meter = Meter()
        for start in range(0, 4410 if size < 9 else RATE, size):
            meter(loud[start : start + size], RATE)
        assert meter.clipped == pytest.approx(share, abs=0.005)


@pytest.mark.parametrize("size", [100, 2205, 10_000])
def test_measuring_does_not_depend_on_the_blocks(music, size):
    y = np.clip(20 * music(5, 2), -1, 1)
    whole, cut = Meter(), Meter()
    whole(y, RATE)
    for start in range(0, len(y), size):
        cut(y[start : start + size], RATE)
    for name in ("digest", "clipped", "quiet", "peak"):
        assert getattr(whole, name) == getattr(cut, name)


def test_faults_are_told_in_a_sentence(tmp_path, music):
    long = [Heard(f"t{k}", seconds=30 + k / 100, digest="d", peak=0.5) for k in range(9)]
    silence = ("the audio is silent.",)
    silence = ("the audio is silent.",)
    odd = [
        Heard("broken", problem="the file is empty (0 bytes)."),
        Heard("silent", seconds=30, digest="d", peak=0.0, quiet=1.0, notes=silence),
        Heard("quiet", seconds=30, digest="d", peak=0.5, quiet=0.7),
        Heard("loud", seconds=30, digest="d", peak=1.0, clipped=0.01),
        Heard("cut", seconds=12, digest="d", peak=0.5, notes=("the file is cut off.",)),
    ]  # fmt: skip
    found = [(f.track_id, f.kind) for f in find_faults([*long, *odd])]
    assert found == [
        ("broken", "unreadable"),
        ("silent", "silent"),
        ("quiet", "mostly quiet"),
        ("loud", "clipped"),
        ("cut", "damaged"),
        ("cut", "unusual length"),
    ]


def test_songs_of_many_lengths_are_nothing_unusual():
    seconds = [150, 180, 200, 210, 230, 250, 300, 420, 7200]
    heard = [Heard(str(s), seconds=s, digest="d", peak=0.5) for s in seconds]
    assert [f.track_id for f in find_faults(heard)] == ["7200"]


def test_a_truncated_file_is_heard_and_told(tmp_path, music):
    path = tmp_path / "a.wav"
    sf.write(path, music(6, 4), RATE)
    path.write_bytes(path.read_bytes()[:100_000])
    found = listen(Track("a", "x", path))
    assert any("cut off" in note for note in found.notes)
    (tmp_path / "b.mp3").write_bytes(b"")
    assert "empty" in listen(Track("b", "x", tmp_path / "b.mp3")).problem
