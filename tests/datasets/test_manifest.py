from collections import Counter

import pytest

from genrelab import datasets, protocols
from genrelab.datasets import manifest
from genrelab.errors import DatasetError


@pytest.fixture
def music(tmp_path):
    """A function that writes a CSV beside empty audio files and returns the CSV's path."""

    def write(text, files=("a.mp3", "b.mp3", "c.mp3"), name="index.csv", encoding="utf-8"):
        for file in files:
            (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / file).write_bytes(b"")
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        return path

    return write


def test_reads_paths_labels_artists_and_pieces(music):
    path = music(
        "file,genre,artist,offset,duration,source\n"
        "x/a.mp3,rock,The  Band ,,,\n"
        "b.mp3,pop,,1.5,30,tape 1\n"
        "b.mp3,pop,,40,30,tape 1\n",
        files=("x/a.mp3", "b.mp3"),
    )
    found = manifest.load(path)
    assert found.labels == ("pop", "rock")
    assert found.problems == ()
    first, second, third = found.tracks
    assert (first.id, first.label, first.group, first.source) == (
        "x/a.mp3",
        "rock",
        "The Band",
        "x/a.mp3",
    )
    assert (first.offset, first.duration) == (0.0, None)
    assert first.path == path.parent / "x/a.mp3"
    assert (second.id, second.offset, second.duration, second.group) == ("b.mp3@1.5", 1.5, 30, None)
    assert second.source == third.source == "tape 1"


def test_pieces_of_one_file_share_their_source(music):
    found = manifest.load(music("path,label,start\na.mp3,x,0\na.mp3,x,30\nb.mp3,y,\n"))
    assert [t.source for t in found.tracks] == ["a.mp3", "a.mp3", "b.mp3"]
    assert [t.id for t in found.tracks] == ["a.mp3", "a.mp3@30", "b.mp3"]


def test_a_piece_needs_a_length_and_artists_are_compared_in_one_spelling(music):
    path = music(
        "path,label,artist,duration\n"
        "a.mp3,x,Beyonc\N{LATIN SMALL LETTER E WITH ACUTE},0\n"
        "b.mp3,x,Beyonc\N{LATIN SMALL LETTER E WITH ACUTE},\n"
        "c.mp3,x,Beyonce\N{COMBINING ACUTE ACCENT},5\n"
    )
    found = manifest.load(path)
    assert [p.message for p in found.problems] == ["has a duration of 0 seconds."]
    assert len({t.group for t in found.tracks}) == 1


def test_every_bad_row_is_a_problem_and_no_more(music):
    path = music(
        "path,label,offset\n"
        "a.mp3,rock,0\n"
        "missing.mp3,rock,\n"
        "b.mp3,,\n"
        "b.mp3,pop\n"
        "b.mp3,pop,,,\n"
        ",pop,\n"
        "\n"
        "a.mp3,pop,0\n"
        "a.mp3,rock,0\n"
        "b.mp3,pop,soon\n"
        "b.mp3,pop,-1\n"
        "b.mp3,pop,nan\n"
        "sub,pop,\n"
        "c.mp3,pop,\n",
        files=("a.mp3", "b.mp3", "c.mp3", "sub/d.mp3"),
    )
    found = manifest.load(path)
    assert [t.id for t in found.tracks] == ["a.mp3", "c.mp3"]
    assert [(p.subject, p.message) for p in found.problems] == [
        ("line 5", "the row has 2 values; the header has 3."),
        ("line 6", "the row has 5 values; the header has 3."),
        ("missing.mp3", "there is no such file."),
        ("b.mp3", "has no label."),
        ("line 7", "the row has no path."),
        ("a.mp3", "is listed already in line 2 as 'rock', here as 'pop'; the first row is kept."),
        ("a.mp3", "is listed already in line 2; the first row is kept."),
        ("b.mp3", "offset is 'soon', which is no number of seconds."),
        ("b.mp3", "offset is -1; it must be 0 or more seconds."),
        ("b.mp3", "offset is nan; it must be 0 or more seconds."),
        ("sub", "is a folder."),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_encodings_delimiters_and_quotes(music, encoding, delimiter):
    rows = [["path", "label", "artist"], ["ä.mp3", "Chanson", '"Noir, Désir;\tx"']]
    text = "\r\n".join(delimiter.join(row) for row in rows)
    (track,) = manifest.load(music(text, files=("ä.mp3",), encoding=encoding)).tracks
    assert (track.id, track.label, track.group) == ("ä.mp3", "Chanson", "Noir, Désir; x")


def test_line_numbers_count_rows_that_span_lines(music):
    text = 'path,label,title\na.mp3,x,"one\ntwo"\nb.mp3,y\n"b\n.mp3",y\nc.mp3,x\n'
    found = manifest.load(music(text))
    assert [p.subject for p in found.problems] == ["line 4", "line 5", "line 7"]


def test_split_columns_are_recognised_by_value_or_name_and_normalised(music):
    path = music(
        "path,label,official,artist_fold,remark,year,empty,half,fold\n"
        "a.mp3,x,Training,1,train,1999,,train,1\n"
        "b.mp3,x,val,2,other,2000,,,1\n"
        "c.mp3,y,TEST,,test,2001,,valid,1\n"
    )
    found = manifest.load(path)
    assert found.splits == {
        "official": {"a.mp3": "train", "b.mp3": "valid", "c.mp3": "test"},
        "artist_fold": {"a.mp3": "1", "b.mp3": "2", "c.mp3": ""},
    }
    assert list(manifest.load(path, split_columns="year").splits) == ["year"]
    assert list(manifest.load(path, split_columns=["year", "official"]).splits) == [
        "year",
        "official",
    ]
    assert manifest.load(path, split_columns=[]).splits == {}


def test_columns_with_other_names(music):
    path = music("wo,was,wer\na.mp3,x,anna\n")
    found = manifest.load(path, path_column="wo", label_column="was", group_column="wer")
    assert [(t.id, t.label, t.group) for t in found.tracks] == [("a.mp3", "x", "anna")]


def test_absolute_paths_never_become_ids(music, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    for name in ("one/a.mp3", "two/b.mp3"):
        (elsewhere / name).parent.mkdir(parents=True)
        (elsewhere / name).write_bytes(b"")
    inside = tmp_path / "here" / "c.mp3"
    path = music(
        f"path,label\n{elsewhere}/one/a.mp3,x\n{elsewhere}/two/b.mp3,x\n{inside}\t,x\n".replace(
            "\t", ""
        ),
        files=("here/c.mp3",),
        name="here/index.csv",
    )
    assert [t.id for t in manifest.load(path).tracks] == ["one/a.mp3", "two/b.mp3", "c.mp3"]


def test_backslashes_of_another_system(music):
    (track,) = manifest.load(music("path,label\nx\\a.mp3,rock\n", files=("x/a.mp3",))).tracks
    assert track.id == "x/a.mp3"
    assert track.path.is_file()


def test_ids_from_a_column(music):
    path = music("track_id,path,label\n000002,a.mp3,x\n000005,b.mp3,x\n")
    assert [t.id for t in manifest.load(path).tracks] == ["000002", "000005"]


def test_where_the_csv_may_lie(music, tmp_path):
    text = "path,label\na.mp3,x\n"
    only = music(text, name="songs.csv")
    assert manifest.load(tmp_path).name == "songs"
    music(text, name="other.csv")
    with pytest.raises(DatasetError, match=r"several CSV files \(other.csv, songs.csv\)"):
        manifest.load(tmp_path)
    assert manifest.load(tmp_path, manifest="other.csv").name == "other"
    music(text)
    assert manifest.load(tmp_path).name == tmp_path.name
    assert manifest.load(only, name="mine").name == "mine"


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("wo,label\na.mp3,x\n", {}, r"has no path column \(one of path, file.*has: wo, label"),
        ("path,what\na.mp3,x\n", {}, r"has no label column .*label_column="),
        ("path,label\na.mp3,x\n", {"group_column": "lable"}, r"'lable'\. Did you mean 'label'"),
        ("path,label\na.mp3,x\n", {"split_columns": ["fold"]}, r"has no column 'fold'"),
        ("", {}, "is empty"),
        ("path,path,label\na.mp3,a.mp3,x\n", {}, "two columns are called 'path'"),
        ("path,label\nnope.mp3,x\n", {}, r"no track can be used \(nope.mp3: there is no such"),
        ("path,label\n", {}, "no track can be used"),
        ("path,label\na\0.mp3,x\n", {}, "not a table of text"),
    ],
)
def test_a_table_that_cannot_serve(music, text, options, message):
    with pytest.raises(DatasetError, match=message):
        manifest.load(music(text), **options)


def test_not_utf8(music):
    with pytest.raises(DatasetError, match="save the table as UTF-8"):
        manifest.load(music("path,label\nä.mp3,x\n", encoding="latin-1"))


def test_missing_places(tmp_path):
    with pytest.raises(DatasetError, match="no such file or folder"):
        manifest.load(tmp_path / "nowhere")
    with pytest.raises(DatasetError, match="holds no CSV file"):
        manifest.load(tmp_path)
    with pytest.raises(DatasetError, match=r"x.csv: there is no such manifest"):
        manifest.load(tmp_path, manifest="x.csv")


def test_through_the_registry(music):
    path = music("path,label\na.mp3,x\n")
    assert len(datasets.load("manifest", path).tracks) == 1
    with pytest.raises(DatasetError, match=r"no data set 'manifst'\. Did you mean 'manifest'"):
        datasets.load("manifst", path)
    with pytest.raises(DatasetError, match=r"option 'path_colum'\. Did you mean 'path_column'"):
        datasets.load("manifest", path, path_colum="x")
    with pytest.raises(DatasetError, match="say where the data set 'manifest' lies"):
        datasets.load("manifest")


@pytest.mark.data
def test_emotify(data_root):
    found = datasets.load("manifest", data_root / "emotify")
    assert found.name == "emotify"
    assert found.counts() == {"classical": 100, "electronic": 100, "pop": 100, "rock": 100}
    assert len({t.group for t in found.tracks}) == 138
    assert found.problems == ()
    folds = protocols.kfold(found, folds=5, group="artist")
    by_id = found.by_id()
    for fold in folds:
        assert (len(fold.train), len(fold.valid), len(fold.test)) == (280, 40, 80)
        assert set(Counter(by_id[i].label for i in fold.test).values()) == {20}
    # What stands in the ledger was measured on these.
    assert protocols.fingerprint(folds) == "27fe0fe8b29460b5"
