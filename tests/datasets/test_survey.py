"""What values and colours label maps hold, and the class table that is made of them."""

import numpy as np
import pytest
from PIL import Image

from sims_core.base.errors import SimsError
from sims_core.datasets.init.survey import guess_classes, survey_labels
from tests.support.small_dataset import save


def survey(tmp_path, *pictures):
    paths = [tmp_path / f"{number}.png" for number in range(len(pictures))]
    for path, picture in zip(paths, pictures, strict=True):
        picture.save(path) if isinstance(picture, Image.Image) else save(path, picture)
    return survey_labels(paths)


def test_values_and_their_categories(tmp_path):
    found = survey(tmp_path, np.array([[0, 7], [7, 255]], np.uint8), np.array([[3, 3], [0, 0]], np.uint8))
    assert found.values == {0: 3, 3: 2, 7: 2}
    assert found.label_values == (0, 3, 7)
    assert guess_classes(found).names == ("category_0", "category_3", "category_7")
    assert survey(tmp_path, np.array([[0, 1, 255]], np.uint8)).label_values is None


def test_masks_of_0_and_255_have_two_categories(tmp_path):
    assert survey(tmp_path, np.array([[0, 255]], np.uint8)).label_values == (0, 255)


def test_colours_and_their_categories(tmp_path):
    found = survey(tmp_path, np.array([[[0, 0, 0], [10, 20, 30]], [[200, 0, 0], [200, 0, 0]]], np.uint8))
    assert [category.colour for category in guess_classes(found).categories] == [(10, 20, 30), (200, 0, 0)]


def test_colours_of_an_indexed_png_are_kept(tmp_path):
    indexed = Image.fromarray(np.array([[0, 1]], np.uint8), mode="P")
    indexed.putpalette([9, 8, 7, 100, 0, 0])
    assert [c.colour for c in guess_classes(survey(tmp_path, indexed)).categories] == [(9, 8, 7), (100, 0, 0)]


def test_as_many_categories_as_a_table_has_get_colours_of_their_own(tmp_path):
    assert len(guess_classes(survey(tmp_path, np.arange(254, dtype=np.uint8)[None]))) == 254


@pytest.mark.parametrize(
    ("pictures", "message"),
    [
        ([np.zeros((2, 2), np.uint8), np.full((2, 2, 3), (0, 0, 1), np.uint8)], "holds colours, other label maps hold"),
        ([np.full((2, 2), 255, np.uint8)], "nothing but void"),
        ([np.arange(300, dtype=np.uint16)[None]], "299 values in the label maps, expected at most 254"),
    ],
)
def test_label_maps_that_make_no_table(tmp_path, pictures, message):
    with pytest.raises(SimsError, match=message):
        survey(tmp_path, *pictures)
