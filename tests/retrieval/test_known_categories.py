"""A layout of which the bank holds every category, and one of which it does not."""

import numpy as np
import pytest

from sims_core.base.errors import SimsError
from sims_core.retrieval.known_categories import check_categories_known
from sims_core.scenes.scene import Scene
from tests.support.small_composition import layout_of, write_photos
from tests.support.small_scenes import CAR, ROAD, SKY


def test_a_category_that_the_bank_has_not_is_named_and_void_is_none(tmp_path, classes):
    labels = layout_of((SKY, 0, 0, 8, 32), (ROAD, 8, 0, 16, 32))
    photo = np.zeros((*labels.shape, 3), dtype=np.uint8)
    bank = write_photos(tmp_path, classes, [Scene(scene_id="t", split="train", photo=photo, labels=labels)])
    check_categories_known(layout_of((ROAD, 0, 0, 4, 4)), bank, classes, "layout.png")
    check_categories_known(layout_of(), bank, classes, "layout.png")
    with pytest.raises(
        SimsError, match=r"layout.png: category 'car' is unknown to the bank, expected one of road, sky"
    ):
        check_categories_known(layout_of((ROAD, 0, 0, 4, 4), (CAR, 4, 4, 5, 5)), bank, classes, "layout.png")
