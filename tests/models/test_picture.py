"""Spectrograms as pictures, against values worked by hand."""

import torch

from genrelab.models.picture import Picture

#: torchvision's documented preprocessing: black is -mean / std, white is (1 - mean) / std.
BLACK = (-0.485 / 0.229, -0.456 / 0.224, -0.406 / 0.225)
WHITE = (0.515 / 0.229, 0.544 / 0.224, 0.594 / 0.225)


def test_each_input_spans_black_to_white():
    quiet = torch.tensor([[-80.0, -60.0], [-50.0, -40.0]])
    loud = torch.tensor([[20.0, 10.0], [0.0, 15.0]])
    pictures = Picture()(torch.stack([quiet, loud])[:, None])
    assert pictures.shape == (2, 3, 2, 2)
    for channel in range(3):
        black, white = BLACK[channel], WHITE[channel]
        grey = (pictures[:, channel] - black) / (white - black)
        by_hand = torch.tensor([[[0, 0.5], [0.75, 1]], [[1, 0.5], [0, 0.75]]])
        torch.testing.assert_close(grey, by_hand, rtol=0, atol=1e-6)


def test_a_constant_input_is_a_black_picture():
    picture = Picture()(torch.full((1, 1, 4, 5), -37.0))
    black = torch.tensor(BLACK).reshape(1, 3, 1, 1).expand(1, 3, 4, 5)
    torch.testing.assert_close(picture, black)


def test_nothing_of_it_is_in_a_weights_file():
    assert list(Picture().state_dict()) == []
