"""Faults a user can meet, each an exception whose message is one sentence that says what to do.

The command line prints the message of a :class:`GenrelabError` and exits; anything else that
escapes is a defect of genrelab.
"""

from __future__ import annotations


class GenrelabError(Exception):
    """Base of every foreseeable fault."""


class AudioError(GenrelabError):
    """A file cannot serve as audio: missing, empty, not audio, broken, too short."""


class FeatureError(GenrelabError):
    """A feature store or the feature cache is missing, damaged or cannot be written."""


class SegmentationError(GenrelabError):
    """A track cannot be segmented with these settings."""


class DatasetError(GenrelabError):
    """A data set is not what it should be, or not where it should be."""


class ProtocolError(GenrelabError):
    """A protocol cannot be applied to a data set: too few groups, an unknown column."""


class RecipeError(GenrelabError):
    """A recipe has an unknown key, a wrong type or an impossible value."""


class ModelError(GenrelabError):
    """An unknown model, or arguments a model cannot be built from."""


class DownloadError(GenrelabError):
    """A published file cannot be fetched, or what was fetched is not what was published."""


class BundleError(GenrelabError):
    """A model file is missing, is no genrelab bundle, or cannot serve the given audio."""


class RunError(GenrelabError):
    """A run folder is missing, unfinished or belongs to another recipe."""


class PredictionsError(GenrelabError):
    """A predictions table lacks columns or contradicts itself."""


def did_you_mean(name: str, known: list[str] | tuple[str, ...]) -> str:
    """Return ``" Did you mean 'x'?"`` for the known names near ``name``, else an empty string.

    Examples
    --------
    >>> did_you_mean("bbn", ["bbnn", "mfcc_svm"])
    " Did you mean 'bbnn'?"
    >>> did_you_mean("zzz", ["bbnn"])
    ''
    """
    from difflib import get_close_matches

    near = get_close_matches(name, known, n=3, cutoff=0.6)
    return f" Did you mean {' or '.join(repr(n) for n in near)}?" if near else ""
