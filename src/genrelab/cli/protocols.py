"""``genrelab protocols``: what protocols there are, what each measures, how it can flatter."""

from __future__ import annotations

import typer


def register(app: typer.Typer) -> None:
    """Put the command on the app."""
    app.command("protocols")(protocols)


def protocols() -> None:
    """List the protocols: what each measures, how it can flatter, and its parameters."""
    from inspect import Parameter

    from genrelab.protocols import about, names

    for name in names():
        found = about(name)
        measures, flatters = found.in_words({})
        print(name)
        print(f"    measures: {measures}")
        print(f"    can flatter: {flatters}")
        parameters = [
            key if default is Parameter.empty else f"{key}={default!r}"
            for key, default in found.parameters.items()
        ]
        print(f"    parameters: {', '.join(parameters) or 'none'}")
