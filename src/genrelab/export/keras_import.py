"""Reading the networks that the BBNN authors published: Keras 2 models in HDF5.

The file holds the network's graph as JSON beside its weights. The graph is followed from its
output back to its input and every layer is held against :class:`genrelab.models.bbnn.BBNN`, since
layers are numbered differently in each of the authors' files and a name says nothing.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

import genrelab
from genrelab.errors import ModelError
from genrelab.export.onnx import export_module
from genrelab.features import LogMel, Windowing
from genrelab.models.bbnn import BBNN
from genrelab.runtime.bundle import BundleInfo

Weights = dict[str, NDArray[np.float32]]


def import_keras(path: str | Path, labels: Sequence[str], out: str | Path) -> Path:
    """Turn a published BBNN into a bundle.

    Parameters
    ----------
    path
        Keras 2 model file (HDF5) with architecture and weights.
    labels
        The genres in the order of the network's outputs, which the file does not say; the
        authors' own order is alphabetical.
    out
        The ``.onnx`` file to write.

    Raises
    ------
    ModelError
        The file is no Keras model, or not BBNN: the sentence names the first layer that differs.
    """
    network, frames = read_bbnn(path, len(labels))
    front_end = LogMel(pad_mode="reflect")  # librosa's default when the authors computed theirs
    name = Path(path).name
    info = BundleInfo(
        model={"name": "bbnn"},
        labels=tuple(labels),
        front_end=front_end.to_dict(),
        # Published clips of 30 s are up to a quarter of a second longer than the network's input.
        windowing=Windowing(frames=frames, hop=frames, pad="zero", slack=frames // 16),
        training={"imported_from": name},
        card={
            "Data": f"Weights from the Keras file {name}; the file does not name what the "
            "network was trained on, nor in which order its classes stand.",
            "Protocol": "Trained by whoever made that file; genrelab changed no weight.",
            "What it cannot know": "How well it does on music it was not trained on: measure it "
            "on tracks that the file's makers did not use.",
        },
        genrelab_version=genrelab.__version__,
    )
    return export_module(network, info, out, example_frames=frames)


def read_bbnn(path: str | Path, n_classes: int) -> tuple[BBNN, int]:
    """Read a Keras file as BBNN; return the network and the frames of its input."""
    layers, outputs = _read_layers(Path(path))
    if len(outputs) != 1:
        raise ModelError(f"the network has {len(outputs)} outputs, where BBNN has one.")
    units = layers[outputs[0]].config.get("units")
    if isinstance(units, int) and units != n_classes:
        raise ModelError(
            f"the network has {units} classes, but {n_classes} labels were given; name one label "
            "for each class, in the network's order (alphabetical in the authors' files)."
        )
    network = BBNN(n_classes)
    frames = _Backwards(layers).read(outputs[0], network)
    return network.eval(), frames


@dataclass(frozen=True)
class _Layer:
    """One layer of the Keras graph."""

    name: str
    kind: str
    config: dict[str, Any]
    inputs: tuple[str, ...]
    weights: Weights


def _read_layers(path: Path) -> tuple[dict[str, _Layer], list[str]]:
    """Return all layers by name, and the names of the outputs."""
    if not path.is_file():
        raise ModelError(f"there is no file {str(path)!r}.")
    try:
        with h5py.File(path, "r") as file:
            if "model_config" not in file.attrs or "model_weights" not in file:
                raise ModelError(
                    f"{str(path)!r} is HDF5 but no whole Keras model: it lacks the architecture "
                    "or the weights; one written by Keras' model.save has both."
                )
            model = json.loads(file.attrs["model_config"])
            weights = {name: _weights(group) for name, group in file["model_weights"].items()}
        layers = {}
        for layer in model["config"]["layers"]:
            inputs = [_name(node) for nodes in layer["inbound_nodes"] for node in nodes]
            name = str(layer["name"])
            layers[name] = _Layer(
                name, layer["class_name"], layer["config"], tuple(inputs), weights.get(name, {})
            )
        outputs = [_name(node) for node in model["config"]["output_layers"]]
        named = {name for layer in layers.values() for name in layer.inputs} | set(outputs)
        if missing := named - set(layers):
            raise ModelError(f"the network's graph is damaged: it lacks {min(missing)!r}.")
    except OSError:
        raise ModelError(f"{str(path)!r} is no HDF5 file that can be read.") from None
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise ModelError(
            f"{str(path)!r} does not hold a graph of layers as Keras 2 writes it."
        ) from error
    return layers, outputs


def _name(node: Any) -> str:
    """Return the layer that a node, ``[layer, number, tensor, ...]``, belongs to."""
    if not isinstance(node, list) or not isinstance(node[0], str):
        raise TypeError("a node of the graph is no list")
    return node[0]


def _weights(group: Any) -> Weights:
    """Return a layer's arrays by their short names: ``conv/conv/kernel:0`` is ``kernel``."""
    found: Weights = {}

    def take(name: str, node: Any) -> None:
        if isinstance(node, h5py.Dataset):
            found[name.rpartition("/")[2].partition(":")[0]] = np.asarray(node, dtype=np.float32)

    group.visititems(take)
    return found


class _Backwards:
    """Follows the graph from output to input; each step checks a layer and takes its weights."""

    def __init__(self, layers: dict[str, _Layer]) -> None:
        self._layers = layers

    def read(self, output: str, network: BBNN) -> int:
        """Fill the network; return the frames of its input."""
        shallow: Any = network.shallow
        decision: Any = network.decision
        x = self._dense(output, decision[4])
        (x,) = self._step(x, "GlobalAveragePooling2D")
        x = self._relu_bn(x, decision[0])
        (x,) = self._step(x, "AveragePooling2D", pool_size=[2, 2], strides=[2, 2], padding="valid")
        x = self._bn_relu_conv(x, network.transition[0])
        for block in reversed(network.broadcast):
            x = self._block(x, block)
        (x,) = self._step(x, "MaxPooling2D", pool_size=[4, 1], strides=[4, 1], padding="valid")
        x = self._conv(self._relu_bn(x, shallow[1]), shallow[0])
        return self._input(x)

    def _block(self, output: str, block: Any) -> str:
        x, joined = self._step(output, "Concatenate", inputs=2)
        branches = self._step(joined, "Concatenate", inputs=4)
        starts = {
            branches[0]: self._bn_relu_conv(branches[0], block.branch1x1),
            branches[1]: self._two(branches[1], block.branch3x3),
            branches[2]: self._two(branches[2], block.branch5x5),
            branches[3]: self._pooled(branches[3], block.branch_pool),
        }
        for end, start in starts.items():
            if start != x:
                raise ModelError(
                    f"the branch that ends in {end!r} starts at {start!r}, where in BBNN all "
                    f"branches of a block start at its input, here {x!r}."
                )
        return x

    def _two(self, output: str, branch: Any) -> str:
        return self._bn_relu_conv(self._bn_relu_conv(output, branch[1]), branch[0])

    def _pooled(self, output: str, branch: Any) -> str:
        x = self._bn_relu_conv(output, branch[1])
        (x,) = self._step(x, "MaxPooling2D", pool_size=[3, 3], strides=[1, 1], padding="same")
        return x

    def _bn_relu_conv(self, output: str, sequence: Any) -> str:
        return self._relu_bn(self._conv(output, sequence[2]), sequence[0])

    def _relu_bn(self, output: str, norm: nn.BatchNorm2d) -> str:
        (name,) = self._step(output, "Activation", activation="relu")
        (x,) = self._step(name, "BatchNormalization", epsilon=norm.eps, center=True, scale=True)
        n = norm.num_features
        self._take(name, "gamma", norm.weight, (n,))
        self._take(name, "beta", norm.bias, (n,))
        assert norm.running_mean is not None
        assert norm.running_var is not None
        self._take(name, "moving_mean", norm.running_mean, (n,))
        self._take(name, "moving_variance", norm.running_var, (n,))
        return x

    def _conv(self, name: str, conv: nn.Conv2d) -> str:
        size = conv.kernel_size[0]
        expected: dict[str, Any] = {"padding": "same"} if size > 1 else {}  # the same for 1 x 1
        (x,) = self._step(
            name,
            "Conv2D",
            filters=conv.out_channels,
            kernel_size=list(conv.kernel_size),
            strides=[1, 1],
            dilation_rate=[1, 1],
            activation="linear",
            use_bias=True,
            **expected,
        )
        # Keras: (frames, bins, in, out); torch: (out, in, bins, frames).
        shape = (size, size, conv.in_channels, conv.out_channels)
        self._take(name, "kernel", conv.weight, shape, axes=(3, 2, 1, 0))
        assert conv.bias is not None
        self._take(name, "bias", conv.bias, (conv.out_channels,))
        return x

    def _dense(self, name: str, dense: nn.Linear) -> str:
        (x,) = self._step(
            name, "Dense", units=dense.out_features, activation="softmax", use_bias=True
        )
        self._take(
            name, "kernel", dense.weight, (dense.in_features, dense.out_features), axes=(1, 0)
        )
        self._take(name, "bias", dense.bias, (dense.out_features,))
        return x

    def _input(self, name: str) -> int:
        self._step(name, "InputLayer", inputs=0)
        shape = self._layers[name].config.get("batch_input_shape")
        bins = LogMel().n_bins
        listed = shape if isinstance(shape, list) and len(shape) == 4 else [None] * 4
        _, frames, found, channels = listed
        if not isinstance(frames, int) or (found, channels) != (bins, 1):
            raise ModelError(
                f"the input {name!r} has shape {shape}, where BBNN's is [None, 647, {bins}, 1]."
            )
        return frames

    def _step(self, name: str, kind: str, *, inputs: int = 1, **expected: Any) -> tuple[str, ...]:
        """Check a layer against what BBNN has in its place; return the names of its inputs."""
        layer = self._layers[name]
        if layer.kind != kind:
            raise ModelError(f"the layer {name!r} is {layer.kind}, where BBNN has {kind}.")
        if len(layer.inputs) != inputs:
            raise ModelError(
                f"the layer {name!r} has {len(layer.inputs)} inputs, where BBNN's has {inputs}."
            )
        if layer.config.get("data_format", "channels_last") != "channels_last":
            raise ModelError(f"the layer {name!r} has channels first, where BBNN's has them last.")
        if layer.config.get("axis", -1) not in (-1, 3):
            raise ModelError(f"the layer {name!r} works along another axis than the channels.")
        for key, value in expected.items():
            found = layer.config.get(key)
            if found != value:
                raise ModelError(
                    f"the layer {name!r} has {key} {found}, where BBNN's {kind} has {value}."
                )
        return layer.inputs

    def _take(
        self,
        name: str,
        weight: str,
        into: torch.Tensor,
        shape: tuple[int, ...],
        *,
        axes: tuple[int, ...] = (0,),
    ) -> None:
        array = self._layers[name].weights.get(weight)
        if array is None or array.shape != shape:
            found = "no such weight" if array is None else f"a {weight} of shape {array.shape}"
            raise ModelError(
                f"the layer {name!r} has {found}, where BBNN's has a {weight} of shape {shape}."
            )
        if not np.isfinite(array).all():
            raise ModelError(f"the layer {name!r} has a {weight} with values that are no numbers.")
        with torch.no_grad():
            into.copy_(torch.from_numpy(np.ascontiguousarray(array.transpose(axes))))
