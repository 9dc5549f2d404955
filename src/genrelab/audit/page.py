"""What an audit writes: one page for people, JSON for machines, a list for recipes."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import jinja2

import genrelab
from genrelab.audit.check import Audit, exclusion_list
from genrelab.audit.relatives import SAME_RECORDING, SAME_SAMPLES, SHARED_SOUNDS
from genrelab.evaluation import wording
from genrelab.evaluation.report import as_json

FORMAT = 1
PAGE, NUMBERS, EXCLUSIONS = "audit.html", "audit.json", "exclude.txt"
#: Rows of a table on the page; the rest is in the JSON.
_ROWS = 200


@dataclass(frozen=True)
class Written:
    """The files of an audit."""

    page: Path
    numbers: Path
    exclusions: Path


def write_audit(folder: str | Path, found: Audit) -> Written:
    """Write ``audit.html``, ``audit.json`` and ``exclude.txt``; older ones are replaced.

    The page needs nothing but itself, and whatever came from the data set is escaped in it. The
    JSON holds the fields of :class:`~genrelab.audit.check.Audit`.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    written = Written(folder / PAGE, folder / NUMBERS, folder / EXCLUSIONS)
    content = {"format": FORMAT, "genrelab": genrelab.__version__, **asdict(found)}
    _replace(written.numbers, json.dumps(as_json(content), indent=1, ensure_ascii=False) + "\n")
    _replace(written.exclusions, exclusion_list(found))
    _replace(written.page, _page(found) + "\n")
    return written


def summary(found: Audit) -> list[str]:
    """Return what was found, in a line each."""
    kinds = Counter(r.kind for r in found.relations)
    plural = wording.plural
    lines = [
        f"{found.dataset}: {plural(found.tracks, 'track')} of {len(found.counts)} classes"
        + (f" by {plural(found.artists, 'artist')}" if found.artists else ", artists unknown"),
        f"same samples: {plural(kinds[SAME_SAMPLES], 'pair')}; same recording: "
        f"{plural(kinds[SAME_RECORDING], 'pair')}; shared sounds: "
        f"{plural(kinds[SHARED_SOUNDS], 'pair')}",
    ]
    for leak in found.leaks:
        lines.append(
            f"{leak.protocol}: of {plural(leak.tests, 'test')}, {leak.with_relative} have the same "
            f"recording in training and {leak.with_artist} their artist"
        )
    faults = Counter(f.kind for f in found.faults)
    if faults:
        lines.append("; ".join(f"{kind}: {plural(n, 'track')}" for kind, n in faults.items()))
    for m in found.majorities:
        lines.append(f"{m.label}: {m.tracks} of {m.of} tracks are by {m.artist}")
    if found.suspicions is not None:
        lines.append(f"doubted labels: {len(found.suspicions)}, by {found.run}")
    lines.append(f"better left out: {plural(len(found.exclusions), 'track')}")
    return lines


def _replace(path: Path, text: str) -> None:
    partial = path.with_name(path.name + ".partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)


def _page(found: Audit) -> str:
    environment = jinja2.Environment(
        # The style sheet is the report's.
        loader=jinja2.ChoiceLoader(
            [
                jinja2.PackageLoader("genrelab.audit", "templates"),
                jinja2.PackageLoader("genrelab.evaluation", "templates"),
            ]
        ),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        percent=wording.percent, decimals=wording.decimals, plural=wording.plural
    )
    kinds = Counter(r.kind for r in found.relations)
    shown: dict[str, Any] = {
        "relations": [r for r in found.relations if r.kind != SHARED_SOUNDS][:_ROWS],
        "shared": [r for r in found.relations if r.kind == SHARED_SOUNDS][:_ROWS],
        "faults": found.faults[:_ROWS],
        "suspicions": (found.suspicions or ())[:_ROWS],
        "problems": found.problems[:_ROWS],
    }
    page: str = environment.get_template("audit.html").render(
        audit=found,
        label=found.labels,
        same_samples=kinds[SAME_SAMPLES],
        same_recording=kinds[SAME_RECORDING],
        n_shared=kinds[SHARED_SOUNDS],
        n_faulty=len({f.track_id for f in found.faults}),
        rows=_ROWS,
        version=genrelab.__version__,
        **shown,
    )
    return page
