"""Keras 2 model files for tests: written in Keras' layout, and evaluated layer by layer.

The evaluation follows the file's own graph and knows nothing of BBNN.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor


class KerasFile:
    """Builds a graph of layers with random weights, numbered from anywhere as Keras does."""

    def __init__(self, *, first_number: int = 1, seed: int = 0) -> None:
        self._rng = np.random.default_rng(seed)
        self._next = first_number
        self.layers: list[dict[str, Any]] = []
        self.weights: dict[str, dict[str, NDArray[np.float32]]] = {}
        self.channels: dict[str, int] = {}

    def add(self, kind: str, inputs: list[str], channels: int, **config: Any) -> str:
        name = f"{kind.lower()}_{self._next}"
        self._next += 1
        nodes = [[[i, 0, 0, {}] for i in inputs]] if inputs else []
        self.layers.append(
            {"name": name, "class_name": kind, "config": config, "inbound_nodes": nodes}
        )
        self.channels[name] = channels
        return name

    def random(self, *shape: int, scale: float = 1.0) -> NDArray[np.float32]:
        return (self._rng.standard_normal(shape) * scale).astype(np.float32)

    def conv(self, x: str, kernel: int, filters: int = 32) -> str:
        n = self.channels[x]
        name = self.add(
            "Conv2D",
            [x],
            filters,
            filters=filters,
            kernel_size=[kernel, kernel],
            strides=[1, 1],
            padding="same",
            dilation_rate=[1, 1],
            activation="linear",
            use_bias=True,
            data_format="channels_last",
        )
        self.weights[name] = {
            "kernel": self.random(kernel, kernel, n, filters, scale=(n * kernel**2) ** -0.5),
            "bias": self.random(filters, scale=0.1),
        }
        return name

    def bn_relu(self, x: str) -> str:
        n = self.channels[x]
        name = self.add(
            "BatchNormalization", [x], n, axis=-1, epsilon=1e-3, center=True, scale=True
        )
        self.weights[name] = {
            "gamma": 1 + self.random(n, scale=0.2),
            "beta": self.random(n, scale=0.2),
            "moving_mean": self.random(n, scale=0.2),
            "moving_variance": np.abs(self.random(n)) + 0.5,
        }
        return self.add("Activation", [name], n, activation="relu")

    def pool(self, kind: str, x: str, size: list[int], strides: list[int], padding: str) -> str:
        return self.add(
            kind,
            [x],
            self.channels[x],
            pool_size=size,
            strides=strides,
            padding=padding,
            data_format="channels_last",
        )

    def concatenate(self, inputs: list[str]) -> str:
        total = sum(self.channels[i] for i in inputs)
        return self.add("Concatenate", inputs, total, axis=-1)

    def bbnn(self, n_classes: int, *, frames: int = 647, bins: int = 128) -> KerasFile:
        """Add the whole of BBNN, in the order of Keras' own listing: not that of the graph."""
        x = self.add("InputLayer", [], 1, batch_input_shape=[None, frames, bins, 1])
        x = self.bn_relu(self.conv(x, 3))
        x = self.pool("MaxPooling2D", x, [4, 1], [4, 1], "valid")
        for _ in range(3):
            pooled = self.pool("MaxPooling2D", x, [3, 3], [1, 1], "same")
            branches = [
                self.conv(self.bn_relu(x), 1),
                self.conv(self.bn_relu(self.conv(self.bn_relu(x), 1)), 3),
                self.conv(self.bn_relu(self.conv(self.bn_relu(x), 1)), 5),
                self.conv(self.bn_relu(pooled), 1),
            ]
            x = self.concatenate([x, self.concatenate(branches)])
        x = self.conv(self.bn_relu(x), 1)
        x = self.bn_relu(self.pool("AveragePooling2D", x, [2, 2], [2, 2], "valid"))
        x = self.add("GlobalAveragePooling2D", [x], 32, data_format="channels_last")
        x = self.add("Dense", [x], n_classes, units=n_classes, activation="softmax", use_bias=True)
        self.weights[x] = {"kernel": self.random(32, n_classes), "bias": self.random(n_classes)}
        return self

    def find(self, kind: str, k: int = 0) -> dict[str, Any]:
        """Return the ``k``-th layer of a kind."""
        return [layer for layer in self.layers if layer["class_name"] == kind][k]

    def write(self, path: Path) -> Path:
        last = self.layers[-1]["name"]
        config = {
            "name": "model_1",
            "layers": self.layers[::-1],
            "input_layers": [[self.layers[0]["name"], 0, 0]],
            "output_layers": [[last, 0, 0]],
        }
        with h5py.File(path, "w") as file:
            file.attrs["keras_version"] = "2.0.6"
            file.attrs["model_config"] = json.dumps({"class_name": "Model", "config": config})
            for layer in self.layers:
                name = layer["name"]
                group = file.create_group(f"model_weights/{name}")
                for weight, array in self.weights.get(name, {}).items():
                    group[f"{name}/{weight}:0"] = array
        return path


def evaluate(path: Path, x: NDArray[np.float32]) -> NDArray[np.float32]:
    """Evaluate a Keras file on ``(batch, frames, bins, 1)``; return its output."""
    with h5py.File(path) as file:
        config = json.loads(file.attrs["model_config"])["config"]
        weights: dict[str, dict[str, Tensor]] = {}

        def take(name: str, node: Any) -> None:
            if isinstance(node, h5py.Dataset):
                layer, *_, weight = name.split("/")
                weights.setdefault(layer, {})[weight.split(":")[0]] = torch.from_numpy(node[()])

        file["model_weights"].visititems(take)
    layers = {layer["name"]: layer for layer in config["layers"]}
    done: dict[str, Tensor] = {}

    def value(name: str) -> Tensor:
        if name not in done:
            layer = layers[name]
            inputs = [value(node[0]) for nodes in layer["inbound_nodes"] for node in nodes]
            done[name] = _apply(layer, inputs, weights.get(name, {}), x)
        return done[name]

    with torch.no_grad():
        return np.asarray(value(config["output_layers"][0][0]))


def _apply(
    layer: dict[str, Any], inputs: list[Tensor], w: dict[str, Tensor], x: NDArray[np.float32]
) -> Tensor:
    """Apply one layer to ``(batch, channels, frames, bins)``: torch's order, Keras' space."""
    kind, config = layer["class_name"], layer["config"]
    if kind == "InputLayer":
        return torch.from_numpy(x).permute(0, 3, 1, 2)
    if kind == "Concatenate":
        return torch.cat(inputs, dim=1)
    (y,) = inputs
    if kind == "Conv2D":
        return F.conv2d(y, w["kernel"].permute(3, 2, 0, 1), w["bias"], padding=config["padding"])
    if kind == "BatchNormalization":
        shape = (1, -1, 1, 1)
        scale = w["gamma"] / torch.sqrt(w["moving_variance"] + config["epsilon"])
        return (y - w["moving_mean"].view(shape)) * scale.view(shape) + w["beta"].view(shape)
    if kind == "Activation":
        return F.relu(y)
    if kind == "MaxPooling2D":
        margin = [s // 2 if config["padding"] == "same" else 0 for s in config["pool_size"]]
        return F.max_pool2d(y, config["pool_size"], config["strides"], margin)
    if kind == "AveragePooling2D":
        return F.avg_pool2d(y, config["pool_size"], config["strides"])
    if kind == "GlobalAveragePooling2D":
        return y.mean(dim=(2, 3))
    if kind == "Dense":
        return F.softmax(y @ w["kernel"] + w["bias"], dim=1)
    raise AssertionError(f"no such layer: {kind}")


@pytest.fixture(scope="session")
def keras_file() -> type[KerasFile]:
    """Return the builder of Keras files."""
    return KerasFile


@pytest.fixture(scope="session")
def keras_evaluate() -> Callable[[Path, NDArray[np.float32]], NDArray[np.float32]]:
    """Return :func:`evaluate`."""
    return evaluate
