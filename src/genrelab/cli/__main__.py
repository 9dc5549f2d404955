"""``python -m genrelab.cli``."""

from genrelab.cli import main

main()
