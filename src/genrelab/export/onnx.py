"""Writing a trained model as a bundle: the graph, its description, and the proof that it agrees.

torch's TorchScript-based exporter is used because it needs nothing besides torch; the one behind
``dynamo=True`` needs the onnxscript package and gives the same graph for these models.
"""

from __future__ import annotations

import copy
import os
import tempfile
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from onnx.compose import merge_models
from torch import nn

from genrelab.errors import BundleError, ModelError
from genrelab.export.pooling import POOLED, STATISTICS, pooling_graph
from genrelab.features.base import create
from genrelab.models import classical, registry
from genrelab.models.baselines import convertible
from genrelab.models.classical import ClassicalModel
from genrelab.runtime.bundle import INPUT, METADATA_KEY, OUTPUT, BundleInfo, info_of, open_session

OPSET = 17
#: Largest difference in probability between a model and its bundle.
TOLERANCE = 1e-4
#: Probabilities of classical models below this are raised to it before the logarithm.
FLOOR = 1e-7

Reference = Callable[[NDArray[np.float32]], NDArray[np.float64]]


def export_module(
    module: nn.Module,
    info: BundleInfo,
    path: str | Path,
    *,
    example_frames: int,
    n_bins: int | None = None,
) -> Path:
    """Write a torch module as a bundle.

    Parameters
    ----------
    module
        From ``(batch, 1, bins, frames)`` to logits ``(batch, classes)``; it is left as it is.
    info
        What the bundle says of itself; ``min_frames`` is filled in for a registered model.
    path
        Where to write; a file there is replaced in one step, and only by a bundle that agrees
        with the module within :data:`TOLERANCE`.
    example_frames
        Frames of a usual input; other lengths stay possible.
    n_bins
        Rows of the features; by default the front end's.

    Raises
    ------
    ModelError
        The module cannot be written as ONNX, or what was written disagrees with it.
    """
    bins = create(**info.front_end).n_bins if n_bins is None else n_bins
    if info.model["name"] in registry.names():
        info = replace(info, min_frames=registry.entry(info.model["name"]).min_frames)
    # A copy on the CPU in the usual memory layout: exporting must not change what is trained.
    still = copy.deepcopy(module).cpu().eval()
    for tensor in (*still.parameters(), *still.buffers()):
        tensor.data = tensor.data.contiguous()
    example = torch.zeros(2, 1, bins, example_frames)
    with tempfile.TemporaryDirectory() as folder:
        drawn = Path(folder) / "graph.onnx"
        try:
            with warnings.catch_warnings(), torch.no_grad():
                warnings.simplefilter("ignore")  # the exporter's own deprecation, told above
                torch.onnx.export(
                    still,
                    (example,),
                    str(drawn),
                    dynamo=False,
                    opset_version=OPSET,
                    input_names=[INPUT],
                    output_names=[OUTPUT],
                    dynamic_axes={INPUT: {0: "batch", 3: "frames"}, OUTPUT: {0: "batch"}},
                )
        except torch.onnx.errors.OnnxExporterError as error:
            raise ModelError(f"the model cannot be written as ONNX ({error}).") from error
        graph = onnx.load_model(str(drawn))

    def reference(x: NDArray[np.float32]) -> NDArray[np.float64]:
        with torch.no_grad():
            p: NDArray[np.float64] = still(torch.from_numpy(x)).double().softmax(dim=1).numpy()
        return p

    lengths = (example_frames, example_frames + example_frames // 3 + 1)
    return write_bundle(graph, info, path, reference=reference, bins=bins, lengths=lengths)


def export_classical(
    model: ClassicalModel, info: BundleInfo, path: str | Path, *, n_bins: int | None = None
) -> Path:
    """Write a fitted classical model as a bundle: pooling and pipeline in one graph.

    Parameters
    ----------
    model
        A scikit-learn pipeline that was fitted on the statistics of
        :func:`genrelab.models.classical.pool`.
    info, path, n_bins
        As in :func:`export_module`.

    Raises
    ------
    ModelError
        A step of the pipeline has no ONNX counterpart, or the graph disagrees with the pipeline.
    """
    import skl2onnx
    from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType

    known = convertible(model.pipeline)
    numbers = DoubleTensorType if model.double else FloatTensorType
    bins = create(**info.front_end).n_bins if n_bins is None else n_bins
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the converter asks for attributes on their way out
            pipeline = skl2onnx.convert_sklearn(
                known,
                initial_types=[(POOLED, numbers([None, STATISTICS * bins]))],
                options={id(known): {"zipmap": False}},
                target_opset={"": OPSET, "ai.onnx.ml": 1},
            )
    except (NotImplementedError, RuntimeError, TypeError, ValueError) as error:
        raise ModelError(f"the pipeline cannot be written as ONNX ({error}).") from error
    for opset in pipeline.opset_import:
        if not opset.domain:  # the converter names the lowest version that means the same
            opset.version = OPSET
    versions = {"opset": OPSET, "ir_version": pipeline.ir_version}
    found = [int(k) for k in model.pipeline.classes_]
    graph = merge_models(
        pooling_graph(bins, double=model.double, **versions),
        pipeline,
        io_map=[(POOLED, POOLED)],
        outputs=["probabilities"],
    )
    graph = merge_models(
        graph,
        _logarithm(found, model.n_classes, double=model.double, **versions),
        io_map=[("probabilities", "given")],
    )

    def reference(x: NDArray[np.float32]) -> NDArray[np.float64]:
        p = classical.predict_proba(model, np.stack([classical.pool(row[0]) for row in x]))
        p = np.maximum(p, FLOOR)
        scaled: NDArray[np.float64] = p / p.sum(axis=1, keepdims=True)
        return scaled

    return write_bundle(graph, info, path, reference=reference, bins=bins, lengths=(1, 2, 431))


def _logarithm(
    found: list[int], n_classes: int, *, double: bool, opset: int, ir_version: int
) -> onnx.ModelProto:
    """Return the graph from probabilities of the classes found to logits of all classes."""
    wanted = TensorProto.DOUBLE if double else TensorProto.FLOAT
    spread = np.zeros((len(found), n_classes))
    spread[np.arange(len(found)), found] = 1.0  # a class never seen in training keeps zero
    graph = helper.make_graph(
        [
            helper.make_node("Cast", ["given"], ["double"], to=TensorProto.DOUBLE),
            helper.make_node("MatMul", ["double", "spread"], ["all"]),
            helper.make_node("Max", ["all", "floor"], ["positive"]),
            # In single precision, equal probabilities get logarithms that differ in the last bit,
            # by their place in memory; classes with as many votes would be ordered by that.
            helper.make_node("Log", ["positive"], ["precise"]),
            helper.make_node("Cast", ["precise"], [OUTPUT], to=TensorProto.FLOAT),
        ],
        "logarithm",
        [helper.make_tensor_value_info("given", wanted, ["batch", len(found)])],
        [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, ["batch", n_classes])],
        [
            numpy_helper.from_array(spread, "spread"),
            numpy_helper.from_array(np.array(FLOOR), "floor"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    model.ir_version = ir_version
    return model


def write_bundle(
    graph: onnx.ModelProto,
    info: BundleInfo,
    path: str | Path,
    *,
    reference: Reference,
    bins: int,
    lengths: tuple[int, ...],
) -> Path:
    """Describe a graph, check it against its reference and put it in place in one step.

    Parameters
    ----------
    graph
        From ``features`` to ``logits``.
    info
        What the bundle says of itself.
    path
        Where to write.
    reference
        Probabilities ``(batch, classes)`` of the model that the graph was made of.
    bins, lengths
        Rows, and the numbers of frames, of the random inputs that both are given.
    """
    graph.producer_name, graph.producer_version = "genrelab", info.genrelab_version
    return _put(graph, info, path, lambda drawn: _verify(drawn, reference, bins, lengths))


def _put(
    graph: onnx.ModelProto,
    info: BundleInfo,
    path: str | Path,
    check: Callable[[Path], None] | None = None,
) -> Path:
    """Write graph and description in one step, once the check of what was written has passed."""
    path = Path(path)
    helper.set_model_props(graph, {METADATA_KEY: info.to_json()})
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(graph.SerializeToString())
        if check is not None:
            check(partial)
        partial.replace(path)
    except OSError as error:
        raise BundleError(f"{str(path)!r} cannot be written ({error.strerror}).") from error
    finally:
        partial.unlink(missing_ok=True)
    return path


def _verify(path: Path, reference: Reference, bins: int, lengths: tuple[int, ...]) -> None:
    session = open_session(path, threads=1)
    info_of(session, path)
    rng = np.random.default_rng(0)
    for frames in lengths:
        # Three inputs, so that a batch axis frozen at the example's two would show: one like
        # standardised features, one like decibels, one like a picture scaled to 0..1.
        middle, spread = np.array([[0.0, -40.0, 0.5], [1.0, 20.0, 0.25]])[:, :, None, None, None]
        x = rng.normal(middle, spread, (3, 1, bins, frames)).astype(np.float32)
        logits = session.run([OUTPUT], {INPUT: x})[0].astype(np.float64)
        p = np.exp(logits - logits.max(axis=1, keepdims=True))
        difference = float(np.abs(p / p.sum(axis=1, keepdims=True) - reference(x)).max())
        if not difference < TOLERANCE:  # not a number counts as a difference
            raise ModelError(
                f"the ONNX graph disagrees with the model by {difference:.1e} in probability on "
                f"{frames} frames; nothing was written."
            )


def describe_anew(source: str | Path, info: BundleInfo, path: str | Path) -> Path:
    """Write a bundle's graph, unchanged, with another description.

    Raises
    ------
    BundleError
        ``source`` is no bundle, or ``path`` cannot be written.
    """
    info_of(open_session(source, threads=1), source)
    return _put(onnx.load_model(str(source)), info, path)
