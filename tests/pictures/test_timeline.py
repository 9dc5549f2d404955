"""The picture of a timeline says what the timeline says, however long and with however many."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from itertools import pairwise
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import StepPatch
from PIL import Image

from genrelab.evaluation.canvas import write_picture
from genrelab.pictures.palette import COLOURS, GREY, palette
from genrelab.pictures.timeline import parts_figure, timeline_figure
from genrelab.runtime.answers import Stretch, Timeline
from genrelab.runtime.timeline import timeline_of


def made(labels: list[str], spans: list[tuple[str, int]], *, sure: float = 0.7) -> Timeline:
    """Return a timeline of windows of 10 s every 5 s, so many of each label in turn."""
    rows = np.full((sum(n for _, n in spans), len(labels)), (1 - sure) / (len(labels) - 1))
    begin = 0
    for label, n in spans:
        rows[begin : begin + n, labels.index(label)] = sure
        begin += n
    starts = [5.0 * k for k in range(len(rows))]
    return timeline_of(rows, starts, window=10.0, hop=5.0, duration=starts[-1] + 10, labels=labels)


def words_of(figure: Figure, tmp_path: Path) -> list[str]:
    write_picture(figure, tmp_path / "x.svg")
    texts = ET.parse(tmp_path / "x.svg").iter("{http://www.w3.org/2000/svg}text")
    return [t.text or "" for t in texts]


def test_it_names_stretches_changes_and_times(tmp_path: Path) -> None:
    timeline = made(["jazz", "pop", "rock"], [("pop", 40), ("rock", 50)])
    assert timeline.changes == [202.5]
    words = words_of(timeline_figure(timeline, title="a$b$.mp3"), tmp_path)
    assert "a$b$.mp3" in words
    assert words.count("pop") == words.count("rock") == 2  # in the band and in the legend
    assert words.count("jazz") == 1
    for time in ("0:00", "3:22", "5:00", "100 %"):
        assert time in words


def test_the_areas_are_the_probabilities() -> None:
    timeline = made(["jazz", "pop", "rock"], [("pop", 40), ("rock", 50)])
    figure = timeline_figure(timeline)
    _, below = figure.axes
    areas = {
        to_hex(p.get_facecolor()): p.get_data() for p in below.patches if isinstance(p, StepPatch)
    }
    tops = [areas[colour].values for colour in COLOURS[:3]]
    np.testing.assert_allclose(np.array(tops).T, np.cumsum(timeline.probabilities, axis=1))
    edges = areas[COLOURS[0]].edges
    assert (edges[0], edges[1], edges[-1]) == (0, 7.5, timeline.stretches[-1].end)
    lines = [line.get_xdata()[0] for line in below.lines]  # type: ignore[index]
    assert lines == timeline.changes


@pytest.mark.parametrize("n_labels", [2, 10, 40])
def test_a_long_track_with_many_genres_is_drawn_as_means(tmp_path: Path, n_labels: int) -> None:
    labels = [f"genre {k}" for k in range(n_labels)]
    spans = [(labels[k % n_labels], 40 + 13 * (k % 7)) for k in range(80)]
    timeline = made(labels, spans)
    figure = timeline_figure(timeline)
    _, below = figure.axes
    data = [p.get_data() for p in below.patches if isinstance(p, StepPatch)]
    assert len(data) <= len(COLOURS) + 1
    assert all(len(d.values) <= 300 for d in data)
    np.testing.assert_allclose(max(d.values.max() for d in data), 1)
    words = words_of(figure, tmp_path)
    assert ("others" in words) == (n_labels > len(COLOURS))
    write_picture(figure, tmp_path / "x.png")
    assert Image.open(tmp_path / "x.png").size == (1500, 630)


def test_words_and_times_that_would_overlap_are_left_out() -> None:
    labels = ["a very long name of a genre", "pop"]
    spans = [(labels[k % 2], 6) for k in range(60)]
    figure = timeline_figure(made(labels, spans))
    band = figure.axes[0]
    figure.canvas.draw()
    boxes = [t.get_window_extent() for t in band.texts]
    assert boxes
    assert not any(a.overlaps(b) for k, a in enumerate(boxes) for b in boxes[k + 1 :])


@pytest.mark.parametrize(
    ("seconds", "label"), [(3.0, "0:01.5"), (200.0, "0:30"), (8 * 3600.0, "2:00:00")]
)
def test_times_are_readable_at_every_length(seconds: float, label: str) -> None:
    rows = np.array([[0.4, 0.6]])
    timeline = timeline_of(
        rows, [0.0], window=seconds, hop=seconds / 2, duration=seconds, labels=["pop", "rock"]
    )
    figure = timeline_figure(timeline)
    figure.canvas.draw()
    ticks = [t for t in figure.axes[-1].get_xticklabels() if t.get_text()]
    assert label in [t.get_text() for t in ticks]
    boxes = [t.get_window_extent() for t in ticks]
    assert len(boxes) > 3
    assert all(a.x1 < b.x0 for a, b in pairwise(boxes))


def test_it_is_the_same_on_every_call_and_leaves_no_state(tmp_path: Path) -> None:
    timeline = made(["pop", "rock"], [("pop", 9), ("rock", 9)])
    for name in ("x.png", "x.svg"):
        files = []
        for _ in range(2):
            write_picture(timeline_figure(timeline), tmp_path / name)
            files.append((tmp_path / name).read_bytes())
        assert files[0] == files[1]
    assert plt.get_fignums() == []


@pytest.mark.filterwarnings("error")
def test_any_script_is_drawn(tmp_path: Path) -> None:
    timeline = made(["民謡", "$x$"], [("民謡", 9), ("$x$", 9)])
    write_picture(timeline_figure(timeline, title="音楽"), tmp_path / "x.png")


def test_a_lone_window_is_drawn(tmp_path: Path) -> None:
    timeline = timeline_of(
        np.array([[0.4, 0.6]]), [0.0], window=6.0, hop=3.0, duration=0.4, labels=["pop", "rock"]
    )
    write_picture(timeline_figure(timeline), tmp_path / "x.png")


def test_a_genre_keeps_its_colour_while_there_are_enough() -> None:
    labels = [f"{k}" for k in range(len(COLOURS))]
    one, other = (palette(labels, {k: (s * int(k)) for k in labels}) for s in (1, -1))
    assert one == other
    assert len(set(one.values())) == len(labels)
    many = [f"{k}" for k in range(len(COLOURS) + 8)]
    colours = palette(many, {k: float(k) for k in many})
    assert [k for k in many if colours[k] == GREY] == many[:8]


def test_parts_have_a_band_of_their_own(tmp_path: Path) -> None:
    parts = (
        Stretch.judged(0.0, 40.0, {"pop": 0.75, "rock": 0.25}, "A"),
        Stretch.judged(45.0, 100.0, {"pop": 0.375, "rock": 0.625}, "B"),
    )
    alone = parts_figure(parts, title="song.mp3")
    words = words_of(alone, tmp_path)
    for word in ("song.mp3", "A pop", "B rock", "0:45"):
        assert word in words
    areas = [p for p in alone.axes[1].patches if p.get_height() != 1]
    assert [(a.get_x(), a.get_width(), a.get_height()) for a in areas] == [
        (0.0, 40.0, 0.75),
        (0.0, 40.0, 0.25),
        (45.0, 55.0, 0.375),
        (45.0, 55.0, 0.625),
    ]
    timeline = made(["pop", "rock"], [("pop", 10), ("rock", 9)])
    both = timeline_figure(timeline, parts=parts)
    assert len(both.axes) == 3
    assert {"A pop", "B rock", "pop", "rock"} <= set(words_of(both, tmp_path))


def test_labels_that_are_no_text_are_spelled_out(tmp_path: Path) -> None:
    parts = (Stretch.judged(0.0, 40.0, {"caf\udce9": 0.75, "rock": 0.25}, "A"),)
    assert "A caf\\udce9" in words_of(parts_figure(parts), tmp_path)
