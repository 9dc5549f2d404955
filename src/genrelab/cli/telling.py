"""Outcomes of many files, told one after the other as soon as they are known."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable

import typer

from genrelab.cli.bar import Bar
from genrelab.cli.writing import OutcomeWriter, T, shown
from genrelab.runtime.answers import Failure
from genrelab.runtime.files import Found


def tell_all(
    outcomes: Iterable[tuple[T | Failure, str]],
    writer: OutcomeWriter[T],
    found: Found,
    *,
    done: str,
) -> None:
    """Write all outcomes, with a progress line; say notes, faults and a summary beside them.

    Parameters
    ----------
    outcomes
        Each with a sentence on why its picture could not be drawn, or none.
    writer
        Writes them.
    found
        The files.
    done
        What was done with them, for the summary.

    Raises
    ------
    typer.Exit
        With 1 if any file failed or was not drawn; with 141 if nobody reads on.
    """
    n, failed, undrawn = len(found.entries), 0, 0
    with Bar(n) as bar:
        try:
            for outcome, fault in outcomes:
                said: list[str] = []
                if isinstance(outcome, Failure):
                    failed += 1
                    if not writer.tells_failures:
                        said.append(outcome.error)
                else:
                    said += outcome.notes
                if fault:
                    undrawn += 1
                    said.append(fault)
                with bar.aside():
                    writer.write(outcome)
                    for sentence in said:
                        print(f"{shown(outcome.path)}: {shown(sentence)}", file=sys.stderr)
                bar.step(failed=isinstance(outcome, Failure))
        except BrokenPipeError:
            # Whoever read the answers has enough; Python must not try to write the rest at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(141) from None
    if n > 1 or found.skipped:
        summary = f"{n - failed:,} of {n:,} {done}"
        if failed:
            summary += f", {failed:,} failed"
        if undrawn:
            summary += f", {undrawn:,} not drawn"
        if found.skipped:
            summary += f"; {found.skipped:,} skipped: hidden, or by their names no audio"
        print(f"{summary}.", file=sys.stderr)
    if failed or undrawn:
        raise typer.Exit(1)
