import subprocess
import sys
from dataclasses import replace

import pytest

from genrelab.errors import RunError
from genrelab.evaluation import looks
from genrelab.evaluation.looks import Look, Looks
from genrelab.evaluation.summary import summarise

ONE = Look(dataset="d", test_part="t", setting="s", run="one", fold=0)


def test_the_same_look_is_noted_once(tmp_path):
    path = tmp_path / looks.FILE
    assert looks.read(path) == []
    for _ in range(2):  # as when a stopped run goes on
        looks.note(path, ONE)
    looks.note(path, replace(ONE, fold=1))
    assert looks.read(path) == [ONE, replace(ONE, fold=1)]
    lines = path.read_text().splitlines()
    assert lines[0] == "dataset,test_part,setting,run,fold,time"
    assert lines[1].startswith("d,t,s,one,0,2")


def test_looks_are_counted_by_run_and_by_setting(tmp_path):
    found = [
        replace(ONE, run=run, setting=setting, test_part=part, fold=fold)
        for run, setting, part, fold in (
            ("one", "s", "t0", 0),
            ("one", "s", "t1", 1),
            ("two", "s", "t0", 0),  # the same setting in another folder
            ("three", "other", "t1", 0),  # another protocol with one of the parts
            ("one", "other", "t1", 1),  # a folder that was emptied and used for another setting
            ("far", "third", "t2", 0),
        )
    ]
    assert looks.count(found, run="one", setting="s") == Looks(times=4, settings=2)
    assert looks.count(found, run="two", setting="s") == Looks(times=2, settings=1)
    assert looks.count(found, run="far", setting="third") == Looks(times=1, settings=1)
    assert looks.count(found, run="unknown", setting="s") is None
    elsewhere = [*found, replace(ONE, dataset="e", test_part="t2", run="x")]
    assert looks.count(elsewhere, run="far", setting="third") == Looks(1, 1)


def test_names_with_commas_and_torn_lines(tmp_path):
    path = tmp_path / looks.FILE
    odd = replace(ONE, run='a, "b"')
    looks.note(path, odd)
    with path.open("a") as file:
        file.write("d,t,s\n")
    looks.note(path, ONE)
    assert looks.read(path) == [odd, ONE]


def test_processes_side_by_side_lose_no_line(tmp_path):
    path = tmp_path / looks.FILE
    program = (
        "import sys\n"
        "from genrelab.evaluation import looks\n"
        "for fold in range(40):\n"
        "    looks.note(sys.argv[1], looks.Look('d', 't', 's', sys.argv[2], fold))\n"
    )
    workers = [
        subprocess.Popen([sys.executable, "-c", program, str(path), f"run {n}"]) for n in range(3)
    ]
    assert [w.wait() for w in workers] == [0, 0, 0]
    found = looks.read(path)
    assert len(found) == len(set(found)) == 3 * 40


def test_a_file_that_cannot_be_written_is_one_sentence(tmp_path):
    (tmp_path / looks.FILE).mkdir()
    with pytest.raises(RunError, match="make it writable"):
        looks.note(tmp_path / looks.FILE, ONE)


def test_a_summary_says_how_often(run):
    seen = summarise(replace(run, looks=Looks(times=3, settings=2)), n_resamples=50)
    assert seen.notes[0].startswith("This test part was looked at 3 times, with 2 settings:")
    again = summarise(replace(run, looks=Looks(times=2, settings=1)), n_resamples=50)
    assert again.notes[0] == "This test part was looked at 2 times, with 1 setting."
    once = summarise(replace(run, looks=Looks(times=1, settings=1)), n_resamples=50)
    assert once.notes == ()
