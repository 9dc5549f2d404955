"""Front ends: from samples to what a model sees; and the store and cache of their frames."""

from genrelab.features.base import FrontEnd, TooShortError, create, names
from genrelab.features.cache import FeatureCache
from genrelab.features.log_cqt import LogCQT
from genrelab.features.log_mel import LogMel
from genrelab.features.log_stft import LogSTFT
from genrelab.features.mfcc import MFCC
from genrelab.features.precomputed import Precomputed
from genrelab.features.store import FeatureStore
from genrelab.features.waveform import Waveform
from genrelab.features.windows import Windowing

__all__ = [
    "MFCC",
    "FeatureCache",
    "FeatureStore",
    "FrontEnd",
    "LogCQT",
    "LogMel",
    "LogSTFT",
    "Precomputed",
    "TooShortError",
    "Waveform",
    "Windowing",
    "create",
    "names",
]
