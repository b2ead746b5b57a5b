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
