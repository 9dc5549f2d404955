"""A network that cannot learn twenty tracks by heart has a fault, whatever it scores elsewhere."""

import numpy as np
import pytest
import torch

from genrelab import models
from genrelab.features import create
from genrelab.training.allocator import keep_freed_memory

TRACKS, CLASSES, FRAMES = 20, 5, 64
MOST_STEPS = 150
LEARNING_RATE = 3e-3
#: Thirteen convolutions without normalisation diverge at that.
OTHER_RATES = {"vgg16": 1e-4}
#: Bins and frames of noise: enough to tell twenty tracks apart.
SHAPE = (16, 20)
#: Five poolings halve both; less would leave nothing, or a single place.
OTHER_SHAPES = {"vgg16": (32, 32), "resnet18": (32, 32), "resnet34": (32, 32)}


def learn_by_heart(name, x, y):
    """Train on all tracks at once until the evaluated network names them; return its accuracy."""
    keep_freed_memory()
    torch.manual_seed(0)
    network = models.create(name, n_classes=CLASSES, n_bins=x.shape[2])
    for module in network.modules():  # the authors' own momentum needs thousands of steps
        if isinstance(module, torch.nn.modules.batchnorm._BatchNorm):
            module.momentum = 0.1
    optimizer = torch.optim.Adam(network.parameters(), OTHER_RATES.get(name, LEARNING_RATE))
    accuracy = 0.0
    for step in range(1, MOST_STEPS + 1):
        network.train()
        loss = torch.nn.functional.cross_entropy(network(x), y)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        if step % 10 == 0:
            with torch.no_grad():
                accuracy = (network.eval()(x).argmax(1) == y).float().mean().item()
            if accuracy > 0.95:
                break
    return accuracy


@pytest.mark.parametrize("name", models.names("neural"))
def test_twenty_tracks_of_noise(name):
    """Noise in the range of decibels: nothing but memory tells its classes apart."""
    rng = np.random.default_rng(0)
    shape = (TRACKS, 1, *OTHER_SHAPES.get(name, SHAPE))
    x = rng.normal(-40, 15, shape).astype(np.float32)
    assert learn_by_heart(name, torch.from_numpy(x), torch.arange(TRACKS) % CLASSES) > 0.95


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.parametrize("name", models.names("neural"))
def test_twenty_real_tracks(name, data_root):
    """Four tracks of each of five genres, each cut to a few seconds; MFCC for models of MFCC."""
    mel = np.load(data_root / "gtzan_mel" / "mel128.npz")["mel"]
    rows = [100 * genre + 20 * k for genre in range(CLASSES) for k in range(TRACKS // CLASSES)]
    x = mel[rows][:, :, 100 : 100 + FRAMES].astype(np.float32) * (80 / 255) - 80
    if create(**models.entry(name).front_end).name == "mfcc":
        front_end = create("precomputed", n_frame_bins=128, n_mfcc=20)
        x = np.stack([front_end.finish(track) for track in x])
    y = torch.arange(TRACKS) // (TRACKS // CLASSES)
    assert learn_by_heart(name, torch.from_numpy(x[:, None]), y) > 0.95
