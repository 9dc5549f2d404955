"""The progress line: on a terminal only, within its width, and out of the way of answers."""

from __future__ import annotations

import io

import pytest

from genrelab.cli import bar as module
from genrelab.cli.bar import Bar


class Terminal(io.StringIO):
    """A terminal that can be waited for."""

    def isatty(self) -> bool:
        return True


def screen(written: str) -> str:
    """Return what the last line of a terminal shows after such output."""
    line: list[str] = []
    at = 0
    for c in written:
        if c == "\r":
            at = 0
        elif c == "\n":
            line, at = [], 0
        else:
            line[at : at + 1] = [c]
            at += 1
    return "".join(line)


def test_nothing_is_drawn_where_there_is_no_terminal() -> None:
    out = io.StringIO()
    with Bar(3, stream=out) as bar:
        for _ in range(3):
            with bar.aside():
                pass
            bar.step()
    assert out.getvalue() == ""


def test_nothing_is_drawn_for_what_is_over_at_once() -> None:
    out = Terminal()
    with Bar(3, stream=out) as bar:
        bar.step()
    assert out.getvalue() == ""


def test_the_line_makes_way_and_is_gone_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.0)
    monkeypatch.setattr(module, "TICK", 0.001)
    out = Terminal()
    with Bar(3, stream=out) as bar:
        while not out.getvalue():
            pass
        bar.step()
        with bar.aside():
            assert screen(out.getvalue()).strip() == ""
            out.write("an answer\n")
        assert "1 of 3" in screen(out.getvalue())
    assert screen(out.getvalue()).strip() == ""
    assert "\nan answer" not in out.getvalue()  # it starts where the line stood


@pytest.mark.parametrize("columns", [5, 20, 40, 80, 200])
def test_the_line_fits(columns: int) -> None:
    bar = Bar(12_345)
    for k in range(1000):
        bar.step(failed=k % 100 == 0)
    assert len(bar.text(columns)) <= columns
    if columns >= 80:
        assert "1,000 of 12,345, 10 failed" in bar.text(columns)
        assert "left" in bar.text(columns)
