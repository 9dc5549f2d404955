"""Weights from files in torchvision's format, made here by torch and safetensors themselves."""

import hashlib
import os
import pickle

import pytest
import safetensors.torch
import torch
from torch import nn

from genrelab.errors import ModelError
from genrelab.models.pretrained import (
    PUBLISHED,
    load_pretrained,
    read_weights,
    weights_folder,
    weights_sha256,
)
from genrelab.models.vgg import VGG16


class Small(nn.Module):
    """A network in the manner of torchvision's, with a head of its own."""

    def __init__(self, width=4):
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, 3)
        self.bn1 = nn.BatchNorm2d(width)
        self.fc = nn.Linear(width, 5)
        self.head = nn.Linear(width, 5)


@pytest.fixture
def published():
    """What a file for :class:`Small` holds: all but its head, and a thousand classes."""
    torch.manual_seed(1)
    tensors = {k: torch.rand_like(v.float()) for k, v in Small().state_dict().items()}
    tensors = {k: v for k, v in tensors.items() if not k.startswith("head.")}
    tensors["bn1.num_batches_tracked"] = torch.tensor(7)
    return {**tensors, "fc.weight": torch.rand(1000, 4), "fc.bias": torch.rand(1000)}


def write(tensors, path, kind="zip"):
    if kind == "safetensors":
        safetensors.torch.save_file(tensors, path)
    else:
        torch.save(tensors, path, _use_new_zipfile_serialization=kind == "zip")
    return str(path)


@pytest.mark.parametrize("kind", ["zip", "legacy", "safetensors"])
def test_every_kind_of_file_fills_all_but_the_classes(published, tmp_path, kind):
    suffix = "safetensors" if kind == "safetensors" else "pth"
    path = write(published, tmp_path / f"w.{suffix}", kind)
    network = Small()
    before = {k: v.clone() for k, v in network.state_dict().items()}
    load_pretrained(network, path, name="vgg16", own=("head.",))
    for key, value in network.state_dict().items():
        of_its_own = key.startswith(("fc.", "head."))
        assert torch.equal(value, before[key] if of_its_own else published[key]), key


def test_none_leaves_the_network_as_it_was_drawn():
    network = Small()
    before = network.conv1.weight.clone()
    load_pretrained(network, "none", name="vgg16")
    assert torch.equal(network.conv1.weight, before)


def test_the_first_parameter_that_does_not_fit_is_named(published, tmp_path):
    def message(tensors):
        path = write(tensors, tmp_path / "w.pth")
        with pytest.raises(ModelError) as caught:
            load_pretrained(Small(), path, name="resnet18", own=("head.",))
        return str(caught.value)

    missing = {k: v for k, v in published.items() if k not in ("conv1.bias", "bn1.weight")}
    assert "holds no 'conv1.bias', so it is not of resnet18" in message(missing)
    wide = {**published, "conv1.weight": torch.zeros(8, 3, 3, 3)}
    assert "'conv1.weight' of shape (8, 3, 3, 3) where resnet18 has (4, 3, 3, 3)" in message(wide)
    deeper = {**published, "conv2.weight": torch.zeros(1)}
    assert "'conv2.weight', which resnet18 does not have" in message(deeper)


def test_files_from_before_batches_were_counted(published, tmp_path):
    del published["bn1.num_batches_tracked"]
    network = Small()
    load_pretrained(network, write(published, tmp_path / "w.pth"), name="x", own=("head.",))
    assert torch.equal(network.bn1.running_var, published["bn1.running_var"])


class Harmful:
    def __reduce__(self):
        return os.mkdir, ("harm",)


def test_a_file_cannot_run_code(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "plain.pth").write_bytes(pickle.dumps({"conv1.weight": Harmful()}, protocol=2))
    torch.save({"conv1.weight": Harmful()}, tmp_path / "zip.pth")
    for name in ("plain.pth", "zip.pth"):
        with pytest.raises(ModelError, match="holds no weights"):
            read_weights(tmp_path / name)
    assert not (tmp_path / "harm").exists()


@pytest.mark.parametrize("content", [b"", b"no weights at all", b"PK\x03\x04 broken"])
@pytest.mark.parametrize("suffix", ["pth", "safetensors"])
def test_files_that_hold_no_weights(tmp_path, content, suffix):
    path = tmp_path / f"w.{suffix}"
    path.write_bytes(content)
    with pytest.raises(ModelError, match="holds no weights"):
        read_weights(path)


def test_a_checkpoint_with_more_than_tensors(tmp_path):
    path = write({"epoch": 3, "network": {"a": torch.zeros(1)}}, tmp_path / "w.pth")
    with pytest.raises(ModelError, match="more than named tensors"):
        read_weights(path)


def test_weights_that_are_not_there_are_asked_for_and_never_fetched(tmp_path, monkeypatch):
    monkeypatch.setenv("GENRELAB_WEIGHTS", str(tmp_path))
    monkeypatch.setattr("urllib.request.urlopen", lambda *a, **k: pytest.fail("a download"))
    with pytest.raises(ModelError, match=r"get them with `genrelab weights vgg16`") as caught:
        VGG16(10, weights="imagenet")
    assert str(tmp_path / "vgg16-397923af.pth") in str(caught.value)
    with pytest.raises(ModelError, match=r"there is no file 'mine\.pth'"):
        VGG16(10, weights="mine.pth")


def test_the_folder_of_the_weights(tmp_path, monkeypatch):
    monkeypatch.delenv("GENRELAB_WEIGHTS", raising=False)
    monkeypatch.setenv("GENRELAB_CACHE", str(tmp_path))
    assert weights_folder() == tmp_path / "weights"
    monkeypatch.setenv("GENRELAB_WEIGHTS", str(tmp_path / "mine"))
    assert weights_folder() == tmp_path / "mine"


def test_the_digest_is_of_the_files_content(tmp_path):
    (tmp_path / "w.pth").write_bytes(b"abc")
    model = {"name": "vgg16", "weights": str(tmp_path / "w.pth")}
    assert weights_sha256(model) == hashlib.sha256(b"abc").hexdigest()
    assert weights_sha256({"name": "bbnn"}) is None


def test_vgg_starts_from_a_file_of_torchvisions_layout(tmp_path, monkeypatch):
    """Thirteen convolutions and three dense layers that are of no use."""
    drawn = {
        k: torch.full_like(v, 0.01 * n)
        for n, (k, v) in enumerate(VGG16(2).features.state_dict(prefix="features.").items())
    }
    drawn["classifier.6.weight"] = torch.zeros(1000, 3)
    monkeypatch.setenv("GENRELAB_WEIGHTS", str(tmp_path))
    write(drawn, tmp_path / PUBLISHED["vgg16"])
    torch.manual_seed(0)
    network = VGG16(7, weights="imagenet")
    torch.manual_seed(0)
    scratch = VGG16(7)
    for key, value in network.state_dict().items():
        expected = drawn.get(key, scratch.state_dict()[key])
        assert torch.equal(value, expected), key
