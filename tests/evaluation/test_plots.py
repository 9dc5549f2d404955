import io
import warnings
import xml.etree.ElementTree as ET

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from genrelab.evaluation import plots
from genrelab.evaluation.canvas import write_picture
from genrelab.evaluation.statistics import Interval
from genrelab.evaluation.summary import summarise


def words_of(figure):
    """What a reader of the picture reads."""
    svg = plots.to_svg(figure, name="x", description="x")
    return [t.text for t in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]


@pytest.fixture(scope="module")
def summary(run):
    return summarise(run, n_resamples=50)


def test_confusion_shows_counts_and_shares_of_rows():
    figure = plots.confusion_figure(["jazz", "rock", "none"], [[3, 1, 0], [0, 7, 0], [0, 0, 0]])
    words = words_of(figure)
    for expected in ("jazz", "rock", "none", "3", "75 %", "1", "25 %", "7", "100 %"):
        assert expected in words
    assert "0" not in words  # an empty cell is left empty


def test_learning_curves_of_several_folds_with_their_mean(run):
    figure = plots.learning_figure(run.history)
    loss, accuracy = figure.axes
    assert len(loss.lines) == 2 * (5 + 1)
    mean = next(line for line in loss.lines if line.get_label() == "training, mean of 5 folds")
    at_one = run.history.query("epoch == 1")["train_loss"].mean()
    assert mean.get_ydata()[0] == pytest.approx(at_one)
    last_epochs = run.history.groupby("fold")["epoch"].max().sort_values()
    assert mean.get_xdata()[-1] == last_epochs.iloc[2]  # three of five folds were still going
    dots = next(line for line in accuracy.lines if line.get_linestyle() == "None")
    best = run.history.groupby("fold")["valid_accuracy"].max()
    np.testing.assert_allclose(sorted(dots.get_ydata()), sorted(best))


def test_learning_curves_of_one_fold_and_of_gaps(run):
    one = run.history.query("fold == 0").copy()
    assert "training" in words_of(plots.learning_figure(one))
    one[["valid_loss", "valid_accuracy"]] = np.nan
    plots.to_svg(plots.learning_figure(one), name="a", description="")
    one["train_accuracy"] = np.nan
    assert len(plots.learning_figure(one).axes) == 1
    one["train_loss"] = np.nan
    assert plots.learning_figure(one) is None


def test_a_wild_loss_is_drawn_on_a_logarithmic_scale(run):
    wild = run.history.copy()
    assert plots.learning_figure(wild).axes[0].get_yscale() == "linear"
    wild.loc[3, "valid_loss"] = 400.0
    assert plots.learning_figure(wild).axes[0].get_yscale() == "log"


def test_fold_bars_are_as_high_as_the_accuracies(summary):
    figure = plots.folds_figure(summary.folds, 0.6)
    heights = sorted(p.get_height() for p in figure.axes[0].patches)
    expected = [
        v for f in summary.folds for v in (f.train_accuracy, f.valid_accuracy, f.test_accuracy)
    ]
    np.testing.assert_allclose(heights, sorted(expected))
    assert {"training", "validation", "test", "mean 60.0 %"} <= set(words_of(figure))


def test_parts_that_were_not_kept_are_not_drawn(make_run):
    alone = summarise(make_run(parts=("test",), n_folds=1), n_resamples=50)
    words = words_of(plots.folds_figure(alone.folds, 0.6))
    assert "test" in words
    assert "training" not in words
    assert not any(w.startswith("mean") for w in words)


def test_reliability_shows_every_bin_and_test(summary):
    above, below = plots.reliability_figure(summary).axes
    drawn = above.lines[1].get_xydata()
    expected = [(b.confidence, b.accuracy) for b in summary.calibration.bins if b.count]
    np.testing.assert_allclose(drawn, expected)
    assert sum(p.get_height() for p in below.patches) == summary.counts.tests


def test_intervals_with_and_without_bounds():
    known = Interval(0.02, -0.01, 0.05, 0.95, "track", 9, "")
    unknown = Interval(0.03, None, None, 0.95, "track", 1, "")
    figure = plots.intervals_figure([("a − b", known), ("c", unknown)], points=True)
    words = words_of(figure)
    assert {"a − b", "c", "0"} <= set(words)
    assert any(w.startswith("−") for w in words)


def test_svg_is_well_formed_deterministic_and_its_own(summary):
    def draw(name):
        figure = plots.reliability_figure(summary)
        return plots.to_svg(figure, name=name, description='a "b" <c>')

    svg = draw("one")
    assert svg == draw("one")
    root = ET.fromstring(svg)
    assert root.get("aria-label") == 'a "b" <c>'
    ids = [e.get("id") for e in root.iter() if e.get("id")]
    assert ids
    assert all(i.startswith("one-") for i in ids)
    assert not set(ids) & {e.get("id") for e in ET.fromstring(draw("two")).iter() if e.get("id")}
    for use in root.iter("{http://www.w3.org/2000/svg}use"):
        assert use.get("{http://www.w3.org/1999/xlink}href").removeprefix("#") in ids
    assert "var(--ink)" in svg
    assert plots.INK not in svg


def test_any_name_is_drawn_as_it_is():
    labels = ["$x^2$", r"a\b$", "<b>&", "日本の音楽"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        words = words_of(plots.confusion_figure(labels, np.eye(4, dtype=int)))
    assert set(labels) <= set(words)


def test_png_is_opaque_white_and_repeatable(tmp_path, summary):
    for name in ("a", "b"):
        write_picture(plots.reliability_figure(summary), tmp_path / f"{name}.png", dpi=60)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    with Image.open(io.BytesIO((tmp_path / "a.png").read_bytes())) as image:
        assert image.convert("RGBA").getpixel((1, 1)) == (255, 255, 255, 255)


def test_no_global_state_is_touched(summary):
    plots.to_svg(plots.reliability_figure(summary), name="x", description="")
    assert plt.get_fignums() == []
    assert plt.rcParams["svg.fonttype"] == "path"
