"""Does the papers' order hold? The page docs/order.md, from the predictions that were kept."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from genrelab.evaluation import plots
from genrelab.evaluation.canvas import write_picture
from genrelab.evaluation.comparison import Comparison, compare
from genrelab.evaluation.result import RunResult
from genrelab.evaluation.summary import summarise
from genrelab.evaluation.wording import percent, percent_bounds, signed_bounds, signed_points

RUNS = Path(__file__).parents[1] / "results" / "runs"
PICTURE = "order-intervals"


@dataclass(frozen=True)
class Claim:
    """What a paper says of two models: the newer one first, accuracies in per cent."""

    newer: str
    older: str
    source: str
    newer_accuracy: float
    older_accuracy: float
    #: Our runs of the two end in their names and begin with this.
    base: str

    @property
    def published(self) -> float | None:
        """The paper's difference as a share; ``None`` where it has none."""
        difference = (self.newer_accuracy - self.older_accuracy) / 100
        return None if math.isnan(difference) else difference

    @property
    def names(self) -> tuple[str, str]:
        """The names of our two runs."""
        return f"{self.base}-{self.newer}", f"{self.base}-{self.older}"


CLAIMS = (
    Claim("lgnet", "resnet18", "lgnet2023, Table 1, mel", 82.71, 74.55, "gtzan-mel"),
    Claim("lgnet", "resnet18", "none on this set", float("nan"), float("nan"), "fma-small-mel"),
    Claim("broadcast", "bbnn", "heakl2022, Table II, GTZAN", 90.0, 89.0, "gtzan-mel"),
    Claim("broadcast", "bbnn", "heakl2022, Table II, FMA", 58.3, 56.9, "fma-small-mel"),
)


def page() -> str:
    """Return the page; every number on it is computed anew."""
    found = [(claim, *_pair(claim)) for claim in CLAIMS]
    lines = [
        "# Does the papers' order hold under an honest split?",
        "",
        "Written by `make docs` from the predictions in `results/runs/`; do not edit.",
        "",
        "lgnet2023 puts LGNet 8 points above the ResNet-18 that it is built on; heakl2022 puts",
        "its broadcast network 1 to 3 points above BBNN. Both pairs were trained here on the same",
        "features, folds, crops, epochs and batches, and tested on artists that they had never",
        "heard: GTZAN's fault-filtered split (443/197/290 tracks), three times with other",
        "weights, and three artist-grouped folds of half of FMA-small. The features are",
        "spectrograms scaled track by track, GTZAN's recovered from pictures at half the papers'",
        "frame rate; accuracies are below those of real audio, for both models of a pair alike.",
        "Each network was trained as its own paper says where that can be (optimizer, learning",
        "rate, weight decay), on crops and with far fewer epochs; nothing was chosen but the",
        "epoch, on the validation part.",
        "",
        "## The answer",
        "",
        *[f"- {_answer(claim, comparison)}" for claim, comparison, _ in found],
        "",
        "## The numbers",
        "",
        "| pair | data | newer | older | difference (95 % interval) | in the paper |",
        "| --- | --- | ---: | ---: | --- | --- |",
        *[_row(claim, comparison, runs) for claim, comparison, runs in found],
        "",
        "Differences are paired by track, their intervals and tests go over artists; a p value is",
        "that of the sign-flip test. They say what other artists would do to the difference, given",
        "these trained networks.",
        "",
        *[f"- {comparison.sentence}" for _, comparison, _ in found],
        "",
        f"![Accuracy of all four networks with intervals](pictures/{PICTURE}.png)",
        "",
        "## What the experts did",
        "",
        "LGNet's gain is said to come from experts that specialise. How many of the four were in",
        "use on the test parts, as the exponential of the entropy of their shares (1: one expert",
        "judges everything, 4: all judge equally much):",
        "",
        *[f"- `{claim.base.replace('-', '_')}`: {_experts(claim)}." for claim in CLAIMS[:2]],
        "",
        "## Does the skip connection regularise?",
        "",
        "asgharivaskasi (section 6, Figures 14 to 17) finds that a GRU whose hidden state also",
        "reaches ahead learns its training tracks less well, and unseen ones as well as before: a",
        "smaller gap between the two. Both on `gtzan_mel`, trained alike for 30 epochs, three",
        "times each, the state reaching 10 frames (0.9 s) ahead; accuracy in per cent. The effect",
        "would be a smaller number in the last column.",
        "",
        "| model | training | validation | test | training above validation |",
        "| --- | ---: | ---: | ---: | ---: |",
        *[_gap_row(name) for name in ("gru", "skip-gru")],
        "",
        compare([_run("gtzan-mel-skip-gru"), _run("gtzan-mel-gru")])[0].sentence,
        "",
        "## To run it again",
        "",
        "```console",
        *[
            f"genrelab run {name} --data {'GTZAN_MEL' if 'gtzan' in name else 'FMA_SMALL_MEL'}"
            for name in _names()
        ],
        "```",
    ]
    return "\n".join(lines) + "\n"


def draw(folder: Path) -> None:
    """Draw the picture of the page."""
    scores = [(name, summarise(_run(name)).scores.accuracy) for name in _names()]
    write_picture(plots.intervals_figure(scores), folder / f"{PICTURE}.png", dpi=100)


def _names() -> list[str]:
    return list(dict.fromkeys(name for claim in CLAIMS for name in claim.names))


def _gap_row(name: str) -> str:
    """Return accuracy of the parts of a run on gtzan_mel, and how far training lies above."""
    parts = {
        part: float((table.y_true == table.y_pred).mean())
        for part in ("train", "valid", "test")
        for table in [_run(f"gtzan-mel-{name}").predictions.of(part)]
    }
    cells = [percent(value) for value in parts.values()]
    gap = signed_points(parts["train"] - parts["valid"])
    return f"| `{name.replace('-', '_')}` | {' | '.join(cells)} | {gap} |"


def _run(name: str) -> RunResult:
    return RunResult.read(RUNS / name)


def _pair(claim: Claim) -> tuple[Comparison, tuple[RunResult, RunResult]]:
    newer, older = (_run(name) for name in claim.names)
    (comparison,) = compare([newer, older])
    return comparison, (newer, older)


def _experts(claim: Claim) -> str:
    """Say how many experts were in use on the test part of each fold."""
    found = [r for r in summarise(_run(claim.names[0])).routing if r.part == "test"]
    each = ", ".join(f"{r.effective:.1f}" for r in found)
    most = max(max(r.shares) for r in found)
    return f"{each} in the folds; at most {percent(most)} % of a test part went to one expert"


def _answer(claim: Claim, comparison: Comparison) -> str:
    """Say in plain words whether the order holds."""
    assert comparison.paired is not None
    where = f"`{claim.newer}` over `{claim.older}` on `{claim.base.replace('-', '_')}`"
    d = comparison.paired.difference
    if not comparison.paired.stands:
        words = (
            f"{where}: cannot be told. The difference is {signed_points(d.value)} points, and "
            f"anything from {signed_bounds(d)} goes with the data."
        )
        if claim.published is not None and d.low is not None and d.high is not None:
            within = d.low <= claim.published <= d.high
            words += (
                f" The paper's {signed_points(claim.published)} {'does' if within else 'does not'}."
            )
        return words
    verdict = "holds" if d.value > 0 else "does not hold: it is reversed"
    return f"{where}: the order {verdict}, by {signed_points(d.value)} points ({signed_bounds(d)})."


def _row(claim: Claim, comparison: Comparison, runs: tuple[RunResult, RunResult]) -> str:
    assert comparison.paired is not None
    d = comparison.paired.difference
    said = "-"
    if claim.published is not None:
        points = signed_points(claim.published)
        said = f"{claim.newer_accuracy:g} and {claim.older_accuracy:g}: {points} ({claim.source})"
    accuracies = [summarise(run).scores.accuracy for run in runs]
    cells = [
        f"`{claim.newer}`, `{claim.older}`",
        runs[0].dataset,
        *[f"{percent(a.value)} % ({percent_bounds(a)})" for a in accuracies],
        f"{signed_points(d.value)} ({signed_bounds(d)})",
        said,
    ]
    return "| " + " | ".join(cells) + " |"
