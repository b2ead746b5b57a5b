import numpy as np
import pytest
from pydantic import ValidationError

from sims_core.scenes.classes import Category, ClassTable, Role
from tests.support.small_scenes import CAR, POLE, SKY


def test_roles_and_masks(classes):
    assert classes.ids_with_role(Role.THIN, Role.OBJECT) == [POLE, CAR]
    labels = np.array([[SKY, POLE, 255]], dtype=np.uint8)
    assert classes.role_mask(labels, Role.THIN).tolist() == [[False, True, False]]


def test_names_and_colours_are_unique():
    sky = Category(name="sky", colour=(1, 2, 3), role=Role.STUFF)
    with pytest.raises(ValidationError, match="name used twice: sky"):
        ClassTable(categories=(sky, sky))
    with pytest.raises(ValidationError, match="colour used twice"):
        ClassTable(categories=(sky, Category(name="sea", colour=(1, 2, 3), role=Role.STUFF)))


@pytest.mark.parametrize("colour", [(0, 0, 256), (-1, 0, 0), (0, 0, 10**30), (0.5, 0, 0)])
def test_colours_are_bytes(colour):
    with pytest.raises(ValidationError):
        Category(name="sky", colour=colour, role=Role.STUFF)
    assert Category(name="sky", colour=(0, 128, 255), role=Role.STUFF).colour == (0, 128, 255)
