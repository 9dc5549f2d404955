"""The variants of Table III of heakl2022 against figures of the paper, of its code, and by hand."""

import pytest
import torch
from torch import nn

from genrelab import models
from genrelab.errors import ModelError
from genrelab.models.bbnn import BBNN
from genrelab.models.cost import count_parameters

#: liu2021: in convolutions and the dense layer; trainable; with running statistics.
BBNN_COUNTS = (180_458, 185_642, 190_826)


def create(name, **options):
    torch.manual_seed(0)
    return models.create(name, n_classes=10, **options).eval()


def counts(name, **options):
    found = count_parameters(create(name, **options))
    return found.weights, found.trainable, found.total


def with_norms(weights, channels):
    """Counts with batch normalisations over so many channels: scale and shift, then statistics."""
    return weights, weights + 2 * channels, weights + 4 * channels


# Parameters ---------------------------------------------------------------------------------------


def test_without_3x3_there_are_27744_parameters_fewer():
    """The paper's own number; no normalisation goes."""
    assert counts("bbnn_no_3x3") == tuple(n - 27_744 for n in BBNN_COUNTS)


def test_3x3_for_5x5_saves_16_of_25_weights_a_pair_of_channels():
    saved = 3 * (25 - 9) * 32 * 32
    assert counts("bbnn_3x3_for_5x5") == tuple(n - saved for n in BBNN_COUNTS)


@pytest.mark.parametrize("name", ["bbnn", "bbnn_max_pool", "bbnn_dropout", "bbnn_selu"])
def test_what_has_no_parameters_adds_none(name):
    assert counts(name) == BBNN_COUNTS


def test_group_normalisation_has_scale_and_shift_but_no_statistics():
    assert counts("bbnn_group_norm") == (180_458, 185_642, 185_642)


# Of a block: liu2021's Table 1 for the first three, 4 * 128 * 32 more for each one further.
@pytest.mark.parametrize(
    ("name", "blocks"),
    [
        ("bbnn_1_block", [39_104]),
        ("bbnn_2_blocks", [39_104, 55_488]),
        ("bbnn_5_blocks", [39_104, 55_488, 71_872, 88_256, 104_640]),
    ],
)
def test_numbers_of_blocks(name, blocks):
    entering = [32 + 128 * i for i in range(len(blocks))]
    leaving = 32 + 128 * len(blocks)
    weights = 320 + sum(blocks) + (leaving + 1) * 32 + 330
    norms = 32 + sum(4 * c + 2 * 32 for c in entering) + leaving + 32
    assert counts(name) == with_norms(weights, norms)


def test_squeeze_and_excitation_adds_two_dense_layers_a_block():
    added = 3 * ((128 + 1) * 32 + (32 + 1) * 128)
    assert counts("bbnn_se") == tuple(n + added for n in BBNN_COUNTS)


def test_squeeze_and_excitation_as_in_the_authors_code():
    """Their summary has 197,594 trainable parameters, 4,416 of them in 2,208 normalised channels
    (their transition normalises 32 channels where BBNN's normalises 416)."""
    weights, _, _ = counts("bbnn_se", ratio=8, pooling="max")
    assert weights == 197_594 - 4_416


def test_lstm_branch():
    """A fifth 1x1 convolution and an LSTM in each block, whose outputs all later layers see."""
    entering = [32, 192, 352]
    convolutions = sum(5 * (c + 1) * 32 + (9 + 25) * 32 * 32 + 2 * 32 for c in entering)
    lstms = 3 * 4 * (32 * 32 + 32 * 32 + 32 + 32)
    weights = 320 + convolutions + lstms + (512 + 1) * 32 + 330
    assert weights == 239_690
    norms = 32 + sum(5 * c + 2 * 32 for c in entering) + 512 + 32
    assert counts("bbnn_lstm") == with_norms(weights, norms)


def test_inception_resnet():
    stem = (9 + 1) * 12 + (9 * 12 + 1) * 12 + (9 * 12 + 1) * 24
    stem += (24 + 1) * 30 + (9 * 30 + 1) * 72 + (9 * 72 + 1) * 96
    into = (96 + 1) * 32  # a 1x1 convolution at the start of a branch
    a = 3 * into + 3 * (9 * 32 + 1) * 32 + (3 * 32 + 1) * 96
    b = 2 * into + 2 * (7 * 32 + 1) * 32 + (2 * 32 + 1) * 96
    c = 2 * into + 2 * (3 * 32 + 1) * 32 + (2 * 32 + 1) * 96
    weights = stem + a + b + c + (96 + 1) * 32 + 330
    assert weights == 181_916
    norms_of_blocks = (3 * 96 + 3 * 32 + 96) + 2 * (2 * 96 + 2 * 32 + 64)
    norms = (12 + 12 + 24 + 30 + 72 + 96) + norms_of_blocks + 96 + 32
    assert counts("bbnn_inception_resnet") == with_norms(weights, norms)


def test_xception_has_the_parameters_of_the_authors_summary():
    """The paper says about 141 k; a separable convolution has 9 c + 128 c + 128."""
    weights = 320 + sum(9 * c + 128 * c + 128 for c in (32, 160, 288, 416)) + (544 + 1) * 32 + 330
    assert weights == 141_354
    assert counts("bbnn_xception") == (weights, 143_338, 145_322)


# Behaviour ----------------------------------------------------------------------------------------


def reach(module, channels):
    """How far away a change of one place shows: bins and frames."""
    torch.manual_seed(0)
    x = torch.randn(1, channels, 11, 11)
    changed = x.clone()
    changed[:, :, 5, 5] += 1.0
    with torch.no_grad():
        differs = (module(x) != module(changed)).any(dim=1)[0].nonzero() - 5
    return tuple(int(n) for n in differs.abs().max(dim=0).values)


def test_the_filters_reach_as_far_as_their_names_say():
    plain, without, small = (
        create(n).broadcast[0] for n in ("bbnn", "bbnn_no_3x3", "bbnn_3x3_for_5x5")
    )
    assert (reach(plain.branch3x3, 32), reach(plain.branch5x5, 32)) == ((1, 1), (2, 2))
    assert (reach(without.branch3x3, 32), reach(without.branch5x5, 32)) == ((0, 0), (2, 2))
    assert (reach(small.branch3x3, 32), reach(small.branch5x5, 32)) == ((1, 1), (1, 1))


def test_branch_without_3x3_ends_in_relu():
    with torch.no_grad():
        assert create("bbnn_no_3x3").broadcast[0].branch3x3(torch.randn(2, 32, 9, 9)).min() == 0


def test_pooling_sees_the_loudest_place_or_the_average():
    maps = torch.zeros(1, 32, 4, 5)
    maps[0, 7, 2, 3] = 6.0
    pooled = {
        name: create(name).decision[:4](maps)[0] for name in ("bbnn", "bbnn_max_pool")
    }  # after a normalisation by fresh statistics: division by sqrt(1.001)
    assert pooled["bbnn"][7].item() == pytest.approx(6 / 20, rel=1e-3)
    assert pooled["bbnn_max_pool"][7].item() == pytest.approx(6, rel=1e-3)
    assert pooled["bbnn_max_pool"].sum().item() == pytest.approx(6, rel=1e-3)


def test_dropout_keeps_60_percent_of_the_features_in_training_only():
    torch.manual_seed(0)
    drop = create("bbnn_dropout").decision[4]
    features = torch.ones(1000, 32)
    assert torch.equal(drop(features), features)
    dropped = drop.train()(features)
    assert (dropped > 0).float().mean().item() == pytest.approx(0.6, abs=0.01)
    assert dropped.max().item() == pytest.approx(1 / 0.6)


def test_dropout_and_selu_start_from_bbnns_weights():
    x = torch.randn(2, 1, 20, 30)
    with torch.no_grad():
        assert torch.equal(create("bbnn_dropout")(x), create("bbnn")(x))
        shallow = create("bbnn").shallow
        selu = create("bbnn_selu").shallow
        expected = shallow[3](torch.selu(shallow[1](shallow[0](x))))
        assert torch.equal(selu(x), expected)
        assert expected.min() < 0


@pytest.mark.parametrize(
    ("name", "gone", "instead"),
    [("bbnn_selu", nn.ReLU, nn.SELU), ("bbnn_group_norm", nn.BatchNorm2d, nn.GroupNorm)],
)
def test_every_layer_of_the_kind_is_replaced(name, gone, instead):
    """A normalisation and a ReLU each in the stem, six a block, transition, decision."""
    layers = list(create(name).modules())
    assert sum(isinstance(m, gone) for m in layers) == 0
    assert sum(isinstance(m, instead) for m in layers) == 1 + 3 * 6 + 1 + 1


def test_group_normalisation_does_not_depend_on_batch_mates():
    x = torch.randn(3, 1, 16, 24)
    other = torch.cat([x[:1], 5 * x[1:]])
    for name, depends in (("bbnn", True), ("bbnn_group_norm", False)):
        network = create(name).train()
        with torch.no_grad():
            assert torch.allclose(network(x)[0], network(other)[0], atol=1e-4) != depends


def test_groups_have_16_channels():
    """Channels 0 to 15 are brought to mean 0 and deviation 1 together, not fewer by themselves."""
    norm = create("bbnn_group_norm").shallow[1]
    x = torch.randn(1, 32, 8, 8) * torch.arange(1.0, 33.0)[:, None, None]
    first = norm(x)[0, :16]
    assert first.mean().item() == pytest.approx(0, abs=1e-5)
    assert first.std(correction=0).item() == pytest.approx(1, abs=1e-3)
    assert first[:8].std() < 0.7  # of 1 to 8 beside 1 to 16: sqrt(25.5 / 93.5)


def test_the_gate_scales_the_new_channels_and_leaves_the_input():
    block = create("bbnn_se").broadcast[0]
    logit = torch.linspace(-4, 4, 128)
    x = torch.randn(2, 32, 6, 7)
    with torch.no_grad():
        block.gate[4].weight.zero_()
        block.gate[4].bias.copy_(logit)
        plain, excited = block.block(x), block(x)
    assert torch.equal(excited[:, :32], x)
    expected = plain[:, 32:] * torch.sigmoid(logit)[:, None, None]
    torch.testing.assert_close(excited[:, 32:], expected)


@pytest.mark.parametrize(("pooling", "expected"), [("average", 0.5), ("max", 3.0)])
def test_how_the_gate_squeezes(pooling, expected):
    maps = torch.zeros(1, 128, 2, 3)
    maps[:, :, 1, 2] = 3.0
    gate = create("bbnn_se", pooling=pooling).broadcast[0].gate
    assert torch.allclose(gate[:2](maps), torch.full((1, 128), expected))
    assert gate[2].out_features == 32


def test_the_lstm_runs_forwards_along_the_frames_of_each_bin():
    lstm = create("bbnn_lstm").broadcast[0].branch_lstm[1]
    x = torch.randn(2, 32, 5, 9)
    changed = x.clone()
    changed[1, :, 3, 4] += 1.0
    with torch.no_grad():
        differs = (lstm(x) != lstm(changed)).any(dim=1)  # (batch, bins, frames)
    expected = torch.zeros(2, 5, 9, dtype=torch.bool)
    expected[1, 3, 4:] = True
    assert torch.equal(differs, expected)


def test_the_lstm_is_a_fifth_branch_behind_the_others():
    block = create("bbnn_lstm").broadcast[0]
    x = torch.randn(1, 32, 6, 7)
    with torch.no_grad():
        y = block(x)
        assert y.shape[1] == block.channels_out == 32 + 5 * 32
        assert torch.equal(y[:, :32], x)
        assert torch.equal(y[:, 160:], block.branch_lstm(x))


def test_residual_blocks_add_to_their_input():
    network = create("bbnn_inception_resnet")
    x = torch.randn(1, 96, 8, 9)
    for block in network.broadcast:
        nn.init.zeros_(block.expand[2].weight)
    with torch.no_grad():
        assert torch.equal(network.broadcast(x), x)
        assert network.shallow(torch.zeros(1, 1, 128, 647)).shape == (1, 96, 16, 81)


def test_residual_blocks_reach_as_far_as_their_kernels():
    """Figures 10, 11 and 13 of Szegedy et al.: two 3x3; 1x7 and 7x1; 1x3 and 3x1."""
    blocks = create("bbnn_inception_resnet").broadcast
    assert [reach(block, 96) for block in blocks] == [(2, 2), (3, 3), (1, 1)]
    assert [[reach(b, 96) for b in block.branches] for block in blocks] == [
        [(0, 0), (1, 1), (2, 2)],
        [(0, 0), (3, 3)],
        [(0, 0), (1, 1)],
    ]


def test_xception_blocks_keep_their_input_and_separate_space_from_channels():
    block = create("bbnn_xception").broadcast[1]
    _, _, depthwise, pointwise = block.separable
    x = torch.randn(1, 160, 6, 7)
    changed = x.clone()
    changed[:, 3] += 1.0
    with torch.no_grad():
        assert torch.equal(block(x)[:, :160], x)
        differs = (depthwise(x) != depthwise(changed)).flatten(2).any(dim=2)[0]
    assert differs.nonzero().flatten().tolist() == [3]
    assert (reach(depthwise, 160), reach(pointwise, 160)) == ((1, 1), (0, 0))


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("bbnn_dropout", {"keep": 0.0}),
        ("bbnn_group_norm", {"width": 24}),
        ("bbnn_se", {"ratio": 0}),
        ("bbnn_se", {"pooling": "median"}),
    ],
)
def test_a_wrong_option_is_one_sentence(name, options):
    with pytest.raises(ModelError, match=next(iter(options))):
        create(name, **options)


def test_running_statistics_follow_as_asked():
    asked = [n for n in models.names("neural") if "III-E" in models.entry(n).source]
    asked.remove("bbnn_group_norm")  # has none
    for name in asked:
        network = create(name, bn_momentum=0.3)
        norms = [m for m in network.modules() if isinstance(m, nn.BatchNorm2d)]
        assert {(norm.momentum, norm.eps) for norm in norms} == {(0.3, 1e-3)}


def test_a_seed_gives_bbnn_the_weights_it_always_gave():
    """Layers are made in the order of Figure 2, then drawn anew in the same order."""

    def branches(c):
        yield nn.Conv2d(c, 32, 1)
        yield from (nn.Conv2d(c, 32, 1), nn.Conv2d(32, 32, 3))
        yield from (nn.Conv2d(c, 32, 1), nn.Conv2d(32, 32, 5))
        yield nn.Conv2d(c, 32, 1)

    torch.manual_seed(7)
    layers = [nn.Conv2d(1, 32, 3)]
    for channels in (32, 160, 288):
        layers += branches(channels)
    layers += [nn.Conv2d(416, 32, 1), nn.Linear(32, 10)]
    for layer in layers:
        nn.init.xavier_uniform_(layer.weight)
    torch.manual_seed(7)
    found = [m for m in BBNN(10).modules() if isinstance(m, (nn.Conv2d, nn.Linear))]
    assert len(found) == len(layers) == 1 + 3 * 6 + 2
    assert all(torch.equal(a.weight, b.weight) for a, b in zip(found, layers, strict=True))
