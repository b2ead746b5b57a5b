"""How different the pictures of one layout are."""

import numpy as np
import pytest
import torch

from sims_core.evaluation.measures.diversity import ChangedSources, Diversity, distance_map
from sims_core.networks.vgg import VGG19
from sims_core.scenes.classes import VOID
from tests.support.small_canvas import canvas_of

LAYOUT = np.repeat(np.array([[0, 1], [1, VOID]], np.uint8).repeat(16, axis=0), 16, axis=1)
PICTURES = np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def vgg():
    torch.manual_seed(0)
    return VGG19(base_channels=4)


def distance(vgg, a, b):
    """The definition, layer by layer, in NumPy."""
    planes = [torch.from_numpy(each[None] / 255).permute(0, 3, 1, 2).float() for each in (a, b)]
    layers = []
    for ours, theirs in zip(vgg(planes[0]), vgg(planes[1]), strict=True):
        one, two = (each.detach().double().numpy()[0] for each in (ours, theirs))
        one, two = (each / (np.linalg.norm(each, axis=0) + 1e-10) for each in (one, two))
        layers.append(((one - two) ** 2).sum(axis=0).mean())
    return np.mean(layers)


def test_equal_pictures_have_no_distance_and_order_does_not_matter(vgg):
    assert not distance_map(vgg, PICTURES, PICTURES).any()
    there, back = distance_map(vgg, PICTURES[:1], PICTURES[1:2]), distance_map(vgg, PICTURES[1:2], PICTURES[:1])
    assert np.array_equal(there, back)
    assert (there >= 0).all()


def test_mean_of_the_map_is_the_definition(vgg):
    found = distance_map(vgg, PICTURES[:1], PICTURES[1:2])
    assert found.shape == (1, 32, 32)
    assert found.mean() == pytest.approx(distance(vgg, PICTURES[0], PICTURES[1]), rel=1e-4)


def test_pairs_layouts_and_categories(vgg):
    diversity = Diversity(vgg, 3)
    diversity.add("three", LAYOUT, list(PICTURES))
    pairs = [distance(vgg, PICTURES[a], PICTURES[b]) for a, b in ((0, 1), (0, 2), (1, 2))]
    assert diversity.per_layout["three"] == pytest.approx(np.mean(pairs), rel=1e-4)
    diversity.add("equal", LAYOUT, [PICTURES[0], PICTURES[0]])
    assert diversity.per_layout["equal"] == 0
    assert diversity.mean() == pytest.approx(np.mean(pairs) / 2, rel=1e-4)
    maps = np.mean(
        [distance_map(vgg, PICTURES[a : a + 1], PICTURES[b : b + 1])[0] for a, b in ((0, 1), (0, 2), (1, 2))], axis=0
    )
    expected = [maps[category == LAYOUT].mean() / 2 for category in (0, 1)]
    assert diversity.per_category[:2] == pytest.approx(expected)
    assert np.isnan(diversity.per_category[2])


def test_changed_sources_by_hand():
    first = canvas_of(["a", "b", "c"], [[1, 2, 3]], components=[5, 2, 9])
    other = canvas_of(["c", "b", "d"], [[1, 2, 3]], components=[9, 2, 5])
    changed = ChangedSources()
    assert changed.share() == 0
    changed.add(first, other)  # only component 5 shows another photo
    assert changed.share() == pytest.approx(1 / 3)
    changed.add(first, first)
    assert changed.share() == pytest.approx(1 / 6)
