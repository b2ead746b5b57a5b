"""FreeMask's filter, by hand."""

import numpy as np
import pytest
from PIL import Image

from sims_core.formats.scenes import SceneReader
from sims_core.scenes.classes import VOID
from sims_core.usefulness.examples import made_pictures
from sims_core.usefulness.filtering import filter_pictures, too_hard
from tests.support.made_pictures import write_mirrored
from tests.support.small_scenes import SKY


def test_too_hard_is_above_the_limit_of_the_category():
    labels = np.array([[0, 0, 1, VOID]], np.uint8)
    losses = np.array([[1.0, 1.1, 1.1, 9.0]], np.float32)
    limits = np.zeros(256)
    limits[:2] = 1.05, 2.0
    assert too_hard(labels, losses, limits).tolist() == [[False, True, False, False]]


class Judge:
    """Finds the sky of every second picture four times as hard as that of the others, and all else equally easy."""

    def __init__(self):
        self.num_seen = 0

    def label_losses(self, pictures, labels):
        loss = 4.0 if self.num_seen % 2 else 1.0
        self.num_seen += 1
        return np.where(labels == SKY, loss, 0.5).astype(np.float32) * (labels != VOID)


def test_what_is_far_above_the_mean_of_its_category_over_all_pictures_becomes_void(scenes_folder, tmp_path):
    """The mean of the sky lies between 1 and 4, so the sky of the second picture goes; nothing else does."""
    reader = SceneReader(scenes_folder)
    (tmp_path / "made").mkdir()
    made = write_mirrored(tmp_path / "made", reader)
    pictures = made_pictures(made, ["mirrored-v0", "mirrored-v1"], known=False)
    filtered, share = filter_pictures(pictures, Judge(), scenes_folder, tmp_path / "filtered")
    asked = [np.asarray(Image.open(picture.labels)) for picture in pictures]
    kept = [np.asarray(Image.open(picture.labels)) for picture in filtered]
    assert np.array_equal(kept[0], asked[0])
    assert np.array_equal(kept[1], np.where(asked[1] == SKY, VOID, asked[1]))
    labelled = sum((labels != VOID).sum() for labels in asked)
    assert share == pytest.approx((asked[1] == SKY).sum() / labelled)
    assert [picture.image for picture in filtered] == [picture.image for picture in pictures]
