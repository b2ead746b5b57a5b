"""Cityscapes' naming: ids of labels and instances."""

import numpy as np
import pytest

from sims_core.base.errors import SimsError
from sims_core.scenes.classes import VOID, Category, ClassTable, Role
from sims_core.scenes.street_categories import CANONICAL
from sims_core.usefulness.cityscapes import cityscapes_ids, frame_name
from tests.support.small_scenes import CAR, CLASSES, POLE, ROAD, SKY, TREE


def numbered(num_categories, role):
    return ClassTable(
        categories=tuple(
            Category(name=f"thing {index}", colour=(index, 1, 2), role=role) for index in range(num_categories)
        )
    )


def test_street_categories_have_the_ids_of_the_benchmark():
    """Of cityscapesScripts, labels.py: road 7, sky 23, car 26, pole 17, vegetation 21."""
    ids = cityscapes_ids(CLASSES)
    assert ids.is_official
    labels = np.array([[SKY, ROAD, POLE, CAR, TREE, VOID]], np.uint8)
    assert ids.label_ids(labels).tolist() == [[23, 7, 17, 26, 21, 0]]


def test_all_nineteen_are_told_apart():
    ids = cityscapes_ids(CANONICAL)
    assert len(set(ids.of_value[:19].tolist())) == 19
    rows = {row["name"]: row for row in ids.table(CANONICAL)}
    assert (rows["bicycle"]["id"], rows["train"]["id"], rows["unlabeled"]["id"]) == (33, 31, 0)
    assert rows["bicycle"]["hasInstances"]
    assert not rows["road"]["hasInstances"]


@pytest.mark.parametrize("names", [("road", "unicorn"), ("tree", "vegetation")])
def test_other_categories_are_counted_from_one(names):
    """A name that Cityscapes lacks, or two that would be one there: then all ids are the table's own."""
    categories = [
        Category(name=name, colour=(index, 0, 0), role=Role.STUFF) for index, name in enumerate(names, start=1)
    ]
    ids = cityscapes_ids(ClassTable(categories=tuple(categories)))
    assert not ids.is_official
    assert ids.label_ids(np.array([0, 1, VOID], np.uint8)).tolist() == [1, 2, 0]


def test_objects_are_counted_within_their_label():
    labels = np.array([[CAR, SKY, CAR], [CAR, VOID, CAR]], np.uint8)
    instances = np.array([[5, 0, 2], [5, 0, 0]], np.uint16)
    assert cityscapes_ids(CLASSES).instance_ids(labels, instances).tolist() == [[26001, 23, 26000], [26001, 0, 26]]


def test_more_objects_than_there_are_numbers():
    labels = np.full((1, 1001), CAR, np.uint8)
    instances = np.arange(1, 1002, dtype=np.uint16)[None]
    ids = cityscapes_ids(CLASSES)
    assert ids.instance_ids(labels[:, :1000], instances[:, :1000]).max() == 26999
    with pytest.raises(SimsError, match="1001 objects of one category"):
        ids.instance_ids(labels, instances)


def test_instance_ids_must_fit_into_sixteen_bits():
    assert not cityscapes_ids(numbered(200, Role.STUFF)).is_official
    ids = cityscapes_ids(numbered(64, Role.OBJECT))
    last = ids.instance_ids(np.full((1, 1000), 63, np.uint8), np.arange(1, 1001, dtype=np.uint16)[None])
    assert last.max() == 64999
    with pytest.raises(SimsError, match=r"category 'thing 64'.*--form coco --form parquet"):
        cityscapes_ids(numbered(65, Role.OBJECT))


def test_frames_are_named_as_the_benchmark_names_them():
    assert frame_name(3, 12) == "made_000003_000012"
