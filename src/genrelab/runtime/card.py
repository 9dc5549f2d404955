"""A bundle's model card: what it was made of, what it is worth, what it cannot know."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any

from genrelab.runtime.bundle import BundleInfo

WIDTH = 88
#: What a card says where the bundle itself does not.
CANNOT_KNOW = (
    "Any genre besides its labels: it answers with one of them whatever it hears. Its confidence "
    "is meant for music like that it was trained on."
)


def card_text(info: BundleInfo) -> str:
    """Return the model card as plain text.

    Parameters
    ----------
    info
        From :func:`genrelab.runtime.bundle.read_info`.

    Examples
    --------
    >>> info = BundleInfo({"name": "bbnn"}, ("pop", "rock"), {"name": "log_mel"})
    >>> print(card_text(info).splitlines()[0])
    bbnn: 2 genres
    """
    name = info.model["name"]
    blocks = [f"{name}: {len(info.labels)} genres\n" + "=" * 8]
    sections = {
        "Labels": ", ".join(info.labels),
        **info.card,
        "Trained on": _training(info.training),
        "Measured": "\n".join(map(_result, info.results))
        or "Nothing was measured when this file was written.",
        "Front end": _call(info.front_end),
        "Excerpt": _call(info.segmentation) if info.segmentation else "",
        "Windows": _windows(info),
        "Calibration": _calibration(info),
        "Model": _call(info.model),
        "Written by": f"genrelab {info.genrelab_version}" if info.genrelab_version else "",
    }
    if not any("cannot know" in title.lower() for title in info.card):
        sections["What it cannot know"] = CANNOT_KNOW
    blocks += [f"{title}\n{_indented(text)}" for title, text in sections.items() if text]
    return "\n\n".join(blocks)


def _indented(text: str) -> str:
    lines = []
    for line in str(text).splitlines():
        lines += textwrap.wrap(line, WIDTH - 2, break_long_words=False, break_on_hyphens=False)
    return textwrap.indent("\n".join(lines), "  ")


def _call(values: dict[str, Any]) -> str:
    parameters = ", ".join(f"{k}={v!r}" for k, v in values.items() if k != "name")
    return f"{values['name']}({parameters})"


def _training(training: dict[str, Any]) -> str:
    return "\n".join(f"{k.replace('_', ' ')}: {_plain(v)}" for k, v in training.items())


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{k} {_plain(v)}" for k, v in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_plain, value))
    if isinstance(value, float):
        return f"{value:.4g}"
    return str(value)


def _result(result: dict[str, Any]) -> str:
    """Return one measured result as a line, its interval behind it."""
    return f"{result.get('metric', 'result')}: {''.join(_result_parts(result))}".replace("_", " ")


def _result_parts(result: dict[str, Any]) -> Iterator[str]:
    value = result.get("value")
    percent = "accuracy" in str(result.get("metric", ""))
    yield f"{value:.1%}" if percent and isinstance(value, (int, float)) else _plain(value)
    interval = result.get("interval")
    if isinstance(interval, (list, tuple)) and len(interval) == 2:
        low, high = (f"{x:.1%}" if percent else _plain(x) for x in interval)
        yield f" (95 % interval {low} to {high})"
    rest = {k: v for k, v in result.items() if k not in ("metric", "value", "interval")}
    if rest:
        yield "; " + ", ".join(f"{k} {_plain(v)}" for k, v in rest.items())


def _windows(info: BundleInfo) -> str:
    windowing = info.windowing
    if windowing.frames is None:
        how = {"mean": "whose answers are averaged", "vote": "that vote"}[info.aggregate]
        return f"The whole track at once; above ten minutes, in parts {how}."
    padding = {"zero": "filled up with zeros", "repeat": "repeated"}[windowing.pad]
    how = {"mean": "probabilities averaged", "vote": "each with one vote"}[info.aggregate]
    return (
        f"{windowing.frames} frames every {windowing.hop or windowing.frames}, {how}; "
        f"a shorter track is {padding}."
    )


def _calibration(info: BundleInfo) -> str:
    if info.aggregate == "vote":
        return "None: its probabilities are the shares of the windows' votes."
    if info.temperature == 1:
        return "None: the network's own probabilities."
    return f"Logits are divided by {info.temperature:.3f}, fitted on validation tracks."
