"""Weights that were trained elsewhere, in torchvision's format: where they lie, and reading them.

A model that can start from them has an option ``weights``: ``"none"`` draws them, ``"imagenet"``
takes the file that torchvision publishes, and anything else is the path of a file with the same
names and shapes. Nothing is downloaded here: ``genrelab weights NAME`` does that when a person
asks for it (:mod:`genrelab.models.download`).

The published files are of torch's own format, whose container is a pickle. They are read with
torch's restricted loader (``weights_only=True``), which makes tensors and plain containers and
refuses everything else, so that no file can run code. genrelab writes none of them: what it keeps
is safetensors, which is read as well.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from pickle import UnpicklingError  # the restricted loader's refusal; nothing is unpickled here
from typing import Any

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor, nn

from genrelab.errors import ModelError
from genrelab.features.cache import default_root

#: Files of torchvision's model zoo, version ``IMAGENET1K_V1``; the digits are the beginning of the
#: file's SHA-256.
PUBLISHED = {
    "resnet18": "resnet18-f37072fd.pth",
    "resnet34": "resnet34-b627a593.pth",
    "vgg16": "vgg16-397923af.pth",
}
#: The dense layers for ImageNet's 1000 classes, of no use here.
_CLASSIFIERS = ("fc.", "classifier.")


def weights_folder() -> Path:
    """Return the folder of published weights: ``GENRELAB_WEIGHTS``, else one in the cache."""
    named = os.environ.get("GENRELAB_WEIGHTS")
    return Path(named) if named else default_root() / "weights"


def weights_file(name: str, weights: str) -> Path | None:
    """Return the file that the option ``weights`` of the model ``name`` means.

    ``None`` for ``"none"``. A file that is not there raises :class:`ModelError` and says how to
    get it.
    """
    if weights == "none":
        return None
    if weights != "imagenet":
        if not Path(weights).is_file():
            raise ModelError(
                f"there is no file {weights!r} to take weights from; give a file in torchvision's "
                "format, 'imagenet' or 'none'."
            )
        return Path(weights)
    path = weights_folder() / PUBLISHED[name]
    if not path.is_file():
        raise ModelError(
            f"the ImageNet weights of {name} are not at {str(path)!r}; get them with "
            f"`genrelab weights {name}`, or train from scratch with weights = 'none'."
        )
    return path


def weights_sha256(model: Mapping[str, Any]) -> str | None:
    """Return the SHA-256 of the file that a model starts from; ``None`` if it starts from none.

    Parameters
    ----------
    model
        Name and options as in a recipe.
    """
    path = weights_file(str(model["name"]), str(model.get("weights", "none")))
    if path is None:
        return None
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def read_weights(path: str | Path) -> dict[str, Tensor]:
    """Read tensors by name from a ``.safetensors`` file or one of torch's (``.pth``, ``.pt``).

    Raises
    ------
    ModelError
        The file cannot be read, or holds anything but named tensors.
    """
    path = Path(path)
    try:
        if path.suffix == ".safetensors":
            found = safetensors.torch.load_file(path)
        else:
            found = torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise ModelError(f"{str(path)!r} cannot be read ({error.strerror or error}).") from error
    except (
        SafetensorError,
        UnpicklingError,
        RuntimeError,
        ValueError,
        EOFError,
        KeyError,
    ) as error:
        raise ModelError(
            f"{str(path)!r} holds no weights: it is neither safetensors nor a file of torch that "
            "consists of tensors alone."
        ) from error
    if not isinstance(found, Mapping) or not all(isinstance(t, Tensor) for t in found.values()):
        raise ModelError(f"{str(path)!r} holds more than named tensors; give a plain state dict.")
    return dict(found)


def load_pretrained(
    network: nn.Module, weights: str, *, name: str, own: Sequence[str] = ()
) -> None:
    """Fill a network with the weights that its option names; ``"none"`` leaves it as it is.

    Parameters
    ----------
    network
        With torchvision's parameter names.
    weights
        The option: ``"none"``, ``"imagenet"`` or the path of a file.
    name
        Under which the file is published, a key of :data:`PUBLISHED`.
    own
        Beginnings of names that are the network's own and keep what was drawn.

    Raises
    ------
    ModelError
        There is no such file, or a parameter is missing in it, has another shape, or is none of
        the network's; the first such parameter is named. The layers that name ImageNet's classes
        are not looked at.
    """
    path = weights_file(name, weights)
    if path is None:
        return
    skipped = (*own, *_CLASSIFIERS)
    given = {k: v for k, v in read_weights(path).items() if not k.startswith(skipped)}
    wanted = {k: v for k, v in network.state_dict().items() if not k.startswith(skipped)}
    for key, value in wanted.items():
        if key not in given:
            if key.endswith("num_batches_tracked"):  # files of before 2018 do not count batches
                continue
            raise ModelError(f"{str(path)!r} holds no {key!r}, so it is not of {name}.")
        if given[key].shape != value.shape:
            raise ModelError(
                f"{str(path)!r} holds {key!r} of shape {tuple(given[key].shape)} where {name} has "
                f"{tuple(value.shape)}."
            )
    for key in given:
        if key not in wanted:
            raise ModelError(f"{str(path)!r} holds {key!r}, which {name} does not have.")
    network.load_state_dict(given, strict=False)
