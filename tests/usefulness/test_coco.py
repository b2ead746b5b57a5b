"""COCO's panoptic form, against its published rules."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sims_core.scenes.classes import VOID
from sims_core.usefulness.coco import PanopticFile, panoptic
from tests.support.small_scenes import CAR, CLASSES, ROAD, SKY


def numbers_of(colours):
    """COCO's rule: R + 256 G + 65536 B."""
    wide = colours.astype(np.int64)
    return wide[..., 0] + 256 * wide[..., 1] + 65536 * wide[..., 2]


def test_a_layout_worked_by_hand():
    labels = np.array([[SKY, SKY, SKY, VOID], [CAR, CAR, SKY, CAR], [ROAD, ROAD, ROAD, CAR]], np.uint8)
    instances = np.array([[0, 0, 0, 0], [1, 1, 0, 2], [0, 0, 0, 2]], np.uint16)
    colours, segments = panoptic(labels, instances)
    numbers = numbers_of(colours)
    assert numbers[0, 3] == 0
    found = {(s["category_id"], s["area"], tuple(s["bbox"])): s["id"] for s in segments}
    assert set(found) == {
        (SKY + 1, 4, (0, 0, 3, 2)),
        (ROAD + 1, 3, (0, 2, 3, 1)),
        (CAR + 1, 2, (0, 1, 2, 1)),
        (CAR + 1, 2, (3, 1, 1, 2)),
    }
    assert (numbers[1, :2] == found[CAR + 1, 2, (0, 1, 2, 1)]).all()
    assert (numbers[1:, 3] == found[CAR + 1, 2, (3, 1, 1, 2)]).all()
    assert all(segment["iscrowd"] == 0 for segment in segments)


@given(
    arrays(np.uint8, (5, 6), elements=st.sampled_from([0, 3, 253, VOID])),
    arrays(np.uint16, (5, 6), elements=st.sampled_from([0, 1, 255, 256, 65535])),
)
def test_each_segment_is_what_the_picture_shows(labels, instances):
    """Brute force, pixel by pixel: the segments are the pairs of category and object that occur."""
    colours, segments = panoptic(labels, instances)
    numbers = numbers_of(colours)
    pairs = {}
    for row, column in np.ndindex(labels.shape):
        if labels[row, column] == VOID:
            assert numbers[row, column] == 0
        else:
            pairs.setdefault((labels[row, column], instances[row, column]), []).append((row, column))
    assert len(segments) == len({segment["id"] for segment in segments}) == len(pairs)
    by_id = {segment["id"]: segment for segment in segments}
    for (category, _), pixels in pairs.items():
        (number,) = {int(numbers[pixel]) for pixel in pixels}
        rows, columns = zip(*pixels, strict=True)
        assert by_id[number] == {
            "id": number,
            "category_id": category + 1,
            "area": len(pixels),
            "bbox": [min(columns), min(rows), max(columns) - min(columns) + 1, max(rows) - min(rows) + 1],
            "iscrowd": 0,
        }


@pytest.mark.parametrize("num_pictures", [0, 1, 3])
def test_the_file_lists_pictures_categories_and_licences(tmp_path, num_pictures):
    file = PanopticFile(tmp_path / "panoptic.json", CLASSES, (2, 3))
    labels = np.array([[SKY, SKY, CAR], [ROAD, ROAD, ROAD]], np.uint8)
    _, segments = panoptic(labels, np.zeros((2, 3), np.uint16))
    names = ["b", 'a "quoted" name', "c"][:num_pictures]
    for name in names:
        file.add(name, segments)
    file.close(["CC0", "my own"])
    content = json.loads((tmp_path / "panoptic.json").read_text())
    assert [image["file_name"] for image in content["images"]] == [f"{name}.png" for name in names]
    assert {(image["height"], image["width"]) for image in content["images"]} <= {(2, 3)}
    assert [(a["image_id"], a["file_name"]) for a in content["annotations"]] == [
        (image["id"], image["file_name"]) for image in content["images"]
    ]
    assert all(annotation["segments_info"] == segments for annotation in content["annotations"])
    assert [(c["id"], c["name"], c["isthing"]) for c in content["categories"]] == [
        (1, "sky", 0), (2, "road", 0), (3, "pole", 0), (4, "car", 1), (5, "tree", 0)
    ]  # fmt: skip
    assert [licence["name"] for licence in content["licenses"]] == ["CC0", "my own"]
