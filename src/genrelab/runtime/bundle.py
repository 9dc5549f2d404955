"""The bundle: one ``.onnx`` file that says everything needed to classify with it.

The graph takes ``features``, float32 ``(batch, 1, bins, frames)``, and gives ``logits``, float32
``(batch, classes)``; the softmax of the logits (divided by the calibration's temperature) is the
probability of each label. The metadata is JSON under the key ``genrelab`` of the ONNX model's own
metadata, so that any tool that reads ONNX can see it.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from genrelab.errors import BundleError
from genrelab.features.windows import Windowing

METADATA_KEY = "genrelab"
FORMAT = 1
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
    format: int = FORMAT

    def to_json(self) -> str:
        """Return the metadata as JSON."""
        return json.dumps(asdict(self), ensure_ascii=False)

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
            values["labels"] = tuple(values["labels"])
            values["windowing"] = Windowing(**values["windowing"])
            values["results"] = tuple(values["results"])
            return cls(**values)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise BundleError(f"the model file's description is damaged ({error}).") from error
