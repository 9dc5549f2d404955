"""Miniature trees: the real names and layouts, every file the same few samples."""

import csv
import io
import os
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

#: The 52 columns of FMA's tracks.csv, as its two rows of headings name them.
FMA_COLUMNS = {
    "album": "comments date_created date_released engineer favorites id information listens "
    "producer tags title tracks type",
    "artist": "active_year_begin active_year_end associated_labels bio comments date_created "
    "favorites id latitude location longitude members name related_projects tags website "
    "wikipedia_page",
    "set": "split subset",
    "track": "bit_rate comments composer date_created date_recorded duration favorites genre_top "
    "genres genres_all information interest language_code license listens lyricist number "
    "publisher tags title",
}


@pytest.fixture
def plant(tmp_path):
    """A function that puts a tiny sound under many names below a folder, and returns the folder."""

    def write(paths, root="data"):
        seed = tmp_path / "seed.wav"
        if not seed.exists():
            sf.write(seed, np.zeros(8), 22050)
        made = set()
        for name in paths:
            path = f"{tmp_path}/{root}/{name}"
            folder = path.rpartition("/")[0]
            if folder not in made:
                os.makedirs(folder, exist_ok=True)
                made.add(folder)
            os.link(seed, path)
        return tmp_path / root

    return write


@pytest.fixture
def fma_table():
    """A function that writes tracks.csv with rows of number, genre, artist, split and subset."""

    def write(path: Path, rows):
        columns = [(g, name) for g, names in FMA_COLUMNS.items() for name in names.split()]
        place = {column: k + 1 for k, column in enumerate(columns)}
        out = io.StringIO(newline="")
        table = csv.writer(out, lineterminator="\n")
        table.writerow(["", *(g for g, _ in columns)])
        table.writerow(["", *(name for _, name in columns)])
        table.writerow(["track_id", *[""] * len(columns)])
        for number, genre, artist, split, subset in rows:
            row = [str(number)] + [""] * len(columns)
            row[place["track", "genre_top"]] = genre
            row[place["artist", "id"]] = artist
            row[place["artist", "bio"]] = 'A "band",\nof two.'
            row[place["set", "split"]] = split
            row[place["set", "subset"]] = subset
            table.writerow(row)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(out.getvalue(), encoding="utf-8")
        return path

    return write
