"""From a file to its genre: streamed audio, the bundle's front end and windows, ONNX Runtime."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from genrelab.audio import stream_audio
from genrelab.errors import AudioError, BundleError
from genrelab.features.base import Frames, FrontEnd, Samples, TooShortError, create
from genrelab.features.windows import Windowing
from genrelab.runtime.abreast import abreast
from genrelab.runtime.aggregate import Aggregate, softmax
from genrelab.runtime.answers import Answer, Timeline
from genrelab.runtime.bundle import (
    INPUT,
    OUTPUT,
    BundleInfo,
    default_bundle,
    info_of,
    open_session,
)
from genrelab.runtime.timeline import timeline_of, timeline_windowing

#: Samples that never rise above this (-100 dB below full scale) are silence.
SILENCE = 1e-5
#: A bundle that takes tracks at their own length gets at most this many seconds at once.
WHOLE_SECONDS = 600.0
#: Frames in one run of the network. Larger batches are no faster and take more memory.
BATCH_FRAMES = 1024


class Classifier:
    """A bundle, ready to classify files.

    Parameters
    ----------
    bundle
        A ``.onnx`` file that genrelab wrote; by default the model inside the package.
    threads
        Threads that the network may use; by default one for each core this process may use.

    Attributes
    ----------
    info
        What the bundle says of itself.
    front_end
        Its front end.

    Raises
    ------
    BundleError
        The file is missing or no bundle.

    Notes
    -----
    A file is read in blocks and judged window by window, so that memory does not grow with its
    length; the bundle says whether their probabilities are averaged or the windows vote, see
    :class:`~genrelab.runtime.aggregate.Aggregate`. Bundles that take a track at its own length get
    tracks of more than ten minutes in parts of ten minutes.
    """

    def __init__(self, bundle: str | Path | None = None, *, threads: int | None = None) -> None:
        path = default_bundle() if bundle is None else Path(bundle)
        self._session = open_session(path, threads=threads or usable_cores())
        self.info: BundleInfo = info_of(self._session, path)
        try:
            self.front_end: FrontEnd = create(**{str(k): v for k, v in self.info.front_end.items()})
        except (TypeError, ValueError) as error:
            raise BundleError(
                f"{str(path)!r} needs a front end that this genrelab does not have ({error})"
            ) from error
        bins = self._session.get_inputs()[0].shape[2]
        if isinstance(bins, int) and bins != self.front_end.n_bins:
            raise BundleError(
                f"{str(path)!r} contradicts itself: its network takes {bins} bins, its front end "
                f"gives {self.front_end.n_bins}."
            )

    def classify(self, path: str | Path, *, timeline: bool = False) -> Answer:
        """Classify one file.

        Parameters
        ----------
        path
            Any audio file.
        timeline
            Whether the answer shall have its ``timeline``. Its windows overlap by half; the track
            as a whole is judged by the bundle's own windows and to the last bit as without it.
            Both are cut from one stream of frames, because decoding and the front end are work
            that they share. Memory grows by one row of probabilities a window.

        Raises
        ------
        AudioError
            The file cannot be read, is silent or too short; the sentence does not name the file.
        BundleError
            The bundle cannot serve audio.
        """
        require_audio(self.info)
        track = Aggregate(self.info.aggregate, len(self.info.labels))
        fine = timeline_windowing(self.info, self.front_end.frame_rate)
        rows: list[NDArray[np.float64]] = []
        windowings = [self.info.windowing, fine] if timeline else [self.info.windowing]
        readers = [partial(self._batches, windowing=windowing) for windowing in windowings]
        takers = [track.add, rows.append]
        with stream_audio(path, self._sample_rate) as stream:
            heard = _Heard(stream)
            try:
                for reader, batch in abreast(self.front_end.stream(heard), *readers):
                    takers[reader](self.probabilities(batch))
            except TooShortError as error:
                raise AudioError(str(error)) from error
            notes, duration = tuple(stream.notes), float(stream.duration)
        if heard.samples and heard.peak < SILENCE:
            raise AudioError("the audio is silent, so there is no music to judge.")
        if track.n_windows == 0:
            raise AudioError("the audio is shorter than a single frame of the features.")
        judged = track.probabilities()
        by_label = dict(zip(self.info.labels, map(float, judged), strict=True))
        label = self.info.labels[int(judged.argmax())]
        answer = Answer(Path(path), label, by_label[label], by_label, duration, notes)
        if not timeline:
            return answer
        n_frames = self.front_end.n_frames(heard.samples)
        if self.info.windowing.frames is None and n_frames <= (fine.frames or 0):
            # The whole is an input of its own length, which says more than one filled up.
            rows = [judged[None]]
        return replace(answer, timeline=self._timeline(rows, fine, n_frames, duration))

    def probabilities(self, features: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the probabilities of finished inputs.

        Parameters
        ----------
        features
            ``(n, 1, bins, frames)``, as :attr:`front_end` finishes them.

        Returns
        -------
        ``(n, classes)``, calibrated.
        """
        try:
            (logits,) = self._session.run([OUTPUT], {INPUT: features})
        except Exception as error:
            shape = " x ".join(map(str, features.shape))
            raise BundleError(f"the model cannot take an input of {shape}.") from error
        if not np.isfinite(logits).all():
            raise BundleError("the model gives no finite answer for it.")
        return softmax(logits, self.info.temperature)

    def _timeline(
        self, rows: list[NDArray[np.float64]], fine: Windowing, n_frames: int, duration: float
    ) -> Timeline:
        assert fine.frames is not None
        assert fine.hop is not None
        rate = self.front_end.frame_rate
        return timeline_of(
            np.concatenate(rows),
            [start / rate for start in fine.starts(n_frames)],
            window=fine.frames / rate,
            hop=fine.hop / rate,
            duration=duration,
            labels=self.info.labels,
        )

    @property
    def _sample_rate(self) -> int:
        return int(self.info.front_end.get("sample_rate", 22050))

    def _batches(
        self, pieces: Iterator[Frames], windowing: Windowing
    ) -> Iterator[NDArray[np.float32]]:
        """Yield inputs ``(n, 1, bins, frames)``; how many at once depends on the file alone."""
        if windowing.frames is None:
            most = max(1, round(WHOLE_SECONDS * self.front_end.frame_rate))
            windows, size = whole_or_parts(pieces, most), 1
        else:
            windows = windowing.stream(pieces)
            size = max(1, BATCH_FRAMES // windowing.frames)
        finished = (self.front_end.finish(w) for w in map(self._long_enough, windows))
        while batch := list(islice(finished, size)):
            yield np.stack(batch)[:, None]

    def _long_enough(self, window: Frames) -> Frames:
        if window.shape[1] < self.info.min_frames:
            seconds = self.info.min_frames / self.front_end.frame_rate
            raise AudioError(f"the audio is shorter than the {seconds:.2f} s that the model needs.")
        return window


class _Heard:
    """Passes blocks of samples on, and remembers how many there were and the loudest."""

    def __init__(self, blocks: Iterable[Samples]) -> None:
        self._blocks = blocks
        self.samples = 0
        self.peak = 0.0

    def __iter__(self) -> Iterator[Samples]:
        for block in self._blocks:
            if block.size:
                self.samples += block.size
                self.peak = max(self.peak, float(block.max()), -float(block.min()))
            yield block


def whole_or_parts(pieces: Iterable[Frames], most: int) -> Iterator[Frames]:
    """Yield a track as one input, or in parts of ``most`` frames if it is longer than that.

    The last part is moved back to end with the track, as the last window of
    :class:`~genrelab.features.windows.Windowing` is.
    """
    held: list[Frames] = []
    n = 0
    before: Frames | None = None
    for piece in pieces:
        held.append(piece)
        n += piece.shape[1]
        while n > most:
            joined = np.concatenate(held, axis=1)
            before, held = joined[:, :most], [joined[:, most:]]
            n -= most
            yield before
    if n:
        if before is not None:
            held.insert(0, before)
        yield np.concatenate(held, axis=1)[:, -most:]


def require_audio(info: BundleInfo) -> None:
    """Raise :class:`BundleError` for a bundle that was trained on arrays and cannot hear audio."""
    if info.front_end["name"] == "precomputed":
        raise BundleError(
            "the model was trained on features that came as arrays, which cannot be computed "
            "from audio; train one on audio files to classify files."
        )


def usable_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
