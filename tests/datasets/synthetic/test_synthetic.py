import hashlib
import wave

import numpy as np
import pytest

from genrelab import datasets, protocols
from genrelab.datasets import synthetic
from genrelab.errors import DatasetError

SMALL = {"tracks_per_genre": 3, "bands": 2, "seconds": 2}
# What every machine must compose. A change that is meant changes EDITION, too.
DIGESTS = {
    "cha-cha-cha": ("3f390d2ff0af8f02", "478b8d242ca8aea6"),
    "jive": ("249659972246f5a4", "2daa66e7d7711f57"),
    "quickstep": ("efdef809088d3a8c", "79b641235074466b"),
    "rumba": ("870031fcedcb9d7b", "c3e628a4d7f73d11"),
    "samba": ("eeadb49363779742", "0f71e2b231319487"),
    "slow-waltz": ("474ebaec4d09c686", "b3f4b61086e1423a"),
    "tango": ("e396336c2575eea2", "9c3dcd3a6513545a"),
    "viennese-waltz": ("cde1039f6e1827a4", "080a9220e9fe4a3c"),
}


def digest(y):
    return hashlib.sha256(y.astype("<i2").tobytes()).hexdigest()[:16]


@pytest.mark.parametrize("dance", synthetic.DANCES, ids=lambda d: d.slug)
def test_the_same_bytes_on_every_machine(dance):
    assert synthetic.EDITION == 1
    found = digest(synthetic.render(dance, 0, 0)), digest(synthetic.render(dance, 3, 2, seed=7))
    assert found == DIGESTS[dance.slug]


def test_a_track_is_what_it_says(tmp_path):
    found = synthetic.load(tmp_path, **SMALL)
    assert found.labels == (
        "cha-cha-cha",
        "jive",
        "quickstep",
        "rumba",
        "samba",
        "slow waltz",
        "tango",
        "viennese waltz",
    )
    assert set(found.counts().values()) == {3}
    with wave.open(str(found.tracks[0].path)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (22050, 1, 2)
        assert file.getnframes() == 2 * 22050
        samples = np.frombuffer(file.readframes(2 * 22050), dtype="<i2")
    assert digest(samples) == digest(synthetic.render(synthetic.DANCES[0], 0, 0, seconds=2))
    assert np.abs(samples).max() > 15_000
    assert len({digest(synthetic.render(d, 0, 0, seconds=2)) for d in synthetic.DANCES}) == 8


def test_bands_are_groups_and_play_one_dance(tmp_path):
    found = synthetic.load(tmp_path, **SMALL)
    assert len({t.group for t in found.tracks}) == 16
    for track in found.tracks:
        assert track.group.startswith(track.label)
    assert sum(t.group == "samba band 0" for t in found.tracks) == 2


def test_more_tracks_leave_the_others_as_they_are(tmp_path):
    few = synthetic.load(tmp_path, **SMALL)
    before = {t.id: t.path.stat().st_mtime_ns for t in few.tracks}
    more = synthetic.load(tmp_path, **{**SMALL, "tracks_per_genre": 4})
    assert set(before) < {t.id for t in more.tracks}
    after = {t.id: t.path.stat().st_mtime_ns for t in more.tracks}
    assert {i: after[i] for i in before} == before
    assert len(more.tracks) == 32
    assert {t.id: t.group for t in few.tracks}.items() <= {
        t.id: t.group for t in more.tracks
    }.items()


def test_what_is_there_is_not_composed_again_and_what_is_broken_is(tmp_path):
    seen = []
    options = {**SMALL, "progress": lambda done, all_: seen.append((done, all_))}
    first = synthetic.load(tmp_path, **options)
    assert seen == [(k + 1, 24) for k in range(24)]
    whole = first.tracks[5].path.read_bytes()
    first.tracks[5].path.write_bytes(whole[:1000])
    first.tracks[7].path.unlink()
    seen.clear()
    again = synthetic.load(tmp_path, **options)
    assert seen == [(1, 2), (2, 2)]
    assert again.tracks[5].path.read_bytes() == whole
    assert again == first
    assert not list(tmp_path.rglob(".*"))


def test_seeds_and_lengths_have_folders_of_their_own(tmp_path):
    one = synthetic.load(tmp_path, **SMALL)
    two = synthetic.load(tmp_path, **SMALL, seed=1)
    three = synthetic.load(tmp_path, **{**SMALL, "seconds": 1})
    paths = [{t.path for t in d.tracks} for d in (one, two, three)]
    assert not paths[0] & paths[1]
    assert not paths[0] & paths[2]
    assert one.tracks[0].path.read_bytes() != two.tracks[0].path.read_bytes()


def test_default_place(tmp_path, monkeypatch):
    monkeypatch.setenv("GENRELAB_CACHE", str(tmp_path))
    found = datasets.load("synthetic", tracks_per_genre=1, bands=1, seconds=1)
    assert found.tracks[0].path.is_relative_to(tmp_path / "synthetic")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"bands": 0}, "bands must be a whole number of at least 1, not 0"),
        ({"tracks_per_genre": 2.5}, "tracks_per_genre"),
        ({"seconds": True}, "seconds"),
        ({"seed": -1}, "seed"),
        ({"band": 1}, "Did you mean 'bands'"),
    ],
)
def test_wrong_options(tmp_path, options, message):
    with pytest.raises(DatasetError, match=message):
        datasets.load("synthetic", tmp_path, **options)


def test_a_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DatasetError, match="cannot be written"):
        synthetic.load(tmp_path / "file", **SMALL)


@pytest.mark.slow
def test_learnable_not_trivial_and_harder_by_band(tmp_path):
    """An SVM on MFCC statistics: 50 to 90 percent over bands it has not heard, more at random."""
    librosa = pytest.importorskip("librosa")
    pipeline = pytest.importorskip("sklearn.pipeline")
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC

    found = synthetic.load(tmp_path, tracks_per_genre=20, bands=5, seconds=10)
    features = {}
    for track in found.tracks:
        with wave.open(str(track.path)) as file:
            pcm = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
        mfcc = librosa.feature.mfcc(y=pcm / 32768, sr=22050, n_mfcc=20, hop_length=1024)
        delta = librosa.feature.delta(mfcc)
        parts = [mfcc.mean(1), mfcc.std(1), delta.mean(1), delta.std(1)]
        features[track.id] = np.concatenate(parts)
    label = {t.id: t.label for t in found.tracks}

    def accuracy(group):
        right = 0
        for fold in protocols.kfold(found, folds=5, validation=0, group=group):
            model = pipeline.make_pipeline(StandardScaler(), SVC(C=10))
            model.fit([features[i] for i in fold.train], [label[i] for i in fold.train])
            answers = model.predict([features[i] for i in fold.test])
            right += sum(a == label[i] for a, i in zip(answers, fold.test, strict=True))
        return right / len(found.tracks)

    by_band, at_random = accuracy("artist"), accuracy(None)
    assert 0.5 <= by_band <= 0.9
    assert at_random >= by_band + 0.1
