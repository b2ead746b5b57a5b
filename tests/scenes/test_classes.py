import numpy as np
import pytest
from pydantic import ValidationError

from sims_core.base.errors import SimsError
from sims_core.scenes.classes import Category, ClassTable, Role
from tests.support.small_scenes import CAR, POLE, ROAD, SKY


def test_roles_and_masks(classes):
    assert classes.ids_with_role(Role.THIN, Role.OBJECT) == [POLE, CAR]
    labels = np.array([[SKY, POLE, 255]], dtype=np.uint8)
    assert classes.role_mask(labels, Role.THIN).tolist() == [[False, True, False]]


def test_one_hot_has_a_void_plane(classes):
    planes = classes.one_hot(np.array([[ROAD, 255]], dtype=np.uint8))
    assert planes.shape == (6, 1, 2)
    assert planes[:, 0, 0].tolist() == [0, 1, 0, 0, 0, 0]
    assert planes[:, 0, 1].tolist() == [0, 0, 0, 0, 0, 1]


def test_palette_round_trip_and_unknown_colour(classes):
    labels = np.array([[SKY, CAR], [255, ROAD]], dtype=np.uint8)
    picture = classes.colourise(labels)
    assert np.array_equal(classes.decode_palette(picture, "x.png"), labels)
    picture[1, 1] = (1, 2, 3)
    with pytest.raises(SimsError, match=r"x.png: colour \(1, 2, 3\) at row 1, column 1"):
        classes.decode_palette(picture, "x.png")


def test_unknown_label_value_is_located(classes):
    labels = np.zeros((3, 3), dtype=np.uint8)
    labels[2, 1] = 77
    with pytest.raises(SimsError, match=r"unknown label value 77 in 1 pixels, the first at row 2, column 1"):
        classes.check_labels(labels, "labels.png")
    labels[2, 1] = 255
    classes.check_labels(labels, "labels.png")


def test_names_and_colours_are_unique():
    sky = Category(name="sky", colour=(1, 2, 3), role=Role.STUFF)
    with pytest.raises(ValidationError, match="name used twice: sky"):
        ClassTable(categories=(sky, sky))
    with pytest.raises(ValidationError, match="colour used twice"):
        ClassTable(categories=(sky, Category(name="sea", colour=(1, 2, 3), role=Role.STUFF)))
