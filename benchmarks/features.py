"""Front ends against librosa, on one thread."""

from __future__ import annotations

from collections.abc import Iterator

import librosa
import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.measure import Row, times_faster
from genrelab.features import MFCC, LogCQT, LogMel, LogSTFT


def rows() -> Iterator[Row]:
    """30 s of noise at 22,050 Hz: what the samples are does not change the work."""
    y = np.random.default_rng(0).normal(size=30 * 22050).astype(np.float32) * 0.1
    log_mel, log_stft, log_cqt, mfcc = LogMel(), LogSTFT(), LogCQT(), MFCC()
    size = {"n_fft": 2048, "hop_length": 1024}

    def librosa_log_mel() -> object:
        return librosa.power_to_db(librosa.feature.melspectrogram(y=y, sr=22050, **size))

    def librosa_log_stft() -> object:
        return librosa.amplitude_to_db(np.abs(librosa.stft(y, **size)))

    def librosa_log_cqt() -> object:
        bins = {"fmin": log_cqt.fmin, "n_bins": log_cqt.n_bins, "bins_per_octave": 36}
        magnitude = np.abs(librosa.cqt(y, sr=22050, hop_length=320, tuning=0.0, **bins))
        return librosa.amplitude_to_db(magnitude)

    def librosa_mfcc() -> object:
        return librosa.feature.mfcc(y=y, sr=22050, n_mfcc=20, **size)

    pairs = [
        ("log-mel of 30 s", log_mel, librosa_log_mel, "3"),
        ("log-STFT of 30 s", log_stft, librosa_log_stft, ""),
        ("constant-Q transform of 30 s", log_cqt, librosa_log_cqt, ""),
        ("MFCC of 30 s", mfcc, librosa_mfcc, ""),
    ]
    with threadpool_limits(1):
        for what, ours, theirs, aim in pairs:
            ratio, low, high, seconds = times_faster(lambda ours=ours: ours(y), theirs, repeats=15)
            yield Row(what, "librosa", ratio, low, high, aim, f"{seconds * 1e3:.1f} ms")
