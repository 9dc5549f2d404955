"""What the segmenter promises of its parts' length, and of windows on long tracks."""

import numpy as np
import pytest
import soundfile

from genrelab import audio
from genrelab.segmentation import SILENT, Segmenter, segmenter

RATE = 11025


@pytest.mark.parametrize("seed", range(4))
def test_no_part_is_shorter_than_asked_for_after_boundaries_have_moved(compose, seed, monkeypatch):
    y, _ = compose("ABAC", 20.0, RATE, seed=seed)

    def pull(labels, edges, *rest):
        """Move each boundary as far as the refinement may: to the part's last half second."""
        edges = edges.copy()
        changes = np.flatnonzero(np.diff(labels)) + 1
        for k in changes[1:2]:
            first = changes[changes < k].max(initial=0)
            edges[first + 1 : k + 1] = edges[first] + 0.5
        return edges

    monkeypatch.setattr(segmenter, "refine", pull)
    parts = Segmenter(shortest=5.0).segment_samples(y).parts
    assert all(p.duration >= 5.0 for p in parts if p.label != SILENT)
    assert parts[-1].end == pytest.approx(80.0)


@pytest.mark.parametrize("seconds", [50.0, 51.0, 51.6, 99.0, 100.0, 101.4, 197.3])
def test_windows_are_lengthened_no_more_than_needed_and_the_file_read_twice(
    compose, tmp_path, seconds, monkeypatch
):
    y, _ = compose("A", seconds, RATE)
    path = tmp_path / "x.wav"
    soundfile.write(path, y, RATE, subtype="FLOAT")
    opened = []
    stream = audio.stream_audio
    monkeypatch.setattr(audio, "stream_audio", lambda *a, **k: opened.append(a) or stream(*a, **k))
    short = Segmenter(max_windows=25)
    found = short.segment(path)
    assert len(opened) <= 2
    assert len(found.starts) <= 25
    # Windows of half the length would have been too many.
    half = Segmenter(max_windows=10**6, window=found.window / 2).segment_samples(y)
    assert len(half.starts) > 25
    np.testing.assert_array_equal(short.segment_samples(y).starts, found.starts)


@pytest.mark.parametrize("window", [float("inf"), float("nan")])
def test_a_window_without_end_is_one_sentence(window):
    from genrelab.errors import SegmentationError

    with pytest.raises(SegmentationError, match="window must be above 0 s"):
        Segmenter(window=window)
