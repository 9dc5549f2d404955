"""The picture of a segmentation, seen through its axes."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import scipy.signal
import soundfile as sf
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection, QuadMesh
from matplotlib.colors import LogNorm, to_hex
from matplotlib.figure import Figure
from matplotlib.patches import StepPatch

from genrelab.evaluation.canvas import write_picture
from genrelab.pictures.envelope import Envelope, envelope_of, read_envelope
from genrelab.pictures.palette import GREY
from genrelab.pictures.segmentation import colour_of, segmentation_figure
from genrelab.segmentation import Part, Segmentation, Segmenter

RATE = 11025


def sounds(form: str, seconds: float) -> np.ndarray:
    """Return dull (A), sharp (B) noise and silence (_) one after another."""
    rng = np.random.default_rng(0)
    parts = []
    for letter in form:
        y = rng.standard_normal(round(seconds * RATE))
        y = scipy.signal.lfilter([1.0], [1.0, {"A": -0.95, "B": 0.9, "_": 0.0}[letter]], y)
        parts.append(0.1 * y / y.std() * (letter != "_"))
    return np.concatenate(parts).astype(np.float32)


def segmented(y: np.ndarray, **options: float) -> tuple[Segmentation, Envelope]:
    return Segmenter(**options).segment_samples(y), envelope_of([y], len(y), rate=RATE)


@pytest.fixture(scope="module")
def track() -> tuple[Segmentation, Envelope]:
    return segmented(sounds("_ABA", 12.0))


@pytest.fixture(scope="module")
def figure(track: tuple[Segmentation, Envelope]) -> Figure:
    return segmentation_figure(*track, title="a $song$")


def panels(figure: Figure) -> dict[str, Axes]:
    return {
        axes.get_title("left").split(" ")[0]: axes for axes in figure.axes if axes.get_title("left")
    }


def dots(axes: Axes) -> PathCollection:
    (found,) = (c for c in axes.collections if isinstance(c, PathCollection))
    return found


def test_there_are_the_papers_five_figures(figure: Figure) -> None:
    assert list(panels(figure)) == ["waveform", "distances", "adjacency", "graph", "parts"]
    assert "(2 clusters, 4 parts, 47 windows of 2 s, one every 1 s)" in figure.get_suptitle()


def test_matrices_are_the_segmentations_own(
    figure: Figure, track: tuple[Segmentation, Envelope]
) -> None:
    found, _ = track
    for name, values in (("distances", found.distances), ("adjacency", found.weights)):
        axes = panels(figure)[name]
        (mesh,) = (c for c in axes.collections if isinstance(c, QuadMesh))
        np.testing.assert_array_equal(np.asarray(mesh.get_array()).reshape(values.shape), values)
        assert isinstance(mesh.norm, LogNorm) == (name == "distances")
        corners = mesh.get_coordinates()
        # A window's say ends half-way to its neighbour's: here every second from 1.5 s on.
        np.testing.assert_allclose(corners[0, :4, 0], [0, 1.5, 2.5, 3.5])
        assert corners[-1, -1].tolist() == [found.duration] * 2
        assert axes.get_ylim() == (found.duration, 0)


def test_colours_tell_the_clusters_everywhere(
    figure: Figure, track: tuple[Segmentation, Envelope]
) -> None:
    found, _ = track
    heard = found.labels[found.labels >= 0]
    graph = dots(panels(figure)["graph"])
    assert [to_hex(c) for c in graph.get_facecolors()] == [colour_of(k) for k in heard]
    assert [p.letter for p in found.parts] == ["silence", "A", "B", "A"]
    expected = [GREY, colour_of(0), colour_of(1), colour_of(0)]
    drawn = [p for p in panels(figure)["parts"].patches if isinstance(p, StepPatch)]
    assert [to_hex(p.get_facecolor()) for p in drawn] == expected
    for bar in ("distances", "adjacency"):
        assert [to_hex(p.get_facecolor()) for p in panels(figure)[bar].patches] == expected
    for part, patch in zip(found.parts, drawn, strict=True):
        edges = patch.get_data().edges
        assert (edges[0], edges[-1]) == (pytest.approx(part.start), pytest.approx(part.end))


def test_lines_of_the_graph_run_in_the_order_of_time(
    figure: Figure, track: tuple[Segmentation, Envelope]
) -> None:
    axes = panels(figure)["graph"]
    (line,) = axes.lines
    np.testing.assert_array_equal(line.get_xydata(), dots(axes).get_offsets())
    # Windows of one sound lie closer than those of two.
    found, _ = track
    places, labels = np.asarray(line.get_xydata()), found.labels[found.labels >= 0]
    centres = [places[labels == k].mean(axis=0) for k in (0, 1)]
    spread = [np.linalg.norm(places[labels == k] - centres[k], axis=1).mean() for k in (0, 1)]
    assert np.linalg.norm(centres[0] - centres[1]) > 2 * max(spread)


def test_letters_and_the_representative_part(
    figure: Figure, track: tuple[Segmentation, Envelope]
) -> None:
    found, _ = track
    axes = panels(figure)["parts"]
    assert [t.get_text() for t in axes.texts] == ["silence", "A", "B", "A"]
    best = found.representative
    assert any(
        np.asarray(line.get_xdata()).tolist() == [best.start, best.end] for line in axes.lines
    )
    legend = axes.get_legend()
    assert legend is not None
    words = [t.get_text() for t in legend.get_texts()]
    assert words[0].startswith("A  ")
    assert words[-2].startswith("silence  ")
    assert words[-1] == "representative part"


@pytest.mark.parametrize(
    ("seconds", "label"),
    [(0.5, "0:00.2"), (3.0, "0:01.0"), (200.0, "1:00"), (8 * 3600.0, "2:00:00")],
)
def test_times_are_readable_at_every_length(seconds: float, label: str, tmp_path: Path) -> None:
    starts = np.arange(10) * seconds / 11
    found = Segmentation(
        duration=seconds,
        window=2 * seconds / 11,
        hop=seconds / 11,
        starts=starts,
        labels=np.repeat([0, 1], 5),
        distances=np.abs(np.subtract.outer(starts, starts)) + 1.0,
        weights=np.zeros((10, 10)),
        eigenvalues=np.ones(2),
        parts=(Part(0.0, seconds / 2, 0), Part(seconds / 2, seconds, 1)),
    )
    envelope = Envelope(np.linspace(0, seconds, 101), -np.ones(100), np.ones(100))
    figure = segmentation_figure(found, envelope)
    write_picture(figure, tmp_path / "x.png")
    renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]
    for name in ("waveform", "distances", "adjacency", "parts"):
        axes = panels(figure)[name]
        ticks = [t for t in axes.get_xticklabels() if t.get_text()]
        assert 2 <= len(ticks) <= 14
        boxes = [t.get_window_extent(renderer) for t in ticks]
        assert all(a.x1 < b.x0 for a, b in pairwise(boxes)), name
    assert label in [t.get_text() for t in panels(figure)["waveform"].get_xticklabels()]


@pytest.mark.parametrize("form", ["A", "_", "__A"])
@pytest.mark.parametrize("seconds", [0.01, 3.0])
def test_short_and_silent_tracks_can_be_drawn(tmp_path: Path, form: str, seconds: float) -> None:
    figure = segmentation_figure(*segmented(sounds(form, seconds)))
    write_picture(figure, tmp_path / "x.png")
    assert len(panels(figure)) == 5


def test_more_clusters_than_colours_and_parts_than_room(tmp_path: Path) -> None:
    y = np.random.default_rng(1).standard_normal(RATE * 60).astype(np.float32)
    found, envelope = segmented(y, n_clusters=30, shortest=0.0)
    figure = segmentation_figure(found, envelope)
    write_picture(figure, tmp_path / "x.png")
    axes = panels(figure)["parts"]
    drawn = [p for p in axes.patches if isinstance(p, StepPatch)]
    assert len(drawn) == len(found.parts) > 30
    legend = axes.get_legend()
    assert legend is not None
    assert legend.get_texts()[-2].get_text() == f"and {found.n_clusters - 9} more"


@pytest.mark.parametrize("size", [1, 7, 100, 10**6])
def test_the_envelope_is_that_of_the_whole_however_it_comes(size: int) -> None:
    y = np.random.default_rng(0).standard_normal(1003)
    found = envelope_of((y[k : k + size] for k in range(0, 1003, size)), 1003, columns=10, rate=10)
    ends = [k * 1003 // 10 for k in range(11)]
    np.testing.assert_array_equal(found.lows, [y[a:b].min() for a, b in pairwise(ends)])
    np.testing.assert_array_equal(found.highs, [y[a:b].max() for a, b in pairwise(ends)])
    np.testing.assert_allclose(found.edges, np.array(ends) / 10)


def test_the_envelope_of_a_file_is_that_of_its_samples(tmp_path: Path) -> None:
    y = sounds("AB", 2.0)
    sf.write(tmp_path / "x.wav", y, RATE, subtype="FLOAT")
    found = read_envelope(tmp_path / "x.wav", 4.0, columns=50)
    np.testing.assert_array_equal(found.highs, envelope_of([y], len(y), columns=50).highs)
    assert found.peak == np.abs(y).max()
    # A track of fewer samples than columns has a column each.
    assert len(envelope_of([y[:3]], 3).lows) == 3
