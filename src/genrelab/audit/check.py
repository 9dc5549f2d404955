"""The audit of a data set: everything that is looked for, in one call."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from genrelab.audit.faults import TO_EXCLUDE, Fault, find_faults
from genrelab.audit.labels import Suspicion, suspicious
from genrelab.audit.landmarks import HOP_LENGTH, SAMPLE_RATE
from genrelab.audit.leaks import Leak, Majority, find_leaks, find_majorities
from genrelab.audit.listening import Heard, Progress, listen_to_all
from genrelab.audit.pictures import look_at_all, picture_similarity
from genrelab.audit.relatives import Relation, families, family_of, find_relations
from genrelab.audit.waveforms import similarity
from genrelab.datasets.base import Dataset, Problem
from genrelab.errors import RunError
from genrelab.features import FeatureStore
from genrelab.protocols import Fold

if TYPE_CHECKING:
    from genrelab.evaluation.result import RunResult

#: From this correlation on two pictures are one recording. Pictures of unrelated music that share
#: landmarks by chance have 0.2 at most, versions over one backing up to 0.7.
LEAST_PICTURE_SIMILARITY = 0.7


@dataclass(frozen=True)
class Exclusion:
    """A track better left out, and why."""

    track_id: str
    reason: str


@dataclass(frozen=True)
class Audit:
    """All that an audit found.

    Parameters
    ----------
    dataset, fingerprint
        What was audited.
    counts
        Tracks of each class.
    labels
        Label of each track that is in a relation.
    artists
        How many there are; 0 where none is known.
    nameless
        Tracks without an artist.
    from_audio
        Whether samples were heard, or arrays looked at.
    problems
        What was left out on loading.
    faults, relations, families, majorities, leaks
        See the modules of this package.
    contradictions
        Families of which one recording has several labels.
    suspicions
        Doubted labels; ``None`` where no run was given.
    run
        Name of the run whose probabilities they come from.
    exclusions
        Tracks better left out: faulty ones, and all but one of a family.
    """

    dataset: str
    fingerprint: str
    counts: Mapping[str, int]
    labels: Mapping[str, str]
    artists: int
    nameless: int
    from_audio: bool
    problems: tuple[Problem, ...]
    faults: tuple[Fault, ...]
    relations: tuple[Relation, ...]
    families: tuple[tuple[str, ...], ...]
    contradictions: tuple[tuple[str, ...], ...]
    majorities: tuple[Majority, ...]
    leaks: tuple[Leak, ...]
    suspicions: tuple[Suspicion, ...] | None
    run: str
    exclusions: tuple[Exclusion, ...]

    @property
    def tracks(self) -> int:
        """How many there are."""
        return sum(self.counts.values())


def audit(
    dataset: Dataset,
    *,
    splits: Mapping[str, Sequence[Fold]] | None = None,
    run: RunResult | None = None,
    workers: int = 1,
    progress: Progress | None = None,
) -> Audit:
    """Look for everything.

    Parameters
    ----------
    dataset
        Loaded. Where it has features, they are looked at instead of audio.
    splits
        Folds by the name that they have on the page.
    run
        A finished run on this data set: the probabilities of its test parts rank the labels.
    workers
        Tracks that are read at a time.
    progress
        Told how many tracks are read, and of how many.

    Raises
    ------
    RunError
        If the run tested no track of this data set.
    """
    if dataset.features is not None:
        heard, relations = _look(FeatureStore.open(dataset.features), dataset, progress)
    else:
        heard, relations = _listen(dataset, workers, progress)
    faults = find_faults(heard)
    groups = families(relations)
    family = family_of(groups)
    label = {t.id: t.label for t in dataset.tracks}
    contradictions = tuple(g for g in groups if len({label[i] for i in g}) > 1)
    return Audit(
        dataset=dataset.name,
        fingerprint=dataset.fingerprint,
        counts=dataset.counts(),
        labels={i: label[i] for r in relations for i in (r.first, r.second)},
        artists=len({t.group for t in dataset.tracks if t.group}),
        nameless=sum(not t.group for t in dataset.tracks),
        from_audio=dataset.features is None,
        problems=dataset.problems,
        faults=tuple(faults),
        relations=tuple(relations),
        families=tuple(groups),
        contradictions=contradictions,
        majorities=tuple(find_majorities(dataset.tracks)),
        leaks=tuple(
            find_leaks(name, folds, dataset.tracks, family)
            for name, folds in (splits or {}).items()
        ),
        suspicions=None if run is None else tuple(doubted_labels(dataset, run)),
        run="" if run is None else run.name,
        exclusions=tuple(_exclusions(heard, faults, groups, label)),
    )


def _listen(
    dataset: Dataset, workers: int, progress: Progress | None
) -> tuple[list[Heard], list[Relation]]:
    tracks = dataset.tracks
    heard = listen_to_all(tracks, workers=workers, progress=progress)

    def compare(i: int, j: int, offset: float, begin: float, end: float) -> float:
        return similarity(tracks[i], tracks[j], offset=offset, begin=begin, end=end)

    relations = find_relations(
        heard,
        [t.source for t in tracks],
        compare,
        seconds_a_frame=HOP_LENGTH / SAMPLE_RATE,
    )
    return heard, relations


def _look(
    store: FeatureStore, dataset: Dataset, progress: Progress | None
) -> tuple[list[Heard], list[Relation]]:
    rate = float(store.front_end.get("rate", 1.0))
    source = {t.id: t.source for t in dataset.tracks}
    heard = [h for h in look_at_all(store, rate=rate, progress=progress) if h.track_id in source]

    def compare(i: int, j: int, offset: float, begin: float, end: float) -> float:
        pictures = (store.frames(heard[k].track_id) for k in (i, j))
        return picture_similarity(*pictures, offset=round(offset * rate))

    relations = find_relations(
        heard,
        [source[h.track_id] for h in heard],
        compare,
        seconds_a_frame=1 / rate,
        least_similarity=LEAST_PICTURE_SIMILARITY,
    )
    return heard, relations


def doubted_labels(dataset: Dataset, run: RunResult) -> list[Suspicion]:
    """Return the labels that a run's test parts doubt; several tests of a track are averaged."""
    test = run.test
    known = {t.id: t.label for t in dataset.tracks}
    rows = test.table["track_id"].isin(list(known)).to_numpy()
    if not rows.any():
        raise RunError(
            f"{run.name}: tested no track of the data set {dataset.name!r}; give a run on it."
        )
    ids, place = np.unique(test.table["track_id"].to_numpy(str)[rows], return_inverse=True)
    total = np.zeros((len(ids), len(test.labels)))
    np.add.at(total, place, test.probabilities[rows])
    mean = total / np.bincount(place)[:, None]
    index = {label: k for k, label in enumerate(test.labels)}
    odd = sorted({known[i] for i in ids} - set(index))
    if odd:
        raise RunError(f"{run.name}: knows no class {odd[0]!r}, which the data set has.")
    y = np.array([index[known[i]] for i in ids])
    return suspicious([str(i) for i in ids], test.labels, y, mean)


def read_folds(run: str | Path) -> list[Fold]:
    """Read the folds of a run folder."""
    path = Path(run) / "folds.json"
    try:
        listed = json.loads(path.read_text(encoding="utf-8"))
        return [
            Fold(int(f["index"]), *(tuple(f[part]) for part in ("train", "valid", "test")))
            for f in listed
        ]
    except FileNotFoundError:
        raise RunError(f"{run} is no run folder: it has no folds.json.") from None
    except (KeyError, TypeError, ValueError) as error:
        raise RunError(f"{path} is damaged ({error}).") from error


def _exclusions(
    heard: Sequence[Heard],
    faults: Sequence[Fault],
    groups: Sequence[tuple[str, ...]],
    label: Mapping[str, str],
) -> list[Exclusion]:
    """Return what is better left out, a track once.

    Of a family the longest track stays, of equals the first by id. If its labels contradict each
    other none stays: which is right cannot be told from here.
    """
    reasons: dict[str, str] = {}
    for fault in faults:
        if fault.kind in TO_EXCLUDE:
            reasons.setdefault(fault.track_id, f"{fault.kind}: {fault.message}")
    seconds = {h.track_id: h.seconds for h in heard}
    for group in groups:
        left = [i for i in group if i not in reasons]
        if len({label[i] for i in left}) > 1:
            for i in left:
                others = ", ".join(f"{j} ({label[j]})" for j in left if j != i)
                reasons[i] = f"one recording with several labels: {others}"
            continue
        stays = min(left, key=lambda i: (-round(seconds[i], 1), i), default="")
        for i in left:
            if i != stays:
                reasons[i] = f"the same recording as {stays}"
    return [Exclusion(i, reasons[i]) for i in sorted(reasons)]


def exclusion_list(found: Audit) -> str:
    """Return the exclusion list that ``datasets.load(..., exclude=...)`` reads.

    A line is a track id, a tab and the reason. Doubted labels are not in it: to leave out what a
    model finds hard would flatter every model.
    """
    lines = [
        f"# {len(found.exclusions)} of {found.tracks} tracks of {found.dataset} "
        f"({found.fingerprint}) that genrelab audit would leave out: id, tab, reason.",
        *(f"{e.track_id}\t{' '.join(e.reason.split())}" for e in found.exclusions),
    ]
    return "\n".join(lines) + "\n"
