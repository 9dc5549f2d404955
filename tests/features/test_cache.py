import os
import random
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import soundfile

from genrelab.audio import load_audio
from genrelab.errors import FeatureError
from genrelab.features import MFCC, FeatureCache, FeatureStore, LogMel, Precomputed
from genrelab.features.partial import partial_path
from genrelab.track import Track

FRONT_END = LogMel(n_fft=512, hop_length=256, n_mels=16)
LONG_AGO = 1_500_000_000


def compose(path, seed, seconds=1.0):
    y = 0.1 * np.random.default_rng(seed).normal(size=int(22050 * seconds))
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, y, 22050, subtype="PCM_16")
    os.utime(path, (LONG_AGO, LONG_AGO))
    return path


@pytest.fixture
def tracks(tmp_path):
    paths = [compose(tmp_path / "music" / f"{i}.wav", i, 0.5 + i / 4) for i in range(6)]
    return [Track(id=p.name, label="rock", path=p) for p in paths]


@pytest.fixture
def cache(tmp_path):
    return FeatureCache(tmp_path / "cache")


@pytest.fixture
def computed(monkeypatch):
    """The tracks that were decoded."""
    import genrelab.audio

    seen = []
    stream_audio = genrelab.audio.stream_audio

    def counting(path, *args, **kwargs):
        seen.append(os.path.basename(path))
        return stream_audio(path, *args, **kwargs)

    monkeypatch.setattr(genrelab.audio, "stream_audio", counting)
    return seen


def files(cache, folder):
    return sorted(p for p in (cache.root / folder).rglob("*") if p.is_file())


def content(store):
    return [(store.folder / name).read_bytes() for name in ("frames.npy", "index.json")]


@pytest.mark.parametrize("workers", [1, 3])
def test_gives_the_frames_of_every_track(tracks, cache, workers):
    store = cache.fill(tracks, FRONT_END, workers=workers)
    assert store.ids == tuple(t.id for t in tracks)
    assert store.frames_fingerprint == FRONT_END.frames_fingerprint
    assert store.problems == {}
    for track in tracks:
        expected = FRONT_END.frames(load_audio(track.path))
        assert store.frames(track.id).tobytes() == expected.tobytes()


def test_computes_each_track_once(tracks, cache, computed):
    first = cache.fill(tracks, FRONT_END)
    again = cache.fill(tracks, FRONT_END)
    assert again.folder == first.folder
    more = cache.fill(tracks[2:], FRONT_END)
    assert more.folder != first.folder
    assert sorted(computed) == sorted(t.id for t in tracks)


def test_front_ends_with_the_same_frames_share_them(tracks, cache, computed):
    mel = cache.fill(tracks, FRONT_END)
    cepstrum = cache.fill(tracks, MFCC(n_fft=512, hop_length=256, n_mels=16, n_mfcc=4))
    assert cepstrum.folder == mel.folder
    assert len(computed) == len(tracks)
    cache.fill(tracks, LogMel(n_fft=512, hop_length=256, n_mels=17))
    assert len(computed) == 2 * len(tracks)


def test_the_key_is_the_content_and_not_the_name(tmp_path, tracks, cache, computed):
    cache.fill(tracks, FRONT_END)
    moved = tmp_path / "elsewhere.wav"
    shutil.copy(tracks[0].path, moved)
    store = cache.fill([Track(id="new name", label="pop", path=moved)], FRONT_END)
    assert len(computed) == len(tracks)
    expected = FRONT_END.frames(load_audio(moved))
    assert store.frames("new name").tobytes() == expected.tobytes()


def test_tracks_of_other_names_are_another_store(tracks, cache, computed):
    cache.fill(tracks, FRONT_END)
    renamed = [Track(id=f"new/{t.id}", label=t.label, path=t.path) for t in tracks]
    assert cache.fill(renamed, FRONT_END).ids == tuple(t.id for t in renamed)
    assert len(computed) == len(tracks)


def test_replicas_are_computed_once(tmp_path, cache, computed):
    paths = [compose(tmp_path / f"{i}.wav", seed=0) for i in range(3)]
    store = cache.fill([Track(id=p.name, label="a", path=p) for p in paths], FRONT_END)
    assert len(store) == 3
    assert len(computed) == 1


def test_a_changed_file_is_computed_anew(tracks, cache):
    before = cache.fill(tracks, FRONT_END).frames("0.wav")
    compose(tracks[0].path, seed=99, seconds=0.5)
    os.utime(tracks[0].path, (LONG_AGO + 1, LONG_AGO + 1))
    after = cache.fill(tracks, FRONT_END).frames("0.wav")
    assert after.shape == before.shape
    assert not np.array_equal(after, before)


def test_a_file_changed_just_now_is_read_again_whatever_its_time_says(tracks, cache):
    now = time.time_ns()
    os.utime(tracks[0].path, ns=(now, now))
    before = cache.fill(tracks, FRONT_END).frames("0.wav")
    compose(tracks[0].path, seed=99, seconds=0.5)
    os.utime(tracks[0].path, ns=(now, now))
    assert not np.array_equal(cache.fill(tracks, FRONT_END).frames("0.wav"), before)


def test_unchanged_files_are_not_read_again(tracks, cache):
    cache.fill(tracks, FRONT_END)
    status = tracks[0].path.stat()
    tracks[0].path.write_bytes(bytes(status.st_size))  # a read would find a broken file
    os.utime(tracks[0].path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert cache.fill(tracks, FRONT_END).problems == {}


def test_a_torn_line_among_the_hashes_is_passed_over(tracks, cache, computed):
    first = content(cache.fill(tracks, FRONT_END))
    memo = cache.root / "hashes.jsonl"
    lines = memo.read_text(encoding="utf-8")
    memo.write_text('{"odd": 1}\n[1]\nnull\n' + lines[: len(lines) // 2 + 10], encoding="utf-8")
    assert content(cache.fill(tracks, FRONT_END)) == first
    mended = memo.read_text(encoding="utf-8")
    assert content(cache.fill(tracks, FRONT_END)) == first
    assert memo.read_text(encoding="utf-8") == mended
    assert len(computed) == len(tracks)


def test_parts_of_one_file_are_tracks_of_their_own(tmp_path, cache):
    path = compose(tmp_path / "long.wav", 0, 4.0)
    parts = [
        Track(id="a", label="x", path=path, offset=0.0, duration=1.5),
        Track(id="b", label="x", path=path, offset=1.5, duration=1.5),
        Track(id="c", label="x", path=path, offset=1.5),
    ]
    store = cache.fill(parts, FRONT_END)
    for part in parts:
        y = load_audio(path, offset=part.offset, duration=part.duration)
        assert store.frames(part.id).tobytes() == FRONT_END.frames(y).tobytes()
    assert store.n_frames("c") > store.n_frames("b")


def test_one_bad_file_costs_one_sentence(tmp_path, tracks, cache):
    text = tmp_path / "text.mp3"
    text.write_text("no audio at all")
    short = tmp_path / "short.wav"
    soundfile.write(short, np.full(100, 0.1), 22050)
    bad = [
        Track(id="text", label="a", path=text),
        Track(id="missing", label="a", path=tmp_path / "missing.wav"),
        Track(id="folder", label="a", path=tmp_path),
        Track(id="none", label="a"),
        Track(id="short", label="a", path=short),
    ]
    uncentred = LogMel(n_fft=512, hop_length=256, n_mels=16, center=False)
    store = cache.fill([*bad, *tracks], uncentred, workers=2)
    assert store.ids == tuple(t.id for t in tracks)
    assert list(store.problems) == [t.id for t in bad]
    assert store.problems["missing"] == "there is no such file."
    assert store.problems["folder"] == "this is a directory, not an audio file."
    assert store.problems["none"] == "the data set gives no audio file for this track."
    assert "100 samples and the front end needs at least 512" in store.problems["short"]
    assert all(sentence.endswith(".") for sentence in store.problems.values())
    assert list(cache.fill([*bad, *tracks], uncentred).problems) == [t.id for t in bad]


def test_a_mended_file_joins_the_others(tracks, cache):
    good = tracks[1].path.read_bytes()
    tracks[1].path.write_bytes(b"broken")
    assert list(cache.fill(tracks, FRONT_END).problems) == ["1.wav"]
    tracks[1].path.write_bytes(good)
    store = cache.fill(tracks, FRONT_END)
    assert store.problems == {}
    assert store.ids == tuple(t.id for t in tracks)


def test_what_is_worth_saying_of_a_track_is_kept(tmp_path, tracks, cache):
    whole = compose(tmp_path / "cut.wav", 5, 3.0)
    whole.write_bytes(whole.read_bytes()[:66_000])
    several = [*tracks, Track(id="cut", label="a", path=whole)]
    for _ in range(2):
        store = cache.fill(several, FRONT_END)
        assert list(store.notes) == ["cut"]
        assert store.notes["cut"]


def test_progress_counts_every_track_in_the_callers_thread(tracks, cache):
    from threading import get_ident

    for workers in (1, 2):
        told = []
        cache.fill(
            tracks,
            FRONT_END,
            workers=workers,
            progress=lambda done, total, told=told: told.append((done, total, get_ident())),
        )
        assert told == [(i + 1, len(tracks), get_ident()) for i in range(len(tracks))]


def _flip(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize(
    "damage",
    [
        _flip,
        lambda p: p.write_bytes(p.read_bytes()[:-4]),
        lambda p: p.write_bytes(p.read_bytes() + b"\0\0\0\0"),
        lambda p: p.write_bytes(b""),
        lambda p: p.unlink(),
    ],
)
def test_a_damaged_object_is_computed_anew(tracks, cache, damage):
    first = cache.fill(tracks, FRONT_END)
    expected = content(first)
    shutil.rmtree(first.folder)
    for path in files(cache, "objects")[1:3]:
        damage(path)
    assert content(cache.fill(tracks, FRONT_END)) == expected


def test_an_object_that_vanishes_meanwhile_is_computed_anew(tracks, cache, computed):
    def remove(done, total):
        if done == total:
            files(cache, "objects")[0].unlink()

    store = cache.fill(tracks, FRONT_END, progress=remove)
    assert store.ids == tuple(t.id for t in tracks)
    assert len(computed) == len(tracks) + 1


@pytest.mark.parametrize("name", ["frames.npy", "index.json"])
def test_a_damaged_store_is_packed_anew(tracks, cache, computed, name):
    store = cache.fill(tracks, FRONT_END)
    expected = content(store)
    path = store.folder / name
    path.write_bytes(path.read_bytes()[:-10])
    assert content(cache.fill(tracks, FRONT_END)) == expected
    assert len(computed) == len(tracks)
    assert len(list((cache.root / "stores").iterdir())) == 1


FILL = """
import sys
from pathlib import Path
from genrelab.features import FeatureCache, LogMel
from genrelab.track import Track

root, music, workers = sys.argv[1:]
paths = sorted(Path(music).glob("*.wav"))
tracks = [Track(id=p.name, label="a", path=p) for p in paths]
print("ready", flush=True)
store = FeatureCache(root).fill(
    tracks, LogMel(n_fft=512, hop_length=256, n_mels=16), workers=int(workers)
)
print(store.folder.name, flush=True)
"""


def start_filling(root, music, workers=1):
    command = [sys.executable, "-c", FILL, str(root), str(music), str(workers)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


@pytest.fixture
def music(tmp_path):
    for i in range(30):
        compose(tmp_path / "music" / f"{i:02d}.wav", i)
    return tmp_path / "music"


def read_whole(root):
    (folder,) = (root / "stores").iterdir()
    store = FeatureStore.open(folder)
    return content(store)


needs_sigkill = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")


@pytest.fixture
def undisturbed(tmp_path, music):
    """What an undisturbed filling of a cache gives, and how many seconds it took."""
    process = start_filling(tmp_path / "undisturbed", music)
    process.stdout.readline()
    ready = time.monotonic()
    assert process.wait() == 0
    return read_whole(tmp_path / "undisturbed"), time.monotonic() - ready


@needs_sigkill
def test_killed_at_random_moments_and_filled_again_gives_the_same_bytes(
    tmp_path, music, undisturbed
):
    expected, seconds = undisturbed
    rng = random.Random(0)
    killed = 0
    for round_ in range(3):
        root = tmp_path / f"killed{round_}"
        for moment in (0.0, rng.random(), rng.random()):
            process = start_filling(root, music, workers=1 + round_ % 2)
            process.stdout.readline()
            try:
                process.wait(timeout=moment * seconds)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                killed += 1
            process.wait()
        assert start_filling(root, music).wait() == 0
        assert read_whole(root) == expected
        assert list((root / "scratch").iterdir()) == []
        assert len(list((root / "stores").iterdir())) == 1
    assert killed >= 3


KILL_ITSELF = """
import os, signal
from genrelab.features import partial, store

def killing(function, when):
    calls = 0
    def call(*args, **kwargs):
        nonlocal calls
        calls += 1
        if calls == when:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*args, **kwargs)
    return call
"""


@needs_sigkill
@pytest.mark.parametrize(
    "moment",
    [
        "partial.os.replace = killing(partial.os.replace, 1)",
        "partial.os.replace = killing(partial.os.replace, 25)",
        "store.np.ascontiguousarray = killing(store.np.ascontiguousarray, 45)",
        "store._npy_header = killing(store._npy_header, 1)",
        "store._publish = killing(store._publish, 1)",
    ],
)
def test_killed_at_the_worst_moments_and_filled_again_gives_the_same_bytes(
    tmp_path, music, undisturbed, moment
):
    root = tmp_path / "killed"
    command = [sys.executable, "-c", f"{KILL_ITSELF}\n{moment}\n{FILL}", root, music, "1"]
    assert subprocess.run(command, capture_output=True).returncode == -signal.SIGKILL
    assert start_filling(root, music).wait() == 0
    assert read_whole(root) == undisturbed[0]
    assert list((root / "scratch").iterdir()) == []
    assert len(list((root / "stores").iterdir())) == 1


def test_two_processes_that_fill_at_once_get_the_same_store(tmp_path, music, undisturbed):
    root = tmp_path / "cache"
    several = [start_filling(root, music, workers) for workers in (1, 2)]
    names = [process.communicate()[0].split()[-1] for process in several]
    assert [process.returncode for process in several] == [0, 0]
    assert names[0] == names[1]
    shared = read_whole(root)
    assert shared == undisturbed[0]
    assert list((root / "scratch").iterdir()) == []


def test_partials_of_processes_that_are_gone_are_removed(tracks, cache):
    scratch, stores = cache.root / "scratch", cache.root / "stores"
    scratch.mkdir(parents=True)
    stores.mkdir()
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    mine = partial_path(scratch, "key")
    elsewhere = scratch / "key~other-host~1~0.partial"
    old = scratch / "key~other-host~1~1.partial"
    for path in (mine, elsewhere, old):
        path.write_bytes(b"half")
    os.utime(old, (LONG_AGO, LONG_AGO))
    dead = mine.with_name(mine.name.replace(f"~{os.getpid()}~", f"~{gone.pid}~"))
    dead.write_bytes(b"half")
    half_store = stores / dead.name
    half_store.mkdir()
    (half_store / "frames.npy").write_bytes(b"half")
    cache.fill(tracks, FRONT_END)
    assert sorted(scratch.iterdir()) == sorted([mine, elsewhere])
    assert not half_store.exists()


def test_the_environment_names_the_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("GENRELAB_CACHE", str(tmp_path / "named"))
    assert FeatureCache().root == tmp_path / "named"
    monkeypatch.delenv("GENRELAB_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "xdg"))
    assert FeatureCache().root == tmp_path / "xdg" / "genrelab"


def test_a_cache_that_cannot_be_written_is_named(tmp_path, tracks):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(FeatureError, match="file/cache: the feature cache cannot be used"):
        FeatureCache(tmp_path / "file" / "cache").fill(tracks, FRONT_END)


def test_wrong_uses_are_refused_in_one_sentence(tracks, cache):
    with pytest.raises(FeatureError, match="'precomputed' computes nothing from audio"):
        cache.fill(tracks, Precomputed())
    with pytest.raises(FeatureError, match="two tracks have the same id"):
        cache.fill([tracks[0], tracks[0]], FRONT_END)
    with pytest.raises(ValueError, match="workers must be at least 1, not 0"):
        cache.fill(tracks, FRONT_END, workers=0)
    with pytest.raises(FeatureError, match="no track can be read: x: the data set gives no"):
        cache.fill([Track(id="x", label="a")], FRONT_END)
    with pytest.raises(FeatureError, match=r"no track can be read\."):
        cache.fill([], FRONT_END)


def test_an_interruption_stops_the_workers(tracks, cache, computed):
    parts = [Track(id=str(i), label="a", path=tracks[0].path, offset=i / 1000) for i in range(300)]

    def stop(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cache.fill(parts, FRONT_END, workers=2, progress=stop)
    assert len(computed) < len(parts)
    assert len(cache.fill(parts, FRONT_END)) == len(parts)
