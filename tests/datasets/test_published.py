"""The published data sets in the layouts that people have, with their real names and counts."""

import json
import xml.etree.ElementTree as ET

import numpy as np
import pytest
import soundfile as sf

from genrelab import datasets, protocols
from genrelab.datasets.catalogue import read_index
from genrelab.errors import DatasetError, ProtocolError
from genrelab.training.prepare import prepare
from genrelab.training.recipe import recipe_from

GENRES = (
    "blues", "classical", "country", "disco", "hiphop", "jazz", "metal", "pop", "reggae", "rock",
)  # fmt: skip
GTZAN = [(genre, f"{n:05}") for genre in GENRES for n in range(100)]
#: Layouts of GTZAN, each of which has all 1,000 tracks.
GTZAN_LAYOUTS = {
    "tarball": "genres/{genre}/{genre}.{number}.au",
    "kaggle": "archive/Data/genres_original/{genre}/{genre}.{number}.wav",
    "mirdata": "gtzan_genre/genres/{genre}/{genre}.{number}.wav",
    "capitals": "GTZAN/Genres/{Genre}/{GENRE}.{number}.WAV",
    "one folder": "{genre}.{number}.mp3",
    "packed on Windows": "genres\\{genre}\\{genre}.{number}.wav",
    "converted": "wav/{genre}/{genre}.{number}.au.wav",
    "underscores": "{genre}/gtzan_{genre}_{number}.flac",
}


def gtzan_paths(layout):
    for genre, number in GTZAN:
        names = {"genre": genre, "Genre": genre.title(), "GENRE": genre.upper()}
        yield GTZAN_LAYOUTS[layout].format(number=number, **names)


def parts(fold):
    return len(fold.train), len(fold.valid), len(fold.test)


@pytest.mark.parametrize("layout", GTZAN_LAYOUTS)
def test_gtzan_in_every_layout(plant, layout):
    root = plant(gtzan_paths(layout))
    # What lies beside the music in the copies that go round.
    for name in ("Data/images_original/blues/blues00000.png", "features_30_sec.csv", "._x.wav"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"")
    found = datasets.load("gtzan", root)
    assert found.problems == ()
    assert found.labels == GENRES
    assert set(found.counts().values()) == {100}
    assert all(t.id.startswith(t.label + ".") and t.path.is_file() for t in found.tracks)
    by_id = found.by_id()
    assert by_id["blues.00000"].group == "John Lee Hooker"
    assert by_id["reggae.00012"].group == "Bob Marley"
    # Kereliuk and others (2015) give these sizes; the folds are those of Foleis and Tavares (2020).
    (fold,) = protocols.folds(found, "predefined", column="fault_filtered", group="artist")
    assert parts(fold) == (443, 197, 290)
    folds = protocols.folds(found, "predefined", column="artist_folds", validation=0)
    assert [parts(f) for f in folds] == [(633, 0, 315), (632, 0, 316), (631, 0, 317)]
    assert protocols.folds(found, "fault_filtered") == [fold]
    assert protocols.folds(found, "artist_folds", validation=0) == folds
    with pytest.raises(ProtocolError, match="an artist's tracks in 2 and 3"):
        protocols.folds(found, "artist_folds", group="artist")


def test_gtzan_s_ids_do_not_tell_the_layout(plant):
    prints = {
        datasets.load("gtzan", plant(gtzan_paths(layout), root=layout.replace(" ", ""))).fingerprint
        for layout in ("tarball", "kaggle", "one folder")
    }
    assert len(prints) == 1


def test_gtzan_without_the_damaged_track(plant):
    root = plant(p for p in gtzan_paths("kaggle") if "jazz.00054" not in p)
    found = datasets.load("gtzan", root)
    assert len(found.tracks) == 999
    assert [p.subject for p in found.problems] == ["jazz.00054"]


def test_a_track_in_another_genre_s_folder_keeps_its_genre(plant):
    root = plant(["genres/blues/blues.00000.wav", "genres/rock/blues.00001.wav"])
    found = datasets.load("gtzan", root)
    assert [t.label for t in found.tracks] == ["blues", "blues"]
    told = {p.subject: p.message for p in found.problems}
    assert told["blues.00001"] == "lies in the folder of rock; its published class, blues, stands."
    assert told["blues"].startswith("98 of 100 tracks have no file: blues.00002, blues.00003")


def test_of_several_copies_the_published_format_counts(plant):
    root = plant(
        ["genres/pop/pop.00007.wav", "genres/pop/pop.00007.au", "genres/pop/pop.00007.mp3"]
    )
    (track,) = datasets.load("gtzan", root).tracks
    assert track.path.name == "pop.00007.wav"


def test_the_data_set_s_own_folder_is_found_among_others(plant):
    root = plant(["Data/genres_original/pop/pop.00000.wav", "segments/pop/pop.00001.wav"])
    assert [t.id for t in datasets.load("gtzan", root).tracks] == ["pop.00000"]


def test_nothing_there(plant, tmp_path):
    root = plant(["other/a.wav"])
    (root / "genres.tar.gz").write_bytes(b"")
    message = r"no track of GTZAN.*genres/blues/blues.00000.wav.*Unpack genres.tar.gz first"
    with pytest.raises(DatasetError, match=message):
        datasets.load("gtzan", root)
    with pytest.raises(DatasetError, match="no such folder"):
        datasets.load("gtzan", tmp_path / "nowhere")


@pytest.mark.parametrize("layout", ["BallroomData/{}/{}.wav", "B_1.0/audio/{}/{}.wav", "{}/{}.wav"])
def test_ballroom(plant, layout):
    rows = [(r["folder"], r["track"]) for r in read_index("ballroom")]
    if layout == "{}/{}.wav":  # with the rumbas in one folder
        rows = [(f.split("-")[0], t) for f, t in rows]
    root = plant(layout.format(*row) for row in rows)
    (root / "allBallroomFiles").write_text("./ChaChaCha/Albums-Cafe_Paradiso-05.wav\n")
    found = datasets.load("ballroom", root)
    assert found.problems == ()
    # The counts that the field reports for the contest's eight classes.
    assert found.counts() == {
        "ChaChaCha": 111,
        "Jive": 60,
        "Quickstep": 82,
        "Rumba": 98,
        "Samba": 86,
        "Tango": 86,
        "VienneseWaltz": 65,
        "Waltz": 110,
    }
    by_id = found.by_id()
    assert by_id["Media-103514"].label == "Rumba"
    assert by_id["Albums-Cafe_Paradiso-05"].group == "Cafe_Paradiso"
    assert by_id["Media-105901"].group == "1059"


@pytest.mark.parametrize("layout", ["extendedballroom_v1.1/{0}/{0}.{1}.mp3", "{0}/{1}.wav"])
def test_extended_ballroom(plant, layout):
    rows = read_index("extended_ballroom")
    root = plant(layout.format(r["genre"], r["track"]) for r in rows)
    found = datasets.load("extended_ballroom", root)
    assert found.problems == ()
    assert len(found.tracks) == 4180
    # Marchand and Peeters (2016), in the order of the labels.
    assert list(found.counts().values()) == [
        *(455, 507, 350, 53, 497, 470, 47, 468, 65, 464, 252, 529, 23)
    ]
    assert found.by_id()["100603"].group == "David Barry"
    assert sum(t.group is None for t in found.tracks) == 169
    assert len({t.source for t in found.tracks}) == 4180
    joined = datasets.load("extended_ballroom", root, join_duplicates=True).by_id()
    # The authors mark 101902 an exact duplicate of 110103.
    assert joined["101902"].source == joined["110103"].source != joined["101903"].source


@pytest.mark.parametrize("layout", ["{}/{}.mp3", "Dortmund/{}/{}.wav", "all{:.0}/{}.mp3"])
def test_homburg(plant, layout):
    rows = [(r["genre"], r["track"]) for r in read_index("homburg")]
    if layout == "{}/{}.mp3":  # names before their signs were replaced
        rows = [(g, t.replace("_s_", "'s ").replace("_", " ")) for g, t in rows]
    found = datasets.load("homburg", plant(layout.format(*row) for row in rows))
    assert found.problems == ()
    # Homburg and others (2005) speak of 1,886 songs by 1,463 artists.
    assert sum(found.counts().values()) == 1886
    assert [found.counts()[g] for g in ("rock", "jazz", "raphiphop", "funksoulrnb")] == [
        *(504, 319, 300, 47)
    ]
    assert len({t.group for t in found.tracks}) == 1463
    assert found.by_id()["blues/Andy_Kimbel-Red_Hot_Blues"].group == "Andy Kimbel"


@pytest.mark.parametrize("layout", ["1517-Artists/{}/{}.mp3", "{}/cd/{}.mp3"])
def test_1517_artists(plant, layout):
    counts = datasets.describe("artists1517").info.counts
    folders = {g: g if "cd" not in layout else g.replace("&", "and").lower() for g in counts}
    root = plant(layout.format(folders[g], k) for g, n in counts.items() for k in range(n))
    found = datasets.load("artists1517", root)
    assert found.problems == ()
    assert len(found.tracks) == 3180
    assert len(found.labels) == 19
    assert found.counts()["Comedy & Spoken Word"] == 134
    name = "Hip-Hop/cd/0.mp3" if "cd" in layout else "Hip-Hop/0.mp3"
    assert found.by_id()[name].label == "Hip-Hop"


def test_1517_artists_from_tags(tmp_path, plant, encode, music):
    root = plant(["Blues/untagged.mp3"])
    (root / "Blues/text.mp3").write_text("no music")
    path = encode(root / "Blues" / "a.mp3", music(0.5), 44100, container="mp3", codec="libmp3lame")
    tag = b"\x03The  Band"
    frame = b"TPE1" + len(tag).to_bytes(4, "big") + b"\0\0" + tag
    header = b"ID3\x03\0\0" + bytes([0, 0, 0, len(frame)])
    path.write_bytes(header + frame + path.read_bytes())
    tracks = datasets.load("artists1517", root, artists="tags").by_id()
    assert {i: t.group for i, t in tracks.items()} == {
        "Blues/a.mp3": "The Band",
        "Blues/text.mp3": None,
        "Blues/untagged.mp3": None,
    }
    with pytest.raises(DatasetError, match="Did you mean 'tags'"):
        datasets.load("artists1517", root, artists="tag")


@pytest.mark.parametrize("layout", ["emotifymusic/{}/{}.mp3", "{}/{:03}.wav"])
def test_emotify(plant, layout):
    genres = ("classical", "electronic", "pop", "rock")
    root = plant(layout.format(g, n) for g in genres for n in range(1, 101))
    (root / "data.csv").write_text("track id, genre\n1,classical\n")
    found = datasets.load("emotify", root)
    assert found.problems == ()
    assert found.counts() == dict.fromkeys(genres, 100)
    assert found.by_id()["classical/1.mp3"].group == "Voices of Music"
    assert len({t.group for t in found.tracks}) == 138
    # The folds that the ledger's results were measured on, where the data set was a manifest.
    folds = protocols.kfold(found, folds=5, group="artist")
    assert protocols.fingerprint(folds) == "27fe0fe8b29460b5"


def test_a_recipe_names_a_data_set_and_one_damaged_file_is_left_out(tmp_path):
    rng = np.random.default_rng(0)
    for genre in GENRES:
        for n in range(3):
            path = tmp_path / "Data" / "genres_original" / genre / f"{genre}.{n:05}.wav"
            path.parent.mkdir(parents=True, exist_ok=True)
            sf.write(path, 0.1 * rng.normal(size=22050), 22050)
    path.write_bytes(b"RIFF, and no more")
    recipe = recipe_from(
        {
            "dataset": "gtzan",
            "model": "mfcc_svm",
            "protocol": {"name": "holdout", "test": 0.3, "validation": 0},
        }
    )
    told = []
    ready = prepare(recipe, tmp_path, cache=tmp_path / "cache", listener=told.append)
    assert ready.dataset.name == "gtzan"
    assert sum(map(len, (ready.folds[0].train, ready.folds[0].test))) == 30
    damaged = [e for e in told if e["event"] == "problem" and e["subject"] == "rock.00002"]
    assert damaged
    assert "rock.00002" not in ready.store


# Against the annotations as their authors published them ------------------------------------------


@pytest.mark.data
def test_the_index_of_gtzan(data_root):
    published = json.loads((data_root / "annotations/gtzan_md5.json").read_text())["tracks"]
    rows = {row["track"]: row for row in read_index("gtzan")}
    assert {i: r["md5"] for i, r in rows.items()} == {
        i: track["audio"][1] for i, track in published.items()
    }
    for part in ("train", "valid", "test"):
        text = (data_root / f"annotations/gtzan_fault_filtered/{part}_filtered.txt").read_text()
        listed = {line.split("/")[1].removesuffix(".wav") for line in text.split()}
        assert listed == {i for i, r in rows.items() if r["fault_filtered"] == part}
    for fold in "123":
        text = (data_root / f"annotations/gtzan_artist_folds/f{fold}_test.txt").read_text()
        listed = {line[2:].removesuffix(".wav").replace("_", ".") for line in text.split()}
        assert listed == {i for i, r in rows.items() if r["artist_folds"] == fold}
    text = (data_root / "annotations/gtzan_artists_sturm.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        file, artist, *_ = (part.strip() for part in line.split(":::"))
        assert rows[file.removesuffix(".wav")]["artist"] == artist


@pytest.mark.data
def test_the_other_indexes(data_root):
    folder = data_root / "annotations"
    tracks = json.loads((folder / "ballroom_md5.json").read_text())["tracks"]
    assert {
        (f"B_1.0/audio/{r['folder']}/{r['track']}.wav", r["md5"]) for r in read_index("ballroom")
    } == {tuple(track["audio"]) for track in tracks.values()}
    root = ET.parse(folder / "extended_ballroom_v1.1.xml").getroot()
    rows = read_index("extended_ballroom")
    assert {(r["genre"], r["track"], r["artist"], r["md5"]) for r in rows} == {
        (genre.tag, s.get("id"), " ".join(s.get("artist").split()), s.get("hash"))
        for genre in root
        for s in genre
    }
    recording = {r["track"]: r["recording"] or r["track"] for r in rows}
    for song in root.iter("song"):
        for tag in song:
            if tag.tag != "version" and tag.get("id") in recording:
                assert recording[song.get("id")] == recording[tag.get("id")]
    names = {f"/{r['genre']}/{r['track']}.wav" for r in read_index("homburg")}
    assert names == set((folder / "homburg_files.txt").read_text().split())
    rows = read_index("fma_small")
    lines = {f"{r['sha1']}  {r['track'][:3]}/{r['track']}.mp3" for r in rows}
    assert lines == set((folder / "fma_small_checksums").read_text().splitlines())
    lines = {f"{r['track']},{r['genre']}" for r in rows}
    assert lines == set((folder / "fma_small_genres.csv").read_text().splitlines()[1:])
