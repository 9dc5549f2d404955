"""From a file to its genre: streamed audio, the bundle's front end and windows, ONNX Runtime."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from genrelab.audio import stream_audio
from genrelab.audio.stretch import Stretch
from genrelab.errors import AudioError, BundleError
from genrelab.features.base import FrontEnd, Samples, TooShortError, create
from genrelab.runtime.abreast import abreast
from genrelab.runtime.aggregate import softmax
from genrelab.runtime.answers import Answer
from genrelab.runtime.answers import Stretch as Judged
from genrelab.runtime.batches import Batcher
from genrelab.runtime.bundle import (
    INPUT,
    OUTPUT,
    BundleInfo,
    default_bundle,
    info_of,
    open_session,
)
from genrelab.runtime.crew import usable_cores
from genrelab.runtime.readers import PartsReader, Reader, TimelineReader, WholeReader

#: Samples that never rise above this (-100 dB below full scale) are silence.
SILENCE = 1e-5


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
        self._batch = Batcher(self.front_end, self.info.min_frames)
        self._excerpt = self.info.excerpt()
        bins = self._session.get_inputs()[0].shape[2]
        if isinstance(bins, int) and bins != self.front_end.n_bins:
            raise BundleError(
                f"{str(path)!r} contradicts itself: its network takes {bins} bins, its front end "
                f"gives {self.front_end.n_bins}."
            )

    def classify(
        self, path: str | Path, *, timeline: bool = False, segments: bool = False
    ) -> Answer:
        """Classify one file.

        Parameters
        ----------
        path
            Any audio file.
        timeline
            Whether the answer shall have its ``timeline``. Its windows overlap by half; the track
            as a whole is judged by the bundle's own windows and to the last bit as without it.
            Memory grows by one row of probabilities a window.
        segments
            Whether the answer shall have its ``parts``: the track is segmented
            (:class:`~genrelab.segmentation.Segmenter` with its defaults), and each part that is
            not silent is judged as if it were a track; where all are, the whole is its one part.
            The audio is read once more for it, that of a track over twenty minutes twice.

        Raises
        ------
        AudioError
            The file cannot be read, is silent or too short; the sentence does not name the file.
        BundleError
            The bundle cannot serve audio.

        Notes
        -----
        All are cut from one stream of frames, because decoding and the front end are work that
        they share; unless the bundle judges an excerpt alone, which is then read by itself.
        """
        require_audio(self.info)
        whole = WholeReader(self.info, self._batch)
        finer: list[Reader] = []
        over_time = parts = None
        if timeline:
            over_time = TimelineReader(self.info, self._batch)
            finer.append(over_time)
        if segments:
            from genrelab.segmentation import Segmenter

            parts = PartsReader(self.info, self._batch, Segmenter().segment(path).parts)
            finer.append(parts)
        if self._excerpt is None:
            heard = all_of_it = self._listen(path, Stretch(), [whole, *finer])
        else:
            heard = self._listen(path, self._excerpt.choose(path), [whole])
            all_of_it = self._listen(path, Stretch(), finer) if finer else heard
        if heard.samples and heard.peak < SILENCE:
            raise AudioError("the audio is silent, so there is no music to judge.")
        if whole.track.n_windows == 0:
            raise AudioError("the audio is shorter than a single frame of the features.")
        judged = whole.track.probabilities()
        by_label = dict(zip(self.info.labels, map(float, judged), strict=True))
        label = self.info.labels[int(judged.argmax())]
        answer = Answer(Path(path), label, by_label[label], by_label, heard.duration, heard.notes)
        if over_time is not None:
            n_frames = self.front_end.n_frames(all_of_it.samples)
            # What an excerpt is worth is not what the whole is.
            own = judged if self._excerpt is None else None
            found = over_time.timeline(n_frames, all_of_it.duration, own)
            answer = replace(answer, timeline=found)
        if parts is not None:
            whole_part = Judged.judged(0.0, all_of_it.duration, by_label, "A")
            answer = replace(answer, parts=parts.stretches() or (whole_part,))
        return answer

    def _listen(self, path: str | Path, stretch: Stretch, readers: Sequence[Reader]) -> _Heard:
        """Read a stretch of a file, and give each reader what the model says of its inputs."""
        with stream_audio(
            path, self._sample_rate, offset=stretch.offset, duration=stretch.duration
        ) as stream:
            heard = _Heard(stream)
            frames = self.front_end.stream(heard)
            try:
                for k, batch in abreast(frames, *(reader.read for reader in readers)):
                    readers[k].take(self.probabilities(batch))
            except TooShortError as error:
                raise AudioError(str(error)) from error
            heard.notes, heard.duration = tuple(stream.notes), float(stream.duration)
        return heard

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

    @property
    def _sample_rate(self) -> int:
        return int(self.info.front_end.get("sample_rate", 22050))


class _Heard:
    """Passes blocks of samples on, and remembers how many there were and the loudest."""

    def __init__(self, blocks: Iterable[Samples]) -> None:
        self._blocks = blocks
        self.samples = 0
        self.peak = 0.0
        self.duration = 0.0
        self.notes: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[Samples]:
        for block in self._blocks:
            if block.size:
                self.samples += block.size
                self.peak = max(self.peak, float(block.max()), -float(block.min()))
            yield block


def require_audio(info: BundleInfo) -> None:
    """Raise :class:`BundleError` for a bundle that was trained on arrays and cannot hear audio."""
    if info.front_end["name"] == "precomputed":
        raise BundleError(
            "the model was trained on features that came as arrays, which cannot be computed "
            "from audio; train one on audio files to classify files."
        )
