import os
import signal
import subprocess
import sys
import textwrap

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from genrelab.training import checkpoint

plain = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False)
words = st.text(max_size=8).filter(lambda s: not s.startswith("tensor:"))
tensors = st.lists(st.floats(-1e3, 1e3), max_size=4).map(torch.tensor)
states = st.recursive(
    plain | words | tensors,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=5) | st.integers(0, 9), inner, max_size=3)
    ),
    max_leaves=12,
)


def same(a, b):
    if isinstance(a, torch.Tensor):
        return isinstance(b, torch.Tensor) and a.dtype == b.dtype and torch.equal(a, b)
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    if isinstance(a, list):
        return len(a) == len(b) and all(map(same, a, b))
    return type(a) is type(b) and a == b


@given(st.dictionaries(st.text(max_size=5), states, max_size=4))
def test_what_is_saved_loads_back(tmp_path_factory, state):
    path = tmp_path_factory.mktemp("checkpoint") / "state"
    checkpoint.save(path, state)
    assert same(state, checkpoint.load(path))


def test_not_a_number_survives(tmp_path):
    checkpoint.save(tmp_path / "c", {"loss": float("nan"), "best": float("-inf")})
    state = checkpoint.load(tmp_path / "c")
    assert state["loss"] != state["loss"]
    assert state["best"] == float("-inf")


@pytest.mark.parametrize("content", [b"", b"\x00" * 100, b"not a checkpoint"])
def test_what_is_no_checkpoint_is_as_if_there_were_none(tmp_path, content):
    (tmp_path / "c").write_bytes(content)
    assert checkpoint.load(tmp_path / "c") is None
    assert checkpoint.load(tmp_path / "missing") is None


def test_nothing_of_it_is_pickled(tmp_path):
    checkpoint.save(tmp_path / "c", {"a": torch.arange(3), "b": ["x", None]})
    assert b"pickle" not in (tmp_path / "c").read_bytes()
    with pytest.raises(TypeError):
        checkpoint.save(tmp_path / "c", {"object": object()})
    assert checkpoint.load(tmp_path / "c")["b"] == ["x", None]


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_a_kill_while_saving_leaves_a_whole_one(tmp_path):
    program = textwrap.dedent(
        """
        import sys, pathlib, torch
        from genrelab.training import checkpoint
        path = pathlib.Path(sys.argv[1])
        for n in range(10**6):
            checkpoint.save(path, {"n": n, "t": torch.full((200_000,), float(n))})
            if n == 3:
                print("ready", flush=True)
        """
    )
    path = tmp_path / "c"
    child = subprocess.Popen(
        [sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE, env=os.environ
    )
    assert child.stdout.readline() == b"ready\n"
    child.kill()
    child.wait()
    child.stdout.close()
    state = checkpoint.load(path)
    assert state["n"] >= 3
    assert torch.equal(state["t"], torch.full((200_000,), float(state["n"])))
