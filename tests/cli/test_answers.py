"""Answers are written as they come."""

from __future__ import annotations

from pathlib import Path

import pytest

from genrelab.cli.answers import Writer
from genrelab.cli.writing import open_output
from genrelab.runtime.answers import Answer, Failure

ANSWER = Answer(Path("a.mp3"), "pop", 0.75, {"pop": 0.75, "rock": 0.25}, 30.0)


@pytest.mark.parametrize("format_", ["table", "json", "csv"])
def test_an_answer_is_there_as_soon_as_it_is_known(tmp_path: Path, format_: str) -> None:
    path = tmp_path / "answers"
    with open_output(path) as out:
        writer = Writer(format_, out, labels=("pop", "rock"))
        writer.write(ANSWER)
        assert "a.mp3" in path.read_text()
        writer.write(Failure(Path("b.mp3"), "the file is empty."))
        assert ("b.mp3" in path.read_text()) == writer.tells_failures


def test_a_table_in_a_file_has_no_colours(tmp_path: Path) -> None:
    path = tmp_path / "answers"
    with open_output(path) as out:
        Writer("table", out, labels=("pop", "rock"), top=2).write(ANSWER)
    assert path.read_text() == "pop   75%  rock  25%  a.mp3\n"
