import math

import numpy as np
import pytest

from genrelab.datasets.synthetic import fixed
from genrelab.datasets.synthetic.fixed import ONE, Dice


def test_the_sine_is_rounded_rightly():
    table = fixed.sine_table()
    truth = (ONE - 1) * np.sin(2 * np.pi * np.arange(len(table)) / len(table))
    assert np.abs(table - truth).max() <= 0.5 + 1e-6


@pytest.mark.parametrize("cents", [-2500, -1, 0, 1, 386, 700, 1200, 3117])
def test_powers_of_two(cents):
    assert fixed.power_of_two(cents, 1200) / 2**96 == pytest.approx(2 ** (cents / 1200), rel=1e-14)


@pytest.mark.parametrize("midi", [28, 60, 69, 96])
def test_pitches(midi):
    hertz = 440 * 2 ** ((midi - 69) / 12)
    assert fixed.pitch_to_step(100 * midi) == pytest.approx(hertz / 22050 * 2**32, abs=1)


def test_decay_halves():
    falling = fixed.decay(5000, 1000)
    truth = ONE * 2.0 ** (-np.arange(5000) / 1000)
    assert np.abs(falling - truth).max() < ONE * 0.004
    assert falling[0] == ONE


def test_box_is_a_moving_average():
    x = Dice("x").noise(500)
    truth = [x[max(0, i - 6) : i + 1].sum() // 7 for i in range(500)]
    assert fixed.box(x, 7).tolist() == truth


def test_echo_repeats():
    x = np.zeros(50, dtype=np.int64)
    x[3] = 1024
    y = fixed.echo(x, 10, ONE // 2)
    heard = {i: v for i, v in enumerate(y.tolist()) if v}
    assert heard == {3: 1024, 13: 512, 23: 256, 33: 128, 43: 64}


def test_dice_are_fair_and_independent():
    dice = Dice("fair")
    counts = np.bincount([dice.below(6) for _ in range(6000)], minlength=6)
    assert (np.abs(counts - 1000) < 4 * math.sqrt(6000 / 6 * 5 / 6)).all()
    assert sum(dice.chance(30) for _ in range(2000)) == pytest.approx(600, abs=4 * 20.5)
    assert {dice.between(-1, 1) for _ in range(100)} == {-1, 0, 1}
    noise = dice.noise(20_000)
    assert abs(noise.mean()) < 4 * ONE / math.sqrt(3 * 20_000)
    assert noise.std() == pytest.approx(ONE / math.sqrt(3), rel=0.02)
    assert not (dice.noise(100) == noise[:100]).all()


def test_dice_children_do_not_depend_on_throws():
    one, two = Dice("a"), Dice("a")
    one.below(6)
    assert one.child("b").below(10**9) == two.child("b").below(10**9)
    assert Dice("a").below(10**9) != Dice("b").below(10**9)


def test_dice_give_the_same_numbers_everywhere():
    dice = Dice("seed", 7)
    assert [dice.below(1000) for _ in range(4)] == [476, 779, 514, 32]
    assert dice.noise(4).tolist() == [10602, -22324, 24943, 28001]
