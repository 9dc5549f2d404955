"""The authors' Keras files: read layer by layer, or refused at the layer that differs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray
from scipy.special import softmax

from genrelab.audio import load_audio
from genrelab.errors import ModelError
from genrelab.export.keras_import import import_keras, read_bbnn
from genrelab.features import LogMel, Windowing
from genrelab.models.cost import count_parameters
from genrelab.runtime.bundle import read_info
from genrelab.runtime.classifier import Classifier

Evaluate = Callable[[Path, NDArray[np.float32]], NDArray[np.float32]]
GTZAN = [
    *["blues", "classical", "country", "disco", "hiphop"],
    *["jazz", "metal", "pop", "reggae", "rock"],
]


def probabilities(bundle: Path, x: NDArray[np.float32]) -> NDArray[np.float64]:
    """Run a bundle on ``(batch, frames, bins, 1)``."""
    session = onnxruntime.InferenceSession(bundle, providers=["CPUExecutionProvider"])
    features = np.ascontiguousarray(x.transpose(0, 3, 2, 1))
    return softmax(np.float64(session.run(None, {"features": features})[0]), axis=1)


@pytest.mark.parametrize(("n_classes", "first_number"), [(3, 1), (10, 121)])
def test_a_keras_file_and_its_bundle_agree(
    tmp_path: Path, keras_file: Any, keras_evaluate: Evaluate, n_classes: int, first_number: int
) -> None:
    frames = 40
    file = keras_file(first_number=first_number).bbnn(n_classes, frames=frames)
    path = file.write(tmp_path / "model.hdf5")
    labels = [f"genre {k}" for k in range(n_classes)]
    bundle = import_keras(path, labels, tmp_path / "model.onnx")
    # Not square and not symmetric: frames and bins swapped anywhere would show.
    x = np.random.default_rng(1).normal(0, 1, (2, frames, 128, 1)).astype(np.float32)
    x[:, :, :40] += np.linspace(0, 3, frames)[:, None, None]
    assert np.abs(probabilities(bundle, x) - keras_evaluate(path, x)).max() < 1e-4
    info = read_info(bundle)
    assert info.labels == tuple(labels)
    assert info.windowing == Windowing(frames=frames, hop=frames, pad="zero", slack=2)
    assert info.temperature == 1
    assert info.front_end == LogMel(pad_mode="reflect").to_dict()
    assert "model.hdf5" in info.card["Data"]


Damage = Callable[[Any], object]
DIFFERENCES: dict[str, tuple[Damage, str]] = {
    "kernel": (
        lambda f: f.find("Conv2D", 3)["config"].update(kernel_size=[3, 1]),
        r"'conv2d_\d+' has kernel_size \[3, 1\], where BBNN's Conv2D has \[",
    ),
    "filters": (lambda f: f.find("Conv2D", 0)["config"].update(filters=16), "has filters 16"),
    "strides": (
        lambda f: f.find("MaxPooling2D", 1)["config"].update(strides=[2, 2]),
        r"'maxpooling2d_\d+' has strides \[2, 2\]",
    ),
    "first pool": (
        lambda f: f.find("MaxPooling2D", 0)["config"].update(pool_size=[1, 4]),
        r"has pool_size \[1, 4\], where BBNN's MaxPooling2D has \[4, 1\]",
    ),
    "pool": (
        lambda f: f.find("AveragePooling2D").update(class_name="MaxPooling2D"),
        "is MaxPooling2D, where BBNN has AveragePooling2D",
    ),
    "padding": (lambda f: f.find("Conv2D", 0)["config"].update(padding="valid"), "has padding"),
    "activation": (
        lambda f: f.find("Activation", 4)["config"].update(activation="elu"),
        "has activation elu",
    ),
    "epsilon": (
        lambda f: f.find("BatchNormalization", 7)["config"].update(epsilon=1e-5),
        "has epsilon 1e-05, where BBNN's BatchNormalization has 0.001",
    ),
    "dense": (
        lambda f: f.find("Dense")["config"].update(activation="sigmoid"),
        "has activation sigmoid",
    ),
    "order": (
        lambda f: f.find("Concatenate", 1)["inbound_nodes"][0].reverse(),
        r"the layer 'conv2d_\d+' is Conv2D|has \d inputs|is \w+, where BBNN has Concatenate",
    ),
    "inputs": (
        lambda f: f.find("Concatenate", 1)["inbound_nodes"][0].append(
            [f.find("MaxPooling2D")["name"], 0, 0, {}]
        ),
        "has 3 inputs, where BBNN's has 2",
    ),
    "branches": (
        lambda f: f.find("Concatenate", 0)["inbound_nodes"][0].reverse(),
        "has kernel_size",
    ),
    "axis": (lambda f: f.find("Concatenate", 2)["config"].update(axis=1), "another axis"),
    "channels": (
        lambda f: f.find("Conv2D", 5)["config"].update(data_format="channels_first"),
        "has channels first",
    ),
    "bins": (
        lambda f: f.find("InputLayer")["config"].update(batch_input_shape=[None, 647, 96, 1]),
        r"has shape \[None, 647, 96, 1\]",
    ),
    "no shape": (lambda f: f.find("InputLayer")["config"].clear(), "has shape None"),
    "weights": (
        lambda f: f.weights[f.find("Conv2D", 2)["name"]].pop("bias"),
        "has no such weight, where BBNN's has a bias of shape",
    ),
    "no numbers": (
        lambda f: f.weights[f.find("Dense")["name"]]["kernel"].__setitem__((0, 0), np.nan),
        "has a kernel with values that are no numbers",
    ),
    "a lost layer": (lambda f: f.layers.remove(f.find("Activation", 9)), "damaged: it lacks"),
    "a foreign layer": (
        lambda f: f.find("Activation", 3).update(class_name="Dropout"),
        "is Dropout, where BBNN has Activation",
    ),
    "another order of nodes": (
        lambda f: f.find("Conv2D", 1).update(inbound_nodes=[{"args": [], "kwargs": {}}]),
        "as Keras 2 writes it",
    ),
}


@pytest.mark.parametrize("kind", DIFFERENCES)
def test_another_network_is_refused_where_it_differs(
    tmp_path: Path, keras_file: Any, kind: str
) -> None:
    damage, sentence = DIFFERENCES[kind]
    file = keras_file(first_number=60).bbnn(4)
    damage(file)
    path = file.write(tmp_path / "model.hdf5")
    with pytest.raises(ModelError, match=sentence) as caught:
        import_keras(path, ["a", "b", "c", "d"], tmp_path / "model.onnx")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "model.onnx").exists()


def test_a_branch_that_starts_elsewhere_is_found(tmp_path: Path, keras_file: Any) -> None:
    file = keras_file().bbnn(4)
    # The first branch of the first block, fed from before the pooling: same shapes, other network.
    first = file.layers.index(file.find("MaxPooling2D", 1)) + 1
    assert file.layers[first]["class_name"] == "BatchNormalization"
    file.layers[first]["inbound_nodes"][0][0][0] = file.find("Activation", 0)["name"]
    with pytest.raises(ModelError, match="starts at 'activation_4', where in BBNN all branches"):
        read_bbnn(file.write(tmp_path / "model.hdf5"), 4)


@pytest.mark.parametrize("given", [9, 11])
def test_the_number_of_labels_must_fit(tmp_path: Path, keras_file: Any, given: int) -> None:
    path = keras_file().bbnn(10).write(tmp_path / "model.hdf5")
    with pytest.raises(ModelError, match=f"has 10 classes, but {given} labels were given"):
        import_keras(path, [f"genre {k}" for k in range(given)], tmp_path / "model.onnx")


def only_weights(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file.create_group("conv2d_1")


def sequential(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = json.dumps({"class_name": "Sequential", "config": []})
        file.create_group("model_weights")


def no_json(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = "{"
        file.create_group("model_weights")


@pytest.mark.parametrize(
    ("write", "sentence"),
    [
        (lambda path: None, "there is no file"),
        (lambda path: path.write_text("weights"), "is no HDF5 file"),
        (only_weights, "lacks the architecture"),
        (sequential, "does not hold a graph of layers"),
        (no_json, "does not hold a graph of layers"),
    ],
)
def test_a_file_that_is_no_keras_model_is_refused(
    tmp_path: Path, write: Callable[[Path], object], sentence: str
) -> None:
    path = tmp_path / "model.hdf5"
    write(path)
    with pytest.raises(ModelError, match=sentence):
        import_keras(path, ["a", "b"], tmp_path / "model.onnx")


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "n_classes"), [("bbnn_gtzan_fold5", 10), ("bbnn_extended_ballroom_fold0", None)]
)
def test_the_published_files_are_bbnn(data_root: Path, name: str, n_classes: int | None) -> None:
    path = data_root / "keras_weights" / f"{name}.hdf5"
    if n_classes is None:
        with h5py.File(path) as file:
            n_classes = json.loads(file.attrs["model_config"])["config"]["layers"][-1]["config"][
                "units"
            ]
    network, frames = read_bbnn(path, n_classes)
    assert frames == 647
    if n_classes == 10:
        counted = count_parameters(network)
        assert (counted.weights, counted.trainable, counted.total) == (180_458, 185_642, 190_826)


@pytest.mark.data
def test_the_published_gtzan_weights_name_44_of_50_clips(
    data_root: Path, tmp_path: Path, keras_evaluate: Evaluate
) -> None:
    source = data_root / "keras_weights" / "bbnn_gtzan_fold5.hdf5"
    classifier = Classifier(import_keras(source, GTZAN, tmp_path / "gtzan.onnx"), threads=1)
    clips = sorted((data_root / "gtzan_mini").glob("*/*.flac"))
    answers = [classifier.classify(path) for path in clips]
    assert len(clips) == 50
    assert sum(a.label == a.path.parent.name for a in answers) == 44
    # Every ninth clip, so that the test stays short; one of them is longer than the input.
    for answer in answers[::9]:
        mel = LogMel(pad_mode="reflect")(load_audio(answer.path))
        x = np.zeros((1, 647, 128, 1), dtype=np.float32)
        x[0, : mel.shape[1], :, 0] = mel.T[:647]
        wanted = keras_evaluate(source, x)[0]
        np.testing.assert_allclose(list(answer.probabilities.values()), wanted, atol=1e-3)
