"""Ordinary augmentation and Copy-Paste, by hand."""

import numpy as np

from sims_core.scenes.classes import VOID
from sims_core.usefulness.augmentation import Placement, jitter_colours, paste_objects


class Chosen:
    """A stream that gives what it is told."""

    def __init__(self, *values):
        self.values = list(values)

    def uniform(self, low, high, size=None):
        value = self.values.pop(0)
        assert np.all((np.asarray(value) >= low) & (np.asarray(value) <= high))
        return np.asarray(value) if size else value

    def random(self, size):
        return np.asarray(self.values.pop(0))


def test_at_scale_one_nothing_moves():
    rng = np.random.default_rng(0)
    photo, labels = rng.integers(0, 255, (6, 8, 3), dtype=np.uint8), rng.integers(0, 5, (6, 8), dtype=np.uint8)
    placement = Placement(Chosen(0.0, 0.3, 0.9), (6, 8))
    assert np.array_equal(placement.photo(photo), photo)
    assert np.array_equal(placement.labels(labels), labels)


def test_twice_as_large_from_the_top_left_corner():
    labels = np.arange(24, dtype=np.uint8).reshape(4, 6)
    placement = Placement(Chosen(np.log(2.0), 0.0, 0.0), (4, 6))
    assert np.array_equal(placement.labels(labels), labels[:2, :3].repeat(2, axis=0).repeat(2, axis=1))


def test_half_as_large_leaves_void_and_black_around_it():
    labels, photo = np.full((4, 6), 3, np.uint8), np.full((4, 6, 3), 200, np.uint8)
    placement = Placement(Chosen(np.log(0.5), 1.0, 0.0), (4, 6))
    moved, shown = placement.labels(labels), placement.photo(photo)
    assert (moved[:2, 3:] == 3).all()
    assert (moved == VOID).sum() == 24 - 6
    assert (shown[:2, 3:] == 200).all()
    assert (shown[3] == 0).all()


def test_photo_and_labels_move_alike():
    """A grey value per category: wherever the label map has an inner pixel of it, the photo shows it."""
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 4, (6, 8), dtype=np.uint8).repeat(8, axis=0).repeat(8, axis=1)
    photo = (labels * 60)[..., None].repeat(3, axis=2)
    for seed in range(20):
        placement = Placement(np.random.default_rng(seed), labels.shape)
        moved, shown = placement.labels(labels), placement.photo(photo)[..., 0]
        inner = (moved != VOID) & (shown % 60 == 0)
        assert inner.mean() > 0.5 * (moved != VOID).mean()
        assert (shown[inner] == moved[inner] * 60).mean() > 0.98


def test_colours_by_hand():
    photo = np.array([[[100, 100, 100], [200, 200, 200]]], np.uint8)
    assert np.array_equal(jitter_colours(photo, Chosen([1, 1, 1])), photo)
    # 125 and 250 around their mean 187.5 at 0.8 times the contrast.
    assert jitter_colours(photo, Chosen([1.25, 0.8, 0.75]))[0, :, 0].tolist() == [138, 238]
    red = np.array([[[100, 0, 0]]], np.uint8)
    grey = 0.299 * 100
    assert jitter_colours(red, Chosen([1, 1, 0.75]))[0, 0].tolist() == [
        int(grey + 0.75 * (100 - grey) + 0.5), int(0.25 * grey + 0.5), int(0.25 * grey + 0.5)
    ]  # fmt: skip


def test_chosen_objects_are_pasted_with_their_labels():
    below = (np.zeros((2, 3, 3), np.uint8), np.array([[0, 0, 0], [VOID, 1, 1]], np.uint8))
    above = (np.full((2, 3, 3), 9, np.uint8), np.array([[2, 2, 0], [2, 3, 3]], np.uint8))
    objects = np.array([[5, 5, 0], [5, 700, 700]], np.uint16)
    photo, labels = paste_objects(below, above, objects, Chosen([0.4, 0.6]))
    assert labels.tolist() == [[2, 2, 0], [2, 1, 1]]
    assert photo[..., 0].tolist() == [[9, 9, 0], [9, 0, 0]]
    _, labels = paste_objects(below, above, objects, Chosen([0.5, 0.5]))
    assert np.array_equal(labels, below[1])
