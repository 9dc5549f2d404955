"""The command line: one file for one command.

A command's module imports nothing but typer at its top, so that ``genrelab --help`` is fast;
what it works with is imported in the command itself.
"""

from __future__ import annotations

import sys
from importlib import import_module

import typer

from genrelab.errors import AudioError, DownloadError, GenrelabError

#: In the order of the help. Each module puts its commands on the app with ``register(app)``.
COMMANDS = (
    "demo",
    "classify",
    "segment",
    "run",
    "report",
    "reproduce",
    "audit",
    "export",
    "import_keras",
    "models",
    "weights",
    "datasets",
    "protocols",
)

app = typer.Typer(
    name="genrelab",
    help="A laboratory and a tool for music genre classification.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

for _name in COMMANDS:
    import_module(f"genrelab.cli.{_name}").register(app)


def main() -> None:
    """Run the command line; a foreseeable fault is one sentence on standard error."""
    try:
        app()
    except GenrelabError as error:
        print(f"genrelab: {error}", file=sys.stderr)
        sys.exit(1 if isinstance(error, (AudioError, DownloadError)) else 2)
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
