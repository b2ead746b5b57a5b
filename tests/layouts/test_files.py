import numpy as np
import pytest

from sims_core.base.errors import SimsError
from sims_core.base.read_pictures import LabelPicture
from sims_core.layouts.files import decode_layout


def test_unknown_label_value_is_located(classes):
    labels = np.zeros((3, 3), dtype=np.uint8)
    labels[2, 1] = 77
    with pytest.raises(SimsError, match=r"unknown label value 77 in 1 pixels, the first at row 2, column 1"):
        decode_layout(LabelPicture(labels), "labels.png", classes)
    labels[2, 1] = 255
    decode_layout(LabelPicture(labels), "labels.png", classes)
