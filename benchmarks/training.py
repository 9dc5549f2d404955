"""What keeping freed memory in the process does to a training step on the CPU."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator

from benchmarks.measure import Row

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
