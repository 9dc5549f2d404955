"""Training steps on the CPU: with freed memory kept, and every network against BBNN."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator

import torch

from benchmarks.measure import Row, times_faster
from genrelab import models
from genrelab.features import create
from genrelab.training.allocator import keep_freed_memory

#: A batch of crops.
BATCH, FRAMES, CLASSES = 16, 128, 10

# Each way in a process of its own: the switch cannot be taken back.
PROGRAM = """
import json, sys, time, torch
from genrelab import models
from genrelab.training.allocator import keep_freed_memory
if sys.argv[1] == "keep":
    keep_freed_memory()
torch.manual_seed(0)
network = models.create("bbnn", n_classes=4).to(memory_format=torch.channels_last)
optimizer = torch.optim.Adam(network.parameters())
x = torch.randn(16, 1, 128, 128).contiguous(memory_format=torch.channels_last)
y = torch.randint(0, 4, (16,))
seconds = []
for _ in range(6):
    start = time.perf_counter()
    loss = torch.nn.functional.cross_entropy(network(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    seconds.append(time.perf_counter() - start)
print(json.dumps(sorted(seconds[1:])[2]))
"""


def rows() -> Iterator[Row]:
    """Keeping freed memory, then every network's step against BBNN's."""
    yield from _memory_rows()
    keep_freed_memory()
    bbnn = _step("bbnn")
    for name in models.names("neural"):
        if name != "bbnn":
            ratio, low, high, seconds = times_faster(_step(name), bbnn, repeats=3)
            detail = f"{seconds / BATCH * 1e3:.1f} ms a crop of {FRAMES} frames"
            yield Row(f"`{name}` training step", "`bbnn`", ratio, low, high, "", detail)


def _step(name: str) -> Callable[[], object]:
    """Return a call that makes one training step on a batch of crops of a model's own bins."""
    bins = create(**models.entry(name).front_end).n_bins
    torch.manual_seed(0)
    network = models.create(name, n_classes=CLASSES, n_bins=bins)
    network.to(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(network.parameters())
    x = torch.randn(BATCH, 1, bins, FRAMES).contiguous(memory_format=torch.channels_last)
    y = torch.randint(0, CLASSES, (BATCH,))

    def step() -> None:
        loss = torch.nn.functional.cross_entropy(network(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return step


def _memory_rows() -> Iterator[Row]:
    """Median of five steps of BBNN on 16 crops of 128 frames, three processes each."""
    ratios = []
    for _ in range(3):
        times = {}
        for way in ("keep", "give"):
            done = subprocess.run(
                [sys.executable, "-c", PROGRAM, way], capture_output=True, check=True, text=True
            )
            times[way] = json.loads(done.stdout)
        ratios.append(times["give"] / times["keep"])
    ratios.sort()
    yield Row(
        "BBNN training step",
        "the same, memory given back",
        ratios[1],
        ratios[0],
        ratios[2],
        "",
        f"{times['keep'] / 16 * 1e3:.0f} ms a crop of 128 frames",
    )
