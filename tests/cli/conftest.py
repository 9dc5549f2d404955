"""The command line, run as a user runs it."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from genrelab.cli import main
from genrelab.export.onnx import export_module
from genrelab.features import LogMel, Windowing
from genrelab.models.bbnn import BBNN
from genrelab.runtime.bundle import BundleInfo

Run = Callable[..., "subprocess.CompletedProcess[bytes]"]


@pytest.fixture(scope="session")
def genrelab() -> Run:
    """Return a function that runs the command with arguments and gives what it printed.

    It runs in this process, which saves the start of Python and all imports; an exception that
    escapes fails the test.
    """

    def run(*arguments: str | Path | bytes) -> subprocess.CompletedProcess[bytes]:
        argv = ["genrelab", *map(os.fsdecode, arguments)]
        with pytest.MonkeyPatch.context() as patch, contextlib.ExitStack() as stack:
            patch.setattr(sys, "argv", argv)
            out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
            stack.enter_context(contextlib.redirect_stdout(out))
            stack.enter_context(contextlib.redirect_stderr(err))
            code = 0
            try:
                main()
            except SystemExit as end:
                code = end.code if isinstance(end.code, int) else int(end.code is not None)
        written = []
        for stream in (out, err):
            stream.flush()
            written.append(stream.buffer.getvalue())  # type: ignore[attr-defined]
        return subprocess.CompletedProcess(argv, code, *written)

    return run


@pytest.fixture(scope="session")
def genrelab_process() -> Run:
    """Return the same as a process of its own."""

    def run(*arguments: str | Path | bytes) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [sys.executable, "-m", "genrelab.cli", *arguments], capture_output=True
        )

    return run


@pytest.fixture(scope="session")
def small_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a bundle of an untrained network that answers quickly."""
    torch.manual_seed(1)
    front_end = LogMel(n_mels=16, hop_length=2048)
    info = BundleInfo(
        model={"name": "bbnn"},
        labels=("blues", "jazz", "pop", "rock"),
        front_end=front_end.to_dict(),
        windowing=Windowing(frames=32, hop=32, pad="repeat"),
        temperature=2.0,
    )
    path = tmp_path_factory.mktemp("bundle") / "small.onnx"
    return export_module(BBNN(4, blocks=1, width=8), info, path, example_frames=32)
