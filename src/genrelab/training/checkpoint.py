"""Checkpoints without pickle: tensors as safetensors, everything else as JSON beside them.

A checkpoint is one file, put in place in one step: a process killed at any moment leaves the last
whole one.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

_STATE = "state"
_TENSOR = "tensor:"


def save(path: Path, state: Mapping[str, Any]) -> None:
    """Write nested dicts and lists of tensors, numbers, strings and ``None`` to one file."""
    tensors: dict[str, torch.Tensor] = {}
    structure = _take_tensors(state, tensors)
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    save_file(tensors, partial, metadata={_STATE: json.dumps(structure)})
    partial.replace(path)


def load(path: Path) -> dict[str, Any] | None:
    """Read what :func:`save` wrote; ``None`` where there is no checkpoint that can be read."""
    try:
        with safe_open(path, framework="pt") as file:
            structure = json.loads(file.metadata()[_STATE])
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    except (FileNotFoundError, SafetensorError, KeyError, json.JSONDecodeError):
        return None
    restored: dict[str, Any] = _put_tensors(structure, tensors)
    return restored


def _take_tensors(value: Any, tensors: dict[str, torch.Tensor]) -> Any:
    if isinstance(value, torch.Tensor):
        key = f"{_TENSOR}{len(tensors)}"
        # Clones: safetensors refuses tensors that share memory.
        tensors[key] = value.detach().cpu().contiguous().clone()
        return key
    if isinstance(value, Mapping):
        # Pairs, because optimizers key their state by number and JSON knows text alone.
        return {"pairs": [[k, _take_tensors(v, tensors)] for k, v in value.items()]}
    if isinstance(value, (list, tuple)):
        return [_take_tensors(v, tensors) for v in value]
    return value


def _put_tensors(value: Any, tensors: Mapping[str, torch.Tensor]) -> Any:
    if isinstance(value, str) and value.startswith(_TENSOR):
        return tensors[value]
    if isinstance(value, dict):
        return {k: _put_tensors(v, tensors) for k, v in value["pairs"]}
    if isinstance(value, list):
        return [_put_tensors(v, tensors) for v in value]
    return value
