import numpy as np
import pytest

from sims_core.base.errors import SimsError
from sims_core.scenes.label_values import decode_palette
from tests.support.small_scenes import CAR, ROAD, SKY


def test_palette_round_trip_and_unknown_colour(classes):
    labels = np.array([[SKY, CAR], [255, ROAD]], dtype=np.uint8)
    picture = classes.colourise(labels)
    assert np.array_equal(decode_palette(picture, classes, "x.png"), labels)
    picture[1, 1] = (1, 2, 3)
    with pytest.raises(SimsError, match=r"x.png: colour \(1, 2, 3\) at row 1, column 1"):
        decode_palette(picture, classes, "x.png")
