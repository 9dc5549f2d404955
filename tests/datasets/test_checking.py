"""Checking a data set on disk: every fault is named, and a set as published has none."""

import hashlib
import shutil
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
import soundfile as sf

from genrelab import datasets
from genrelab.datasets.base import Info
from genrelab.datasets.catalogue import Catalogue, Entry, read_index
from genrelab.datasets.checking import check
from genrelab.errors import DatasetError


def kinds(found):
    return Counter(fault.kind for fault in found.faults)


def said(found):
    return {(f.kind, f.subject): f.message for f in found.faults}


@pytest.fixture
def small(tmp_path, music):
    """A published data set of four clips of half a second, as it should be: root and catalogue."""
    root = tmp_path / "small"
    entries = []
    for k, name in enumerate(("blues/a", "blues/b", "rock/c", "rock/d")):
        path = root / f"{name}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        sf.write(path, (0.2 + 0.1 * k) * music(0.5, 22050, 1).T, 22050, subtype="PCM_16")
        label, stem = name.split("/")
        digest = hashlib.md5(path.read_bytes()).hexdigest()
        entries.append(Entry(id=stem, key=stem, label=label, digest=digest))
    info = Info(title="Small", counts={"blues": 2, "rock": 2}, seconds=0.5)
    return root, Catalogue(
        name="small",
        info=info,
        entries=tuple(entries),
        to_key=lambda stem, label: stem.lower(),
        example="blues/a.wav",
        of_samples=True,
    )


def test_as_published(small):
    root, catalogue = small
    seen = []
    found = check(catalogue, root, progress=lambda done, total: seen.append((done, total)))
    assert found.as_published
    assert found.verified == 4
    assert found.present == found.expected == {"blues": 2, "rock": 2}
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]


@pytest.mark.parametrize("kind", ["au", "flac", "aiff", "more in the header"])
def test_lossless_copies_have_the_published_checksum(small, kind):
    root, catalogue = small
    for path in sorted(root.rglob("*.wav")):
        y, rate = sf.read(path, dtype="int16")
        if kind == "more in the header":
            whole = path.read_bytes()
            chunk = b"LIST" + (8).to_bytes(4, "little") + b"INFOabcd"
            size = (len(whole) + len(chunk) - 8).to_bytes(4, "little")
            path.write_bytes(whole[:4] + size + whole[8:36] + chunk + whole[36:])
        else:
            sf.write(path.with_suffix(f".{kind}"), y, rate, subtype="PCM_16")
            path.unlink()
    found = check(catalogue, root)
    assert found.as_published
    assert found.verified == 4
    # One sample other by one step is another file.
    path = next(p for p in sorted(root.rglob("*.*")) if p.stem == "a")
    y, rate = sf.read(path, dtype="int16")
    y[500] += 1
    sf.write(path, y, rate, subtype="PCM_16")
    assert kinds(check(catalogue, root)) == {"differs": 1}


def test_lossy_copies_are_told_by_their_length(small, encode):
    root, catalogue = small
    for path in sorted(root.rglob("*.wav")):
        y, rate = sf.read(path, dtype="float32")
        end = None if path.stem != "d" else 3000
        encode(path.with_suffix(".mp3"), y[None, :end], rate, container="mp3", codec="libmp3lame")
        path.unlink()
    found = check(catalogue, root)
    assert found.verified == 0
    assert kinds(found) == {"short": 1}


def test_every_fault_is_named(small):
    root, catalogue = small
    whole = (root / "rock/c.wav").read_bytes()
    (root / "blues/a.wav").unlink()
    (root / "blues/b.wav").write_bytes(whole)
    (root / "rock/c.wav").write_bytes(b"RIFF, and no more")
    y, rate = sf.read(root / "rock/d.wav")
    sf.write(root / "rock/d.wav", y[:5000], rate)
    (root / "rock/e.wav").write_bytes(whole)
    (root / "cover.jpg").write_bytes(b"")
    found = check(catalogue, root)
    assert not found.as_published
    told = said(found)
    assert told.pop(("damaged", "c"))
    assert told == {
        ("missing", "a"): "there is no file of this track.",
        ("extra", "rock/e.wav"): "is no track of this data set.",
        ("short", "d"): "has 0.2 of 0.5 s.",
        ("mislabelled", "b"): "holds what was published as c.",
    }
    assert found.present == {"blues": 1, "rock": 2}


def test_the_wrong_folder_a_second_copy_and_swapped_files(small):
    root, catalogue = small
    shutil.move(root / "blues/a.wav", root / "rock/a.wav")
    shutil.copy(root / "rock/c.wav", root / "rock/C.WAV")
    (root / "rock/d.wav").write_bytes((root / "rock/c.wav").read_bytes())
    assert said(check(catalogue, root)) == {
        ("mislabelled", "a"): "lies in the folder of rock.",
        ("extra", "rock/c.wav"): "is another file of c.",
        ("differs", "d"): "holds what was published as c.",
    }


def test_a_clip_that_was_published_shorter(small):
    root, catalogue = small
    (root / "rock/d.wav").unlink()
    sf.write(root / "rock/d.flac", np.full(3000, 0.1), 22050, subtype="PCM_24")
    assert kinds(check(catalogue, root)) == {"short": 1}
    entries = (*catalogue.entries[:3], replace(catalogue.entries[3], shorter=True))
    assert check(replace(catalogue, entries=entries), root).as_published


def test_fast_reads_no_audio(small):
    root, catalogue = small
    for path in root.rglob("*.wav"):
        path.write_bytes(b"")
    found = check(catalogue, root, fast=True)
    assert found.as_published
    assert not found.read
    assert kinds(check(catalogue, root)) == {"damaged": 4}


def test_the_answer_does_not_depend_on_the_number_of_workers(small):
    root, catalogue = small
    for name in ("blues/a.wav", "rock/d.wav"):
        (root / name).write_bytes(b"RIFF")
    assert check(catalogue, root, workers=1) == check(catalogue, root, workers=3)


def test_a_set_without_a_list_is_counted(plant):
    counts = datasets.describe("artists1517").info.counts
    root = plant(
        f"1517-Artists/{g}/{k}.mp3"
        for g, n in counts.items()
        for k in range(n + {"Folk": -2, "Latin": 1}.get(g, 0))
    )
    found = check(datasets.published("artists1517", root), root, fast=True)
    assert said(found) == {
        ("missing", "Folk"): "there are 183 tracks, not 185.",
        ("extra", "Latin"): "there are 164 tracks, not 163.",
    }


def test_fma_s_own_checksums_and_a_table_of_another_release(plant, fma_table, tmp_path):
    root = plant(["fma_medium/000/000002.mp3", "fma_medium/000/000005.mp3"])
    digest = hashlib.sha1((tmp_path / "seed.wav").read_bytes()).hexdigest()
    lines = f"{digest}  000/000002.mp3\n{'0' * 40}  000/000005.mp3\n"
    (root / "fma_medium" / "checksums").write_text(lines)
    rows = [(2, "Rock", "1", "test", "medium"), (5, "Blues", "2", "training", "small")]
    fma_table(root / "fma_metadata" / "tracks.csv", rows)
    found = check(datasets.published("fma_medium", root), root)
    assert found.verified == 1
    assert ("short", "000005") in said(found)
    assert said(found)["missing", "Rock"] == "the list of tracks has 1 tracks, not 7103."


def test_nothing_to_check_against(tmp_path):
    with pytest.raises(DatasetError, match=r"'folder' is what lies in its folder.*datasets show"):
        datasets.published("folder", tmp_path)
    with pytest.raises(DatasetError, match="say where the data set 'gtzan' lies"):
        datasets.published("gtzan")


@pytest.mark.data
def test_fifty_clips_of_gtzan_in_flac_have_the_published_checksums(data_root):
    found = check(datasets.published("gtzan", data_root), data_root / "gtzan_mini")
    assert found.verified == 50
    assert kinds(found) == {"missing": 950}


def test_the_index_has_the_replicas_that_checksums_show():
    digests = Counter(row["md5"] for row in read_index("gtzan"))
    # B. L. Sturm (2013) lists these among the exact replicas.
    same = {r["track"] for r in read_index("gtzan") if digests[r["md5"]] > 1}
    assert {"disco.00098", "disco.00099", "reggae.00081", "reggae.00082"} <= same
