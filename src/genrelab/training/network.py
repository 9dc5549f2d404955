"""Training one network on one fold, epoch by epoch, on Lightning Fabric.

Fabric gives devices, precision and data-parallel training; the loop is spelled out here, because
it must go on after a kill exactly where it stood. All chance in an epoch comes from ``(seed,
epoch)``, so an epoch that is begun again is the same epoch.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from lightning.fabric import Fabric
from numpy.typing import NDArray
from torch import nn

from genrelab import models
from genrelab.features import Windowing
from genrelab.runtime.aggregate import Aggregate, softmax
from genrelab.training import checkpoint
from genrelab.training.allocator import keep_freed_memory
from genrelab.training.examples import Examples
from genrelab.training.freeze import Frozen
from genrelab.training.recipe import Training
from genrelab.training.schedule import EarlyStopping, Schedule, make_optimizer

History = list[dict[str, float]]
Listener = Callable[[dict[str, float]], None]

LAST = "last.safetensors"
BEST = "weights.safetensors"
#: Windows in one forward pass at test; a number of its own so that results do not depend on the
#: training batch.
TEST_BATCH = 32


@dataclass(frozen=True)
class Job:
    """All that a training process needs to know.

    Parameters
    ----------
    model
        Name and options, ``n_classes`` and ``n_bins`` included.
    training
        The recipe's part.
    windowing
        Length and padding of the inputs.
    seed
        Of weights, shuffling and crops.
    folder
        Where checkpoints and weights are kept.
    """

    model: dict[str, Any]
    training: Training
    windowing: Windowing
    seed: int
    folder: Path


def make_network(model: dict[str, Any], seed: int) -> nn.Module:
    """Return the model with weights drawn from the seed; torch's own generator is left alone."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network: nn.Module = models.create(**model)
    # Convolutions on CPUs and on GPUs' tensor cores want the channels side by side.
    return cast(nn.Module, cast(Any, network).to(memory_format=torch.channels_last))


def fit_network(
    job: Job,
    train: Examples,
    valid: Examples | None,
    listener: Listener | None = None,
    *,
    test: Examples | None = None,
) -> tuple[nn.Module, History]:
    """Train, or go on training, and return the network with the chosen weights, and the history.

    A row of the history has ``epoch`` (from 1), ``train_loss``, ``train_accuracy``,
    ``valid_loss`` and ``valid_accuracy`` (not a number without a validation part),
    ``learning_rate`` and ``seconds``. With ``training.curve``, every so many epochs it also has
    ``test_accuracy`` of ``test``, which nothing looks at.
    """
    settings = job.training
    job.folder.mkdir(parents=True, exist_ok=True)
    for name in ("lightning.fabric", "lightning.pytorch"):  # they announce the precision
        logging.getLogger(name).setLevel(logging.WARNING)
    keep_freed_memory()
    fabric = Fabric(
        accelerator=settings.accelerator,
        devices=settings.devices,
        strategy="ddp_spawn" if settings.devices > 1 else "auto",
        precision=cast(Any, settings.precision),
    )
    if settings.devices > 1:
        fabric.launch(partial(_train, job=job, train=train, valid=valid, test=test, listener=None))
    else:
        _train(fabric, job, train, valid, test, listener)
    # What was trained is read back from disk: the processes of several devices are gone by now,
    # and a run that goes on after its last epoch takes the same way.
    state = checkpoint.load(job.folder / LAST)
    best = checkpoint.load(job.folder / BEST)
    if state is None or best is None:
        raise RuntimeError(f"training left no checkpoint in {job.folder}")
    network = make_network(job.model, job.seed)
    network.load_state_dict(best["network"])
    return network.eval(), state["history"]


def _train(
    fabric: Fabric,
    job: Job,
    train: Examples,
    valid: Examples | None,
    test: Examples | None,
    listener: Listener | None,
) -> None:
    settings = job.training
    bare = make_network(job.model, job.seed)
    frozen = Frozen(bare, settings.freeze)
    learning = [p for p in bare.parameters() if p.requires_grad]
    network, optimizer = fabric.setup(bare, make_optimizer(learning, settings))
    steps = math.ceil(len(train) / (settings.batch_size * fabric.world_size))
    schedule = Schedule(optimizer, settings, steps)
    stopping = EarlyStopping(settings.early_stopping_patience, settings.early_stopping_min_delta)
    history: History = []
    best, stopped = -math.inf, False

    saved = checkpoint.load(job.folder / LAST)
    if saved is not None:
        bare.load_state_dict(saved["network"])
        optimizer.load_state_dict(saved["optimizer"])
        schedule.load_state_dict(saved["schedule"])
        stopping = EarlyStopping(**saved["stopping"])
        history, best, stopped = saved["history"], saved["best"], saved["stopped"]

    while len(history) < settings.epochs and not stopped:
        epoch = len(history) + 1
        began = time.perf_counter()
        learning_rate = optimizer.param_groups[0]["lr"]
        torch.manual_seed(_seed_of(job.seed, epoch, fabric.global_rank))
        train_loss, train_accuracy = _epoch(
            fabric, network, optimizer, schedule, frozen, job, train, epoch
        )
        if settings.early_stopping == "train_loss":
            stopped = stopping.should_stop(train_loss)
        valid_loss, valid_accuracy = math.nan, math.nan
        last = stopped or epoch == settings.epochs
        if last or epoch % settings.validate_every == 0:
            valid_loss, valid_accuracy = _score(bare, valid, job, fabric.device)
        schedule.after_epoch(train_loss)
        if settings.early_stopping == "valid_loss":
            stopped = stopping.should_stop(valid_loss)
        row = {
            "epoch": epoch,
            "train_loss": train_loss,
            "train_accuracy": train_accuracy,
            "valid_loss": valid_loss,
            "valid_accuracy": valid_accuracy,
            "learning_rate": learning_rate,
            "seconds": time.perf_counter() - began,
        }
        # After the clock stopped: what is only looked at is no part of an epoch's time.
        if settings.curve and epoch % settings.curve == 0:
            row["test_accuracy"] = _score(bare, test, job, fabric.device)[1]
        history.append(row)
        keep_last = settings.keep == "last" or valid is None or not len(valid)
        better = keep_last or valid_accuracy > best
        best = max(best, valid_accuracy) if not math.isnan(valid_accuracy) else best
        if fabric.is_global_zero:
            # The weights first: a kill between the two repeats this epoch and writes both again.
            if better:
                checkpoint.save(job.folder / BEST, {"network": bare.state_dict(), "epoch": epoch})
            state = {
                "network": bare.state_dict(),
                "optimizer": optimizer.state_dict(),
                "schedule": schedule.state_dict(),
                "stopping": asdict(stopping),
                "history": history,
                "best": best,
                "stopped": stopped,
            }
            checkpoint.save(job.folder / LAST, state)
            if listener is not None:
                listener(row)
        fabric.barrier()


def _epoch(
    fabric: Fabric,
    network: nn.Module,
    optimizer: Any,
    schedule: Schedule,
    frozen: Frozen,
    job: Job,
    train: Examples,
    epoch: int,
) -> tuple[float, float]:
    """Run over the training part once; return mean loss and accuracy as the steps saw them."""
    settings = job.training
    network.train()
    frozen.begin(epoch)
    criterion = nn.CrossEntropyLoss(label_smoothing=settings.label_smoothing)
    totals = torch.zeros(3, dtype=torch.float64, device="cpu")  # loss, right, seen
    batches = _batches(len(train), settings.batch_size, fabric, job.seed, epoch)
    for step, chosen in enumerate(batches):
        rng = np.random.default_rng([job.seed, epoch, fabric.global_rank, step])
        x = torch.from_numpy(train.crops(chosen, job.windowing, rng)).to(fabric.device)
        x = x.contiguous(memory_format=torch.channels_last)  # (batch, 1, bins, frames)
        y = torch.from_numpy(train.y[list(chosen)]).to(fabric.device)
        logits = network(x)
        loss = criterion(logits.float(), y)
        optimizer.zero_grad()
        fabric.backward(loss)
        frozen.drop_gradients(epoch)
        if settings.gradient_clip:
            fabric.clip_gradients(network, optimizer, max_norm=settings.gradient_clip)
        optimizer.step()
        schedule.after_step()
        right = (logits.argmax(1) == y).sum()
        totals += torch.tensor([loss.item() * len(y), right.item(), len(y)], dtype=torch.float64)
    totals = fabric.all_reduce(totals.to(fabric.device), reduce_op="sum").cpu()  # type: ignore[union-attr]
    return float(totals[0] / totals[2]), float(totals[1] / totals[2])


def _batches(
    n: int, batch_size: int, fabric: Fabric, seed: int, epoch: int
) -> Iterator[tuple[int, ...]]:
    """Yield this device's batches of an epoch: a shuffle that depends on seed and epoch alone."""
    order = np.random.default_rng([seed, epoch]).permutation(n)
    # Every device makes as many steps: the last round is filled up from the start of the order.
    whole = math.ceil(n / fabric.world_size) * fabric.world_size
    order = np.resize(order, whole)[fabric.global_rank :: fabric.world_size]
    for start in range(0, len(order), batch_size):
        yield tuple(int(i) for i in order[start : start + batch_size])


def predict_logits(
    network: nn.Module,
    examples: Examples,
    windowing: Windowing,
    device: torch.device,
    *,
    call: Callable[[torch.Tensor], torch.Tensor] | None = None,
) -> list[NDArray[np.float32]]:
    """Return each track's logits, ``(windows, classes)``, with the network in evaluation mode.

    ``call`` asks something else of the network than its forward pass, a row an input too.
    """
    call = call or network
    was_training = network.training
    network.eval()
    logits: list[NDArray[np.float32]] = []
    waiting: list[NDArray[np.float32]] = []  # windows of the tracks that await the next pass
    with torch.inference_mode():
        for i in range(len(examples)):
            waiting.append(examples.windows(i, windowing))
            if sum(map(len, waiting)) < TEST_BATCH and i + 1 < len(examples):
                continue
            x = torch.from_numpy(np.concatenate(waiting)[:, None])
            x = x.contiguous(memory_format=torch.channels_last)
            rows = [call(part.to(device)).float().cpu() for part in torch.split(x, TEST_BATCH)]
            joined = torch.cat(rows).numpy()
            for windows in waiting:
                logits.append(joined[: len(windows)])
                joined = joined[len(windows) :]
            waiting = []
    network.train(was_training)
    return logits


def track_probabilities(
    logits: list[NDArray[np.float32]], temperature: float = 1.0, aggregate: str = "mean"
) -> NDArray[np.float64]:
    """Return what the windows' logits make of each track: ``(tracks, classes)``."""
    p = softmax(np.concatenate(logits), temperature)
    rows, begin = [], 0
    for windows in logits:
        track = Aggregate(aggregate, p.shape[1])
        track.add(p[begin : begin + len(windows)])
        rows.append(track.probabilities())
        begin += len(windows)
    return np.stack(rows)


def _score(
    network: nn.Module, examples: Examples | None, job: Job, device: torch.device
) -> tuple[float, float]:
    """Return log loss and accuracy over the tracks; not a number where there are none."""
    if examples is None or not len(examples):
        return math.nan, math.nan
    logits = predict_logits(network, examples, job.windowing, device)
    picked = track_probabilities(logits)[np.arange(len(examples)), examples.y]
    loss = -np.log(np.maximum(picked, 1e-12)).mean()
    decided = track_probabilities(logits, aggregate=job.training.aggregate).argmax(axis=1)
    return float(loss), float((decided == examples.y).mean())


def _seed_of(*numbers: int) -> int:
    return int(np.random.SeedSequence(numbers).generate_state(1, np.uint32)[0])
