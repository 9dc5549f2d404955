"""Frozen parts stay as they are to the last bit, the others move, and norms keep their memory."""

import pytest
import torch

from genrelab.errors import ModelError
from genrelab.features import Windowing
from genrelab.training.freeze import Frozen
from genrelab.training.network import Job, fit_network, make_network
from genrelab.training.recipe import Training

MODEL = {"name": "bbnn", "width": 4, "bn_momentum": 0.1, "n_classes": 3, "n_bins": 16}


def after(epochs, folder, examples, **freeze):
    training = Training(
        epochs=epochs,
        batch_size=4,
        accelerator="cpu",
        keep="last",
        weight_decay=0.1,
        early_stopping="none",
        freeze=freeze,
    )
    job = Job(MODEL, training, Windowing(frames=24, hop=12), 0, folder)
    network, _ = fit_network(job, examples, None)
    return network.state_dict()


def part(state, prefix):
    return {k: v for k, v in state.items() if k.startswith(prefix)}


def same(a, b):
    return all(torch.equal(a[k], b[k]) for k in a if not k.endswith("num_batches_tracked"))


def test_a_part_that_never_learns(tmp_path, make_examples):
    begun = make_network(MODEL, 0).state_dict()
    ended = after(2, tmp_path / "a", make_examples(12), shallow=0)
    assert same(part(begun, "shallow."), part(ended, "shallow."))
    assert not same(part(begun, "broadcast."), part(ended, "broadcast."))


def test_a_part_that_stops_learning(tmp_path, make_examples):
    """One epoch of learning and two frozen ones leave it where one epoch alone does.

    Adam's momentum and weight decay would move it further if only its gradients were zero.
    """
    examples = make_examples(12)
    once = after(1, tmp_path / "a", examples)
    frozen = after(3, tmp_path / "b", examples, transition=1)
    free = after(3, tmp_path / "c", examples)
    assert same(part(once, "transition."), part(frozen, "transition."))
    assert not same(part(once, "transition."), part(free, "transition."))
    assert not same(part(once, "decision."), part(frozen, "decision."))


def test_a_single_parameter_can_be_named(tmp_path, make_examples):
    begun = make_network(MODEL, 0).state_dict()
    ended = after(1, tmp_path / "a", make_examples(12), **{"decision.4.weight": 0})
    assert torch.equal(begun["decision.4.weight"], ended["decision.4.weight"])
    assert not torch.equal(begun["decision.4.bias"], ended["decision.4.bias"])


def test_an_unknown_part_and_nothing_left():
    network = make_network(MODEL, 0)
    with pytest.raises(ModelError, match=r"no part 'shalow'\. Did you mean 'shallow'\?"):
        Frozen(network, {"shalow": 0})
    with pytest.raises(ModelError, match="nothing of the network to learn"):
        Frozen(network, dict.fromkeys(dict(network.named_children()), 0))
