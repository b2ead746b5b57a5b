import pytest
import torch

from sims_core.networks.fill import fill_gaps


def test_gaps_take_the_colours_around_them():
    picture = torch.zeros(1, 1, 1, 4)
    picture[..., 0], picture[..., 3] = 0.2, 0.8
    known = torch.tensor([1.0, 0, 0, 1]).view(1, 1, 1, 4)
    filled = fill_gaps(picture, known).flatten()
    assert filled[[0, 3]].tolist() == picture.flatten()[[0, 3]].tolist()
    # Half the width: 0.2 and 0.8, known; resized with aligned corners to four pixels.
    assert filled[1:3].tolist() == pytest.approx([0.4, 0.6])


@pytest.mark.parametrize("size", [(1, 1), (5, 7), (16, 32)])
def test_filling_keeps_known_pixels_and_stays_in_range(size):
    generator = torch.Generator().manual_seed(0)
    picture = 0.2 + 0.6 * torch.rand(2, 3, *size, generator=generator)
    known = (torch.rand(2, 1, *size, generator=generator) < 0.3).float()
    known[:, :, 0, 0] = 1
    filled = fill_gaps(picture, known)
    assert torch.equal(filled * known, picture * known)
    assert filled.min() >= 0.2 - 1e-6
    assert filled.max() <= 0.8 + 1e-6
    # What lies under a gap does not matter.
    assert torch.equal(fill_gaps(torch.where(known > 0, picture, 9.0), known), filled)


def test_nothing_known_is_filled_with_black():
    assert fill_gaps(torch.ones(1, 3, 6, 5), torch.zeros(1, 1, 6, 5)).abs().max() == 0
