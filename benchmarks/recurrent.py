"""A training step of the recurrences written here, against torch's own of the same size."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn

from benchmarks.measure import Row, times_faster
from genrelab.models.indrnn import IndRNNLayer
from genrelab.models.skip_rnn import SkipGRULayer
from genrelab.training.allocator import keep_freed_memory

BATCH, FRAMES, FEATURES, UNITS = 16, 647, 128, 128


def rows() -> Iterator[Row]:
    """Yield a row for each layer and number of threads."""
    keep_freed_memory()
    before = torch.get_num_threads()
    pairs = (
        ("IndRNN", IndRNNLayer(FEATURES, UNITS), "LSTM", nn.LSTM(FEATURES, UNITS), ">= 1"),
        ("skip-RNN", SkipGRULayer(FEATURES, UNITS, 10), "GRU", nn.GRU(FEATURES, UNITS), ""),
    )
    try:
        for threads in (1, 2):
            torch.set_num_threads(threads)
            for name, ours, other, theirs, aim in pairs:
                ratio, low, high, seconds = times_faster(_step(ours), _step(theirs))
                yield Row(
                    f"{name} training step, {threads} thread{'s' * (threads > 1)}",
                    f"torch's {other} of the same size",
                    ratio,
                    low,
                    high,
                    aim,
                    f"{1e3 * seconds:.0f} ms for {BATCH} x {FRAMES} frames, {UNITS} units",
                )
    finally:
        torch.set_num_threads(before)


def _step(layer: nn.Module) -> Callable[[], None]:
    """Return a function that goes forward and backward once."""
    torch.manual_seed(0)
    x = torch.randn(FRAMES, BATCH, FEATURES)
    gradient = torch.randn(FRAMES, BATCH, UNITS)

    def step() -> None:
        layer.zero_grad()
        given = layer(x)
        states: Tensor = given[0] if isinstance(given, tuple) else given
        states.backward(gradient)

    return step
