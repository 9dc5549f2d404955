"""The bundle: one ``.onnx`` file that says everything needed to classify with it.

The graph takes ``features``, float32 ``(batch, 1, bins, frames)``, and gives ``logits``, float32
``(batch, classes)``; the softmax of the logits (divided by the calibration's temperature) is the
probability of each label. The metadata is JSON under the key ``genrelab`` of the ONNX model's own
metadata, so that any tool that reads ONNX can see it.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, field, fields
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genrelab.errors import BundleError, SegmentationError
from genrelab.features.windows import Windowing
from genrelab.runtime.aggregate import AGGREGATES

if TYPE_CHECKING:
    from genrelab.segmentation.excerpt import Excerpt

METADATA_KEY = "genrelab"
#: The newest format that is read. Each bundle has the oldest that can say what it says (see
#: :attr:`BundleInfo.format`): a genrelab that does not know votes must refuse, not average, and one
#: that does not know excerpts must not judge the whole.
FORMAT = 3
INPUT = "features"
OUTPUT = "logits"


@dataclass(frozen=True)
class BundleInfo:
    """What a model file says of itself.

    Parameters
    ----------
    model
        Registry name and arguments, ``{"name": "bbnn", ...}``.
    labels
        Class order.
    front_end
        As :meth:`genrelab.features.FrontEnd.to_dict` gives it.
    windowing
        How a track is cut into inputs.
    temperature
        Logits are divided by this before the softmax.
    training
        Data set, its fingerprint, protocol, folds fingerprint, number of tracks, seed.
    results
        Measured results, one mapping each: protocol, metric, value, interval, tracks.
    card
        Sections of the model card: title to text (data, what it cannot know, licence).
    genrelab_version
        The version that wrote the file.
    min_frames
        Fewest frames an input may have.
    aggregate
        How the windows' probabilities become the track's, see
        :class:`~genrelab.runtime.aggregate.Aggregate`.
    segmentation
        Which stretch of a track is judged, as
        :meth:`genrelab.segmentation.excerpt.Excerpt.to_dict` gives it; empty for all of it.

    Examples
    --------
    >>> info = BundleInfo({"name": "bbnn"}, ("pop", "rock"), {"name": "log_mel"})
    >>> BundleInfo.from_json(info.to_json()) == info
    True
    """

    model: dict[str, Any]
    labels: tuple[str, ...]
    front_end: dict[str, Any]
    windowing: Windowing = field(default_factory=Windowing)
    temperature: float = 1.0
    training: dict[str, Any] = field(default_factory=dict)
    results: tuple[dict[str, Any], ...] = ()
    card: dict[str, str] = field(default_factory=dict)
    genrelab_version: str = ""
    min_frames: int = 1
    aggregate: str = "mean"
    segmentation: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not all(isinstance(label, str) for label in self.labels):
            raise ValueError("labels must be text")
        if len(self.labels) < 2 or len(set(self.labels)) != len(self.labels):
            raise ValueError("labels must be two or more, and no two the same")
        for name in ("model", "front_end"):
            described = getattr(self, name)
            if not isinstance(described, dict) or not isinstance(described.get("name"), str):
                raise ValueError(f"{name} has no name")
        if self.min_frames < 1:
            raise ValueError("an input has at least one frame")
        if self.aggregate not in AGGREGATES:
            known = ", ".join(AGGREGATES)
            raise ValueError(f"aggregate must be one of {known}, not {self.aggregate!r}")
        if not (math.isfinite(self.temperature) and self.temperature > 0):
            raise ValueError(f"temperature must be above 0, not {self.temperature}")

    @property
    def format(self) -> int:
        """The oldest format that can say this: 1, 2 where windows vote, 3 for an excerpt."""
        if self.segmentation:
            return 3
        return 1 if self.aggregate == "mean" else 2

    def excerpt(self) -> Excerpt | None:
        """Return the rule that takes a stretch of every track; ``None`` takes all of it."""
        if not self.segmentation:
            return None
        from genrelab.segmentation.excerpt import create

        try:
            return create(**self.segmentation)
        except (SegmentationError, TypeError) as error:
            raise BundleError(
                f"the model needs an excerpt that this genrelab does not have ({error})"
            ) from error

    def to_json(self) -> str:
        """Return the metadata as JSON."""
        # ASCII, because labels may come from folder names that are no valid text.
        return json.dumps({**asdict(self), "format": self.format})

    @classmethod
    def from_json(cls, text: str) -> BundleInfo:
        """Read the metadata; anything amiss raises :class:`BundleError`."""
        try:
            values = json.loads(text)
            if values.get("format", 0) > FORMAT:
                raise BundleError(
                    f"the model file has format {values['format']}; this genrelab reads up to "
                    f"{FORMAT}. Upgrade genrelab."
                )
            known = {f.name for f in fields(cls)}
            values = {k: v for k, v in values.items() if k in known}
            if not isinstance(values["labels"], list):
                raise TypeError("labels must be a list")
            values["labels"] = tuple(values["labels"])
            if "windowing" in values:
                values["windowing"] = Windowing(**values["windowing"])
            values["results"] = tuple(values.get("results", ()))
            return cls(**values)
        except KeyError as error:
            raise BundleError(
                f"the model file's description is damaged ({error} is missing)."
            ) from error
        except (AttributeError, RecursionError, TypeError, ValueError) as error:
            raise BundleError(f"the model file's description is damaged ({error}).") from error


def read_info(path: str | Path) -> BundleInfo:
    """Return what a bundle says of itself; :class:`BundleError` if it is none.

    Parameters
    ----------
    path
        A ``.onnx`` file that genrelab wrote.
    """
    return info_of(open_session(path, threads=1, optimise=False), path)


def open_session(path: str | Path, *, threads: int, optimise: bool = True) -> Any:
    """Return an ONNX Runtime session on the CPU; :class:`BundleError` if that cannot be.

    Parameters
    ----------
    path
        Any ONNX file.
    threads
        Threads that one run may use.
    optimise
        Whether to spend time on rewriting the graph; reading metadata does not need it.
    """
    import onnxruntime

    path = Path(path)
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise BundleError(f"there is no model file {str(path)!r}.") from None
    except OSError as error:
        raise BundleError(
            f"the model file {str(path)!r} cannot be read ({error.strerror})."
        ) from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 4  # faults come as exceptions, in one sentence
    levels = onnxruntime.GraphOptimizationLevel
    options.graph_optimization_level = levels.ORT_ENABLE_ALL if optimise else levels.ORT_DISABLE_ALL
    try:
        return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise BundleError(
            f"{str(path)!r} is no ONNX model that can be run ({_first_line(error)})."
        ) from error


def info_of(session: Any, path: str | Path) -> BundleInfo:
    """Return the description inside an open session, checked against the graph it lies in."""
    metadata = session.get_modelmeta().custom_metadata_map
    if METADATA_KEY not in metadata:
        raise BundleError(
            f"{str(path)!r} is an ONNX model without genrelab's description; make one with "
            "`genrelab export` or `genrelab import-keras`."
        )
    info = BundleInfo.from_json(metadata[METADATA_KEY])
    inputs, outputs = session.get_inputs(), session.get_outputs()
    if [i.name for i in inputs] != [INPUT] or OUTPUT not in [o.name for o in outputs]:
        raise BundleError(f"{str(path)!r} does not turn {INPUT} into {OUTPUT} as a bundle must.")
    width = next(o.shape for o in outputs if o.name == OUTPUT)[-1]
    if isinstance(width, int) and width != len(info.labels):
        raise BundleError(
            f"{str(path)!r} contradicts itself: {width} outputs, but {len(info.labels)} labels."
        )
    return info


def default_bundle() -> Path:
    """Return the path of the model inside the package; :class:`BundleError` if it has none."""
    path = Path(str(resources.files("genrelab.runtime"))) / "bundles" / "default.onnx"
    if not path.is_file():
        raise BundleError("this genrelab has no model inside; name one with --model.")
    return path


def _first_line(error: Exception) -> str:
    text = str(error).strip()
    return text.splitlines()[0] if text else type(error).__name__
