"""The command line: one file for one command.

A command's module imports nothing but typer at its top, so that ``genrelab --help`` is fast;
what it works with is imported in the command itself.
"""

from __future__ import annotations

import sys

import typer

from genrelab.errors import AudioError, GenrelabError

app = typer.Typer(
    name="genrelab",
    help="A laboratory and a tool for music genre classification.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main() -> None:
    """Run the command line; a foreseeable fault is one sentence on standard error."""
    try:
        app()
    except GenrelabError as error:
        print(f"genrelab: {error}", file=sys.stderr)
        sys.exit(1 if isinstance(error, AudioError) else 2)
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("genrelab"):
            raise
        print(
            f"genrelab: this command needs {error.name}; install it with "
            "pip install 'genrelab[train]'.",
            file=sys.stderr,
        )
        sys.exit(2)
    except KeyboardInterrupt:
        print("genrelab: stopped.", file=sys.stderr)
        sys.exit(130)
