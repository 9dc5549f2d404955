"""The statistics of :func:`genrelab.models.classical.pool` as an ONNX graph."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from genrelab.runtime.bundle import INPUT

#: What the graph gives.
POOLED = "pooled"
#: Statistics a bin.
STATISTICS = 6


def pooling_graph(
    bins: int, *, opset: int, ir_version: int, double: bool = False
) -> onnx.ModelProto:
    """Return the graph from ``features`` to ``pooled``.

    Parameters
    ----------
    bins
        Rows of the features: ``(batch, 1, bins, frames)`` becomes ``(batch, 6 * bins)``: mean,
        standard deviation, minimum and maximum over the frames, then mean and standard deviation
        of the differences between neighbouring frames (zeros for a single frame).
    opset, ir_version
        Versions of ONNX to write for.
    double
        Whether ``pooled`` is given in double precision; it is computed in single in any case.

    Examples
    --------
    >>> len(pooling_graph(20, opset=17, ir_version=8).graph.output)
    1
    """
    wanted = TensorProto.DOUBLE if double else TensorProto.FLOAT
    nodes = [
        helper.make_node("Squeeze", [INPUT, "one"], ["x"]),  # (batch, bins, frames)
        helper.make_node("Slice", ["x", "one", "end", "two"], ["later"]),
        helper.make_node("Slice", ["x", "zero", "last", "two"], ["earlier"]),
        helper.make_node("Sub", ["later", "earlier"], ["steps"]),  # (batch, bins, frames - 1)
        *_moments("x"),
        *_moments("steps"),
        helper.make_node("ReduceMin", ["x"], ["x_min"], axes=[2]),
        helper.make_node("ReduceMax", ["x"], ["x_max"], axes=[2]),
        helper.make_node(
            "Concat",
            ["x_mean", "x_std", "x_min", "x_max", "steps_mean", "steps_std"],
            ["stacked"],
            axis=1,
        ),  # (batch, 6 * bins, 1)
        helper.make_node("Squeeze", ["stacked", "two"], ["statistics"]),
        helper.make_node("Cast", ["statistics"], [POOLED], to=wanted),
    ]
    constants = {
        "zero": [0],
        "one": [1],
        "two": [2],
        "last": [-1],
        "end": [np.iinfo(np.int64).max],
    }
    graph = helper.make_graph(
        nodes,
        "pooling",
        [helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, ["batch", 1, bins, "frames"])],
        [helper.make_tensor_value_info(POOLED, wanted, ["batch", STATISTICS * bins])],
        [numpy_helper.from_array(np.array(v, dtype=np.int64), k) for k, v in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    model.ir_version = ir_version
    onnx.checker.check_model(model)
    return model


def _moments(x: str) -> list[onnx.NodeProto]:
    """Return the nodes that make ``{x}_mean`` and ``{x}_std``, zeros where there is no frame."""

    def node(op: str, inputs: list[str], output: str, **attributes: Any) -> onnx.NodeProto:
        return helper.make_node(op, inputs, [f"{x}_{output}"], **attributes)

    # Sums divided by at least one, because the mean over no frame at all would be no number.
    return [
        node("Shape", [x], "length", start=2, end=3),
        node("Max", [f"{x}_length", "one"], "count"),
        node("Cast", [f"{x}_count"], "n", to=TensorProto.FLOAT),
        node("ReduceSum", [x, "two"], "sum"),
        node("Div", [f"{x}_sum", f"{x}_n"], "mean"),
        node("Sub", [x, f"{x}_mean"], "centred"),
        node("Mul", [f"{x}_centred", f"{x}_centred"], "squares"),
        node("ReduceSum", [f"{x}_squares", "two"], "energy"),
        node("Div", [f"{x}_energy", f"{x}_n"], "variance"),
        node("Sqrt", [f"{x}_variance"], "std"),
    ]
