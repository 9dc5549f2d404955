"""Schedules against courses worked out by hand from liu2021's section 3.3."""

import pytest
import torch

from genrelab.training.recipe import Training
from genrelab.training.schedule import EarlyStopping, Schedule, make_optimizer


def course(training, losses, steps=1):
    weight = torch.nn.Parameter(torch.zeros(1))
    optimizer = make_optimizer([weight], training)
    schedule = Schedule(optimizer, training, steps)
    rates = []
    for loss in losses:
        rates.append(optimizer.param_groups[0]["lr"])
        for _ in range(steps):
            optimizer.step()
            schedule.after_step()
        schedule.after_epoch(loss)
    return rates


def test_plateau_halves_after_more_than_three_epochs_without_a_fall():
    losses = [1.0, 0.9, 0.9, 0.9, 0.9, 0.9, 0.5, 0.4]
    expected = [0.01] * 6 + [0.005] * 2
    assert course(Training(), losses) == pytest.approx(expected)


def test_constant_stays():
    assert course(Training(schedule="constant"), [1.0] * 9) == [0.01] * 9


def test_one_cycle_rises_and_falls():
    rates = course(Training(schedule="one_cycle", epochs=10), [1.0] * 10, steps=4)
    top = rates.index(max(rates))
    assert 0 < top < 5
    assert max(rates) <= 0.01
    assert rates[-1] < 0.001
    assert rates[top:] == sorted(rates[top:], reverse=True)


def test_cyclic_rises_and_falls_in_triangles():
    """Two epochs up, two down, from a tenth to the whole and back; one step an epoch."""
    rates = course(Training(schedule="cyclic", cycle_epochs=4, learning_rate=1.0), [1.0] * 9)
    assert rates == pytest.approx([0.1, 0.55, 1.0, 0.55, 0.1, 0.55, 1.0, 0.55, 0.1])


@pytest.mark.parametrize(("name", "kind"), [("adam", "Adam"), ("adamw", "AdamW"), ("sgd", "SGD")])
def test_optimizers(name, kind):
    training = Training(optimizer=name, learning_rate=0.3, weight_decay=0.1)
    optimizer = make_optimizer([torch.nn.Parameter(torch.zeros(1))], training)
    assert type(optimizer).__name__ == kind
    assert optimizer.param_groups[0]["weight_decay"] == 0.1


def test_a_schedule_goes_on_where_it_stood():
    training = Training(plateau_patience=1)
    losses = [1.0, 1.0, 1.0, 1.0, 1.0, 1.0]
    whole = course(training, losses)
    weight = torch.nn.Parameter(torch.zeros(1))
    first = make_optimizer([weight], training)
    schedule = Schedule(first, training, 1)
    for loss in losses[:3]:
        schedule.after_epoch(loss)
    second = make_optimizer([weight], training)
    again = Schedule(second, training, 1)
    second.load_state_dict(first.state_dict())
    again.load_state_dict(schedule.state_dict())
    rates = []
    for loss in losses[3:]:
        rates.append(second.param_groups[0]["lr"])
        again.after_epoch(loss)
    assert rates == whole[3:]


def test_early_stopping_wants_a_fall_of_min_delta():
    stopping = EarlyStopping(patience=2, min_delta=0.1)
    assert [stopping.should_stop(x) for x in (1.0, 0.95, 0.85, 0.8, 0.79)] == [
        *[False, False, False, False],
        True,
    ]
